import Primitives

/// Whether a key was taken. PCIe 6.0 section 6.33.3, KP_ACK.
public struct KeyProgramAck: PCIProtocolMessage {
  public enum Status: Hashable, Sendable {
    case success, incorrectLength, unsupportedPort, unsupportedValue, unspecified
    case other(UInt8)

    private static let known: [Self] = [.success, .incorrectLength, .unsupportedPort, .unsupportedValue, .unspecified]
    public init(rawValue: UInt8) { self = Int(rawValue) < Self.known.count ? Self.known[Int(rawValue)] : .other(rawValue) }
    public var rawValue: UInt8 { if case .other(let value) = self { value } else { UInt8(Self.known.firstIndex(of: self) ?? 4) } }
  }

  public var target: KeyTarget
  public var status: Status

  public init(_ target: KeyTarget, _ status: Status) { (self.target, self.status) = (target, status) }

  public init(_ bytes: some Collection<UInt8>) throws(SPDMError) {
    var reader = MessageReader(bytes)
    target = try KeyTarget(from: &reader, .programAck)
    try reader.finish()
    status = Status(rawValue: Array(bytes)[4])
  }

  public var bytes: [UInt8] {
    var writer = WireWriter()
    target.encode(into: &writer, .programAck, status: status.rawValue)
    return writer.bytes
  }
}
