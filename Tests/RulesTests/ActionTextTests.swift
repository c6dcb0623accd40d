import Models
import Primitives
import Rules
import Testing

/// Actions as lines of text: what logs and path files hold, and what a stranger's file may hold.
@Suite struct ActionTextTests {
  private let limit = Bounds(devices: 2, pages: 4, importers: 4, memory: 2)

  private func survives(_ text: String) {
    guard let action = Action(text) else { return }
    #expect(action.description == text && Action(action.description) == action)
  }

  @Test func everyActionRoundTrips() {
    let actions = everyAction(limit)
    #expect(actions.filter { Action($0.description) != $0 } == [])
    #expect(actions.filter { !$0.fits(limit) } == [])
    #expect(Set(actions.map(\.description)).count == actions.count)
  }

  @Test func everyVerbIsListed() {
    let verbs = Set(everyAction(limit).map { $0.description.prefix { $0 != " " } }.map(String.init))
    #expect(verbs.subtracting(Action.verbs) == [] && Set(Action.verbs).count == Action.verbs.count)
  }

  @Test func operandsAreBytes() {
    for text in ["advance 255", "request close 255 255", "call TDH.MMIO.MAP 0 0", "map-wrong-page 255 255 255"] { survives(text) }
    #expect(Action("advance 255") == .advance(task: 255))
    for text in [
      "", " ", "advance", "advance ", "advance 256", "advance -1", "advance +1x", "advance 1 2", "advance  1",
      " advance 1", "advance 1 ", "request", "request close", "request close 0", "request close 0 0 0", "request none 0 0",
      "request nonsense 0 0", "call", "call x 0 0", "call memTrack 0", "crash-vmm 0", "map-wrong-page 0 0",
      "\0", "advance \u{0661}", "ADVANCE 1", "advance 1\n",
    ] {
      #expect(Action(text) == nil, "'\(text)'")
    }
  }

  /// Whatever a file holds: an action or nil, and what is read is written the same way.
  @Test func mutationsNeverTrap() {
    let corpus = everyAction(limit).map { Array($0.description.utf8) }
    var random = SeededRandom(seed: 23)
    func below(_ count: Int) -> Int { Int(random.next() % UInt64(max(1, count))) }
    for _ in 0..<20_000 {
      var bytes = corpus[below(corpus.count)]
      for _ in 0...below(4) {
        let at = below(bytes.count)
        switch below(5) {
        case 0: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
        case 1 where !bytes.isEmpty: bytes.remove(at: at)
        case 2 where !bytes.isEmpty: bytes[at] ^= 1 << UInt8(below(8))
        case 3: bytes += Array(" 0".utf8)
        default: bytes += corpus[below(corpus.count)].suffix(below(6))
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      if let action = Action(text) {
        // "+1" and "01" are numbers too: reading is lenient, writing is not.
        #expect(Action(action.description) == action, "\(text)")
      }
    }
  }

  /// An index outside the world is found before anything is performed.
  @Test func indicesAreChecked() {
    let tiny = Bounds(devices: 1, pages: 1, importers: 0, memory: 1)
    let outside: [Action] = [
      .advance(task: 2), .request(.close, device: 1, page: 0), .request(.faultShared, device: 0, page: 1), .validate(device: 1),
      .acceptMMIO(device: 0, page: 1), .acceptMemory(unit: 1), .attach(importer: 0), .finishTrustedDMA(device: 0, unit: 1),
      .call(.mmioMap, device: 0, page: 1), .call(.pageRemove, device: 0, page: 1), .mapWrongPage(device: 0, page: 0, frame: 1),
      .streamInsecure(device: 1), .beginAccess(device: 0, page: 1, secure: true), .hostWrites(unit: 200), .mapByHost(device: 255),
      .cycleBusMaster(device: 3), .setInterrupts(device: 4), .spoilMailbox(device: 1), .failStep(.bind, task: 2),
    ]
    for action in outside { #expect(!action.fits(tiny), "\(action)") }
    #expect(everyAction(tiny).filter { !$0.fits(tiny) } == [])
  }

  /// Whatever fits can be performed, in any world: nothing read from a file traps.
  @Test func whatFitsCanBePerformed() throws {
    let bounds = Bounds(devices: 1, pages: 2, importers: 1, memory: 1)
    let book = try rulebook(.hostileVMM, bounds: bounds)
    var random = SeededRandom(seed: 29)
    var world = TableWorld(bounds: bounds)
    try setUp(&world, book)
    func byte() -> UInt8 { UInt8(random.next() % 3) }
    for _ in 0..<5000 {
      let (a, b, c) = (byte(), byte(), byte())
      let step = Step.allCases[Int(random.next() % UInt64(Step.allCases.count))]
      let candidates: [Action] = [
        .call(step, device: a, page: b), .mapWrongPage(device: a, page: b, frame: c), .advance(task: a), .attach(importer: a),
        .finishTrustedDMA(device: a, unit: b), .beginAccess(device: a, page: b, secure: c == 0), .guestReads(unit: a),
      ]
      let action = candidates[Int(random.next() % UInt64(candidates.count))]
      if action.fits(bounds) { _ = world.perform(action, book) }
    }
  }

  @Test func unitsAreNotPages() {
    let bounds = Bounds(devices: 1, pages: 2, importers: 1, memory: 1)
    for step in [Step.pageAdd, .pageAug, .rangeBlock, .pageRemove] {
      #expect(Action.call(step, device: 0, page: 0).fits(bounds) && !Action.call(step, device: 0, page: 1).fits(bounds))
    }
  }
}
