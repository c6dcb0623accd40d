import Primitives

/// The interface is locked; whoever starts it has to know this nonce. PCIe 6.0 section 11.3.9.
public struct LockResponse: TDISPMessage {
  public static let type = InterfaceMessage.lockResponse
  public var function: InterfaceID
  public var nonce: Nonce

  public init(_ function: InterfaceID, nonce: Nonce) { (self.function, self.nonce) = (function, nonce) }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    nonce = try Nonce(from: &reader)
  }

  public func encode(into writer: inout WireWriter) { writer.append(nonce.bytes) }
}
