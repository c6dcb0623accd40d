import Primitives
import Testing

import Modelling

private enum Colour: CaseIterable { case red, green, blue }
private enum Only: CaseIterable { case one }

/// An enumeration that carries data, with its values listed by hand.
private enum Lock: CaseIterable, Equatable {
  case free
  case held(by: Int)
  static var allCases: [Lock] { [.free] + (0..<5).map { .held(by: $0) } }
}

/// A type whose list leaves a case out, and turns the others round.
private enum Odd: CaseIterable {
  case a, b, c
  static let allCases: [Odd] = [.c, .a]
}

/// Where fields lie, and that what is written is read.
@Suite struct LayoutTests {
  static func model(_ schema: consuming Schema) throws -> Model {
    try Model("fields", schema) { Action("nothing", when: { _ in false }, then: { _ in }) }
  }

  @Test func fieldsTakeTheBitsTheyNeed() throws {
    var schema = Schema()
    _ = schema.field("colour", initially: Colour.red)
    #expect(schema.bits == 2)
    _ = schema.field("flag", initially: true)
    #expect(schema.bits == 3)
    _ = schema.field("number", in: -3...4, initially: 0)
    #expect(schema.bits == 6)
    _ = schema.field("colours", count: 10, initially: Colour.blue)
    #expect(schema.bits == 26)
    _ = schema.field("only", initially: Only.one)
    #expect(schema.bits == 27)
    _ = schema.field("anything", in: Int.min...Int.max, initially: -1)
    #expect(schema.bits == 91)
    let model = try Self.model(schema)
    #expect(model.width == 2)
  }

  @Test func theInitialStateIsWhatWasDeclared() throws {
    var schema = Schema()
    let colour = schema.field("colour", initially: Colour.green)
    let flags = schema.field("flags", count: 70, initially: true)
    let number = schema.field("number", in: -7...(-5), initially: -6)
    let anything = schema.field("anything", in: Int.min...Int.max, initially: -1)
    let lock = schema.field("lock", initially: Lock.held(by: 3))
    let odd = schema.field("odd", initially: Odd.a)
    let only = schema.field("only", initially: Only.one)
    let state = try Self.model(schema).initial
    #expect(state[colour] == .green && state[flags].allSatisfy { $0 } && state[flags].count == 70)
    #expect(state[number] == -6 && state[anything] == -1 && state[lock] == .held(by: 3) && state[odd] == .a && state[only] == .one)
  }

  /// Fields of all kinds across many words, written at random: each keeps what it was given, whatever its neighbours get.
  @Test(arguments: 0..<8 as Range<UInt64>) func whatIsWrittenIsRead(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var schema = Schema()
    let skip = schema.field("skip", count: Int.random(in: 1...60, using: &random), initially: false)
    let colours = schema.field("colours", count: 40, initially: Colour.red)
    let numbers = schema.field("numbers", count: 21, in: -5...90, initially: 0)
    let flag = schema.field("flag", initially: false)
    let wide = schema.field("wide", count: 4, in: Int.min...Int.max, initially: 0)
    let locks = schema.field("locks", count: 20, initially: Lock.free)
    var state = try Self.model(schema).initial
    var kept = (
      colours: [Colour](repeating: .red, count: 40), numbers: [Int](repeating: 0, count: 21), flag: false,
      wide: [Int](repeating: 0, count: 4), locks: [Lock](repeating: .free, count: 20)
    )
    for _ in 0..<400 {
      switch Int.random(in: 0..<5, using: &random) {
      case 0:
        let (i, value) = (Int.random(in: 0..<40, using: &random), Colour.allCases.randomElement(using: &random) ?? .red)
        (state[colours, i], kept.colours[i]) = (value, value)
      case 1:
        let (i, value) = (Int.random(in: 0..<21, using: &random), Int.random(in: -5...90, using: &random))
        (state[numbers, i], kept.numbers[i]) = (value, value)
      case 2:
        kept.flag = Bool.random(using: &random)
        state[flag] = kept.flag
      case 3:
        let (i, value) = (Int.random(in: 0..<4, using: &random), Int.random(in: Int.min...Int.max, using: &random))
        (state[wide, i], kept.wide[i]) = (value, value)
      default:
        let (i, value) = (Int.random(in: 0..<20, using: &random), Lock.allCases.randomElement(using: &random) ?? .free)
        (state[locks, i], kept.locks[i]) = (value, value)
      }
    }
    #expect(Array(state[colours]) == kept.colours && Array(state[numbers]) == kept.numbers && state[flag] == kept.flag)
    #expect(Array(state[wide]) == kept.wide && Array(state[locks]) == kept.locks)
    #expect(!state[skip].contains(true))
    #expect(state.refusal == nil)
  }

  @Test func whatAFieldDoesNotHaveIsNotStored() throws {
    var schema = Schema()
    let number = schema.field("number", in: 2...6, initially: 2)
    let odd = schema.field("odd", count: 3, initially: Odd.c)
    var state = try Self.model(schema).initial
    state[number] = 1
    #expect(state[number] == 2 && state.refusal?.number == 1 && state.refusal?.column == 0)
    state[odd, 1] = .b
    // The first one is remembered.
    #expect(state[odd, 1] == .c && state.refusal?.column == 0)
    state.refusal = nil
    state[odd, 1] = .b
    #expect(state.refusal?.column == 1 && state.refusal?.element == 1)
    state.refusal = nil
    state[number] = Int.min
    state[number] = 7
    #expect(state[number] == 2)
  }

  @Test func twelveWordsAndNotABitMore() throws {
    var schema = Schema()
    _ = schema.field("most", count: 767, initially: false)
    let last = schema.field("last", initially: false)
    var state = try Self.model(schema).initial
    state[last] = true
    #expect(state[last] && state.words[11] == 1 << 63)
    var wide = Schema()
    _ = wide.field("most", count: 767, initially: false)
    _ = wide.field("colour", initially: Colour.red)
    _ = wide.field("small", initially: false)
    expect(.tooWide(field: "colour"), wide)
    var huge = Schema()
    _ = huge.field("huge", count: Int.max, in: Int.min...Int.max, initially: 0)
    expect(.tooWide(field: "huge"), huge)
  }

  private func expect(_ error: ModelError, _ schema: consuming Schema) {
    do {
      _ = try Self.model(schema)
      Issue.record("expected \(error)")
    } catch let thrown as ModelError {
      #expect(thrown == error)
    } catch {
      Issue.record(error)
    }
  }
}
