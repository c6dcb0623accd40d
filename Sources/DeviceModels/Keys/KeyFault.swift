import Rules
import SPDM

/// A mistake at an end of a protected link: a guard that is missing, or an order that is wrong.
public enum KeyFault: Hashable, Sendable {
  /// CVE-2025-9612: a read passes a write, and nothing finds out.
  case readPassesWrite
  /// CVE-2025-9613: a tag is used again while the completion of its timed-out request is still under way.
  case lateCompletion
  /// CVE-2025-9614: the owner changes, and the keys do not.
  case streamNotRekeyed
  /// A session's keys stay when it ends.
  case keysOutliveSession
  /// The interface is not told that its stream is insecure.
  case insecureWithoutError
  case dropped(ProtocolGuard)
  /// A guard of the interface's own rules (`Rules/DeviceInterface`).
  case droppedInterface(Guard)

  public static let named: [KeyFault] = [.readPassesWrite, .lateCompletion, .streamNotRekeyed, .keysOutliveSession, .insecureWithoutError]
  /// The rules of the interface that the model asks, and that keys depend on.
  public static let interfaceGuards: [Guard] = [.lockKeys, .tlpT1Run]

  public init?(_ name: String) {
    if let found = Self.named.first(where: { $0.name == name }) {
      self = found
      return
    }
    guard name.hasPrefix("drop-guard:") else { return nil }
    let id = String(name.dropFirst("drop-guard:".count))
    if let found = ProtocolGuard(id: id), ProtocolGuard.ofLinks.contains(found) {
      self = .dropped(found)
    } else if let found = Self.interfaceGuards.first(where: { $0.entry.id == id }) {
      self = .droppedInterface(found)
    } else {
      return nil
    }
  }

  public var name: String {
    switch self {
    case .readPassesWrite: "read-passes-write"
    case .lateCompletion: "late-completion"
    case .streamNotRekeyed: "stream-not-rekeyed"
    case .keysOutliveSession: "keys-outlive-session"
    case .insecureWithoutError: "insecure-without-error"
    case .dropped(let one): "drop-guard:" + one.id
    case .droppedInterface(let one): "drop-guard:" + one.entry.id
    }
  }

  public var summary: String {
    switch self {
    case .readPassesWrite: "CVE-2025-9612: a read passes a write on the way, and the receiver does not look"
    case .lateCompletion: "CVE-2025-9613: a tag is used again while the completion of its timed-out request may still come"
    case .streamNotRekeyed: "CVE-2025-9614: a stream keeps its keys when its function gets another owner"
    case .keysOutliveSession: "the keys of a session stay in the device when the session ends"
    case .insecureWithoutError: "a locked interface does not notice that its stream became insecure"
    case .dropped(let one): "nobody asks \(one.id)"
    case .droppedInterface(let one): "nobody asks \(one.entry.id)"
    }
  }

  /// The property that it breaks first; nil for a guard that `KeyLifeTests` misses, and nothing here: a key that nobody uses can be stopped
  /// without harm.
  public var breaks: KeyProperty? {
    switch self {
    case .readPassesWrite: .staleRead
    case .lateCompletion: .completionToOther
    case .streamNotRekeyed: .writeOfOtherOwner
    case .keysOutliveSession: .keyOutlivesSession
    case .insecureWithoutError: .lockedWithoutKeys
    case .dropped(let one):
      switch one {
      case .programIdle: .lockedWithoutKeys
      case .programOwn, .goProgrammed, .goOwn, .stopOwn: .keyTaken
      case .goOnce, .packetKey, .packetCount: .packetOutOfTurn
      case .packetOrder: .staleRead
      case .packetLeft: .countReused
      case .tagQuiet, .completionAsked: .completionToOther
      case .bindKeysChanged: .writeOfOtherOwner
      case .stopInUse: nil
      case .algorithmsOffered, .chainTrusted, .exchangeAsked, .exchangeSignature, .finishPending, .finishProof, .finishAnswerAsked,
        .finishAnswerProof, .measurementSignature, .recordSession, .recordKey, .recordNumber, .numberLeft, .updateTurn, .updateAnswer:
        nil
      }
    case .droppedInterface(let one): one == .lockKeys ? .lockedWithoutKeys : .writeOfOtherOwner
    }
  }

  var law: ProtocolLaw {
    switch self {
    case .readPassesWrite: ProtocolLaw(dropping: [.packetOrder])
    case .lateCompletion: ProtocolLaw(dropping: [.tagQuiet])
    case .streamNotRekeyed: ProtocolLaw(dropping: [.bindKeysChanged])
    case .dropped(let one): ProtocolLaw(dropping: [one])
    case .keysOutliveSession, .insecureWithoutError, .droppedInterface: ProtocolLaw()
    }
  }

  var interfaceLaw: Law {
    switch self {
    case .insecureWithoutError: Law(dropping: [.trackingEntersError])
    case .droppedInterface(let one): Law(dropping: [one])
    default: Law()
    }
  }
}
