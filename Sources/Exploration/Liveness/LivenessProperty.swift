/// What every behaviour that counts must do, in terms of facts (bits 0...31 of `Liveness.facts`).
public enum LivenessProperty: Hashable, Sendable {
  /// Whenever `trigger` holds, `goal` holds then or later. `[](trigger => <>goal)`
  case leadsTo(trigger: Int, goal: Int)
  /// `goal` holds again and again. `[]<>goal`
  case alwaysEventually(Int)
  /// From some point on, `goal` holds and remains. `<>[]goal`
  case eventuallyAlways(Int)
  /// `goal` holds at least once. `<>goal`
  case eventually(Int)

  var facts: [Int] {
    switch self {
    case .leadsTo(let trigger, let goal): [trigger, goal]
    case .alwaysEventually(let goal), .eventuallyAlways(let goal), .eventually(let goal): [goal]
    }
  }

  var region: Region {
    func bit(_ fact: Int) -> UInt32 { 1 << UInt32(fact) }
    return switch self {
    case .leadsTo(let trigger, let goal): Region(without: bit(goal), from: bit(trigger))
    case .alwaysEventually(let goal): Region(without: bit(goal))
    case .eventuallyAlways(let goal): Region(avoiding: bit(goal))
    case .eventually(let goal): Region(without: bit(goal), onlyFromInitial: true)
    }
  }
}

/// How a property fails: a behaviour comes to a source, remains within the region from there on, and sees a missing state
/// infinitely often. All four properties are this, with different sets.
struct Region: Sendable {
  /// A state is inside when it has none of these facts.
  var without: UInt32 = 0
  /// A state inside is a source when it has all of these, or
  var from: UInt32 = 0
  /// only the initial one is.
  var onlyFromInitial = false
  /// A state is missing something when it has none of these.
  var avoiding: UInt32 = 0

  @inline(__always) func contains(_ facts: UInt32) -> Bool { facts & without == 0 }
  @inline(__always) func begins(_ index: Int, _ facts: UInt32) -> Bool {
    facts & without == 0 && facts & from == from && (index == 0 || !onlyFromInitial)
  }
  @inline(__always) func misses(_ facts: UInt32) -> Bool { facts & avoiding == 0 }
}
