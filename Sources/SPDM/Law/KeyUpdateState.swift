import Primitives

/// How far one end is with a change of keys. DSP0274 1.2 section 10.21: asked under the old keys, acknowledged, then shown to work under
/// the new ones. A session obeys it (`Session`), and so does the model `spdm-session`.
public enum KeyUpdateState: Hashable, Sendable {
  case none
  /// KEY_UPDATE is on its way.
  case asked(KeyUpdate.Operation, tag: UInt8)
  /// The new keys are in use and are to be shown to work.
  case unproved(tag: UInt8)

  /// The requester asks.
  public mutating func ask(_ operation: KeyUpdate.Operation, tag: UInt8, under law: ProtocolLaw = ProtocolLaw()) -> ProtocolOutcome {
    guard law.holds(.updateTurn, self == .none && operation != .verify) else { return .refused(.updateTurn) }
    self = .asked(operation, tag: tag)
    return .accepted
  }

  /// The requester takes an acknowledgement: of its change, after which it asks for the proof, or of the proof.
  public mutating func take(_ answer: KeyUpdateAck, under law: ProtocolLaw = ProtocolLaw()) -> ProtocolOutcome {
    switch self {
    case .none: return .refused(.updateAnswer)
    case .asked(let operation, let tag):
      guard law.holds(.updateAnswer, answer == KeyUpdateAck(operation, tag: tag)) else { return .refused(.updateAnswer) }
      self = .unproved(tag: tag &+ 1)
    case .unproved(let tag):
      guard law.holds(.updateAnswer, answer == KeyUpdateAck(.verify, tag: tag)) else { return .refused(.updateAnswer) }
      self = .none
    }
    return .accepted
  }

  /// The responder is asked. What it accepts and is no proof renews its keys.
  public mutating func answer(_ question: KeyUpdate, under law: ProtocolLaw = ProtocolLaw()) -> ProtocolOutcome {
    var isUnproved = false
    if case .unproved = self { isUnproved = true }
    let isDue = question.operation == .verify ? isUnproved : self == .none
    guard law.holds(.updateTurn, isDue) else { return .refused(.updateTurn) }
    self = question.operation == .verify ? .none : .unproved(tag: question.tag)
    return .accepted
  }
}
