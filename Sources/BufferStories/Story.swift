/// A small run on real buffers that declares its end: `cofferdam run compositor`.
public struct Story: Sendable {
  public let name: String
  public let summary: String
  /// The end that has to come, as facts in their order.
  public let declared: [String]
  let play: @Sendable (inout Telling) throws -> Void

  public static let all: [Story] = [.revoke, .move, .compositor, .guestMapping, .twoProcesses]
  public static func named(_ name: String) -> Story? { all.first { $0.name == name } }

  /// What came of it.
  public struct Result: Sendable {
    public let lines: [String]
    public let observed: [String]
    public let steps: Int
    /// Why it ended early, if it did.
    public let failure: String?
    public let declared: [String]
    public var isAsDeclared: Bool { failure == nil && observed == declared }
  }

  /// Plays it from beginning to end.
  /// - Parameters:
  ///   - fault: whether the story's own mistake is made.
  ///   - launch: starts a second process with one end of a socket, and returns its number; for stories of two processes.
  public func run(fault: String? = nil, launch: @escaping @Sendable (Int32) -> Int32? = { _ in nil }) -> Result {
    var telling = Telling(fault: fault, launch: launch)
    var failure: String?
    do { try play(&telling) } catch { failure = "\(error)" }
    return Result(lines: telling.lines, observed: telling.facts, steps: telling.steps, failure: failure, declared: declared)
  }

  /// Mistakes that can be made in this story.
  public var faults: [String] { name == Story.guestMapping.name ? ["guess-by-driver"] : [] }
}

/// What a story says while it happens.
struct Telling: ~Copyable {
  let fault: String?
  let launch: @Sendable (Int32) -> Int32?
  private(set) var lines: [String] = []
  private(set) var facts: [String] = []
  private(set) var steps = 0

  init(fault: String?, launch: @escaping @Sendable (Int32) -> Int32?) { (self.fault, self.launch) = (fault, launch) }

  /// Something that somebody does.
  mutating func step(_ who: String, _ what: String) {
    steps += 1
    lines.append("  " + who + String(repeating: " ", count: max(1, 12 - who.count)) + what)
  }

  /// Something that is so at this point, and part of the end that was declared.
  mutating func fact(_ text: String) {
    facts.append(text)
    lines.append("  => " + text)
  }
}
