import Primitives

/// Lets a locked interface run. The nonce of its lock shows that it is this lock that was looked at. PCIe 6.0 section 11.3.13.
public struct StartInterface: TDISPMessage {
  public static let type = InterfaceMessage.start
  public var function: InterfaceID
  public var nonce: Nonce

  public init(_ function: InterfaceID, nonce: Nonce) { (self.function, self.nonce) = (function, nonce) }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    nonce = try Nonce(from: &reader)
  }

  public func encode(into writer: inout WireWriter) { writer.append(nonce.bytes) }
}
