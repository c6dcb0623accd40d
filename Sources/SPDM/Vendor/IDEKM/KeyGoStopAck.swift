import Primitives

/// Going or stopping was done. PCIe 6.0 section 6.33.3, K_GOSTOP_ACK.
public struct KeyGoStopAck: PCIProtocolMessage {
  public var target: KeyTarget

  public init(_ target: KeyTarget) { self.target = target }

  public init(_ bytes: some Collection<UInt8>) throws(SPDMError) {
    var reader = MessageReader(bytes)
    target = try KeyTarget(from: &reader, .goStopAck)
    try reader.finish()
  }

  public var bytes: [UInt8] {
    var writer = WireWriter()
    target.encode(into: &writer, .goStopAck)
    return writer.bytes
  }
}
