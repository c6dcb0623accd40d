/// How a requester reaches a mailbox: one object goes, one comes back. PCIe 6.0 section 6.30.
public protocol DOETransport {
  mutating func exchange(_ object: DOEObject) throws(TransportError) -> DOEObject
  /// Lets time pass before a question is repeated.
  mutating func pause(microseconds: UInt64)
}
