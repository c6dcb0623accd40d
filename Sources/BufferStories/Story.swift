/// A small run on real buffers that declares its end: `cofferdam run compositor`.
public struct Story: Sendable {
  public let name: String
  public let summary: String
  /// The end that has to come, as facts in their order.
  public let declared: [String]
  let play: @Sendable (inout Telling) throws -> Void

  public static let all: [Story] = [.revoke, .move, .compositor, .guestMapping, .twoProcesses]
  public static func named(_ name: String) -> Story? { all.first { $0.name == name } }

  /// Something that somebody does, and what was so after it.
  public struct Step: Hashable, Sendable {
    public let actor: String
    public let call: String
    public fileprivate(set) var facts: [String] = []
  }

  /// What came of it.
  public struct Result: Sendable {
    public let steps: [Step]
    /// Why it ended early, if it did.
    public let failure: String?
    public let declared: [String]
    /// The end that came: all facts in their order.
    public var observed: [String] { steps.flatMap(\.facts) }
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
    return Result(steps: telling.steps, failure: failure, declared: declared)
  }

  /// Mistakes that can be made in this story.
  public var faults: [String] { name == Story.guestMapping.name ? ["guess-by-driver"] : [] }
}

/// What a story says while it happens.
struct Telling: ~Copyable {
  let fault: String?
  let launch: @Sendable (Int32) -> Int32?
  private(set) var steps: [Story.Step] = []

  init(fault: String?, launch: @escaping @Sendable (Int32) -> Int32?) { (self.fault, self.launch) = (fault, launch) }

  /// Something that somebody does.
  mutating func step(_ who: String, _ what: String) { steps.append(Story.Step(actor: who, call: what)) }

  /// Something that is so at this point, and part of the end that was declared.
  mutating func fact(_ text: String) {
    if steps.isEmpty { step("story", "begins") }
    steps[steps.count - 1].facts.append(text)
  }
}
