import Primitives

/// Has a port use the keys of a slot no longer. PCIe 6.0 section 6.33.3, K_SET_STOP.
public struct KeyStop: PCIProtocolMessage {
  public var target: KeyTarget

  public init(_ target: KeyTarget) { self.target = target }

  public init(_ bytes: some Collection<UInt8>) throws(SPDMError) {
    var reader = MessageReader(bytes)
    target = try KeyTarget(from: &reader, .stop)
    try reader.finish()
  }

  public var bytes: [UInt8] {
    var writer = WireWriter()
    target.encode(into: &writer, .stop)
    return writer.bytes
  }
}
