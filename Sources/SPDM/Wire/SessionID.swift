/// The name of a session, half of it chosen by each side. DSP0274 1.2 section 10.16: the requester's half comes first.
public struct SessionID: Hashable, Sendable {
  public let requester: UInt16
  public let responder: UInt16

  public init(requester: UInt16, responder: UInt16) { (self.requester, self.responder) = (requester, responder) }
  public init(rawValue: UInt32) {
    self.init(requester: UInt16(truncatingIfNeeded: rawValue), responder: UInt16(truncatingIfNeeded: rawValue >> 16))
  }

  public var rawValue: UInt32 { UInt32(requester) | UInt32(responder) << 16 }
}
