import Rules
import TEE

/// One line of a run's log: who did what to whom, and what came of it. With `action` it can be replayed.
public struct Event: Hashable, Sendable {
  public struct Argument: Hashable, Sendable {
    public let key: String, value: String
    public init(_ key: String, _ value: String) { (self.key, self.value) = (key, value) }
  }

  public enum Kind: String, CaseIterable, Hashable, Sendable {
    case ok
    /// An error came back; nothing changed, or the procedure went on without the call.
    case refused
    /// No error and no effect: what the platform does silently.
    case ignored
    /// Hardware stopped it.
    case fault
    case violated
  }

  /// A stored value of the world that changed, by name.
  public struct Change: Hashable, Sendable {
    /// `interface[0000:01:00.0]`, `entry[0000:01:00.0/1]`, `vmLife`.
    public let place: String
    public let before: String, after: String
  }

  public let index: Int
  /// The lane, as the command line's contract names it; with an identifier where there are several.
  public let actor: String
  public let peer: String?
  /// In the platform's own words.
  public let call: String
  public internal(set) var args: [Argument] = []
  public let object: String?
  public internal(set) var outcome = Kind.ok
  /// The error's name on the platform, and the guard that refused.
  public internal(set) var code: String?
  public internal(set) var guardID: String?
  public internal(set) var property: String?
  /// The action as one line of text; nil for what the rules know nothing of.
  public let action: String?
  public internal(set) var changes: [Event.Change] = []
  /// What was accessed for it, decided at translation.
  public internal(set) var accesses: [Access] = []
  /// Locks, jumps and lines that are passed by: needed for a replay, of no interest in a chart.
  public let isBookkeeping: Bool

  public func argument(_ key: String) -> String? { args.first { $0.key == key }?.value }
}

extension Event: CustomStringConvertible {
  /// One line: `12 kvm -> firmware TDH.MMIO.MAP 0000:01:00.0/BAR0+0x0 ok`.
  public var description: String {
    var text = "\(index) \(actor)"
    if let peer { text += " -> \(peer)" }
    text += " \(call)"
    if let object { text += " \(object)" }
    for argument in args { text += " \(argument.key)=\(argument.value)" }
    text += " \(outcome.rawValue)"
    if let code { text += " \(code)" }
    if let guardID { text += " (\(guardID))" }
    if let property { text += " \(property)" }
    return text
  }
}

extension Outcome {
  /// How a log classifies it. A refusal is a fault where hardware gives it, and ignored where nothing comes back.
  public var kind: Event.Kind {
    switch self {
    case .accepted: .ok
    case .violated: .violated
    case .refused(let why), .failed(let why):
      switch why.entry.code {
      case "UR", "DMAR_FAULT", "EPT_VIOLATION", "KVM_EXIT_MMIO", "KVM_EXIT_MEMORY_FAULT": .fault
      case "-": why == .encryptionKey || why.name.hasPrefix("issue") ? .ignored : .refused
      default: .refused
      }
    }
  }
}
