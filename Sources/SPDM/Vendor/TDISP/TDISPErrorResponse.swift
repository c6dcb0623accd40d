import Primitives

/// A refusal. PCIe 6.0 section 11.3.25.
public struct TDISPErrorResponse: TDISPMessage, CustomStringConvertible {
  public static let type = InterfaceMessage.error

  public enum Reason: Hashable, Sendable {
    case invalidRequest, busy, invalidInterfaceState, unspecified, unsupportedRequest, versionMismatch, vendorSpecific
    case invalidInterface, invalidNonce, insufficientEntropy, invalidDeviceConfiguration
    case other(UInt32)

    static let known: [(UInt32, Reason, String)] = [
      (0x001, .invalidRequest, "INVALID_REQUEST"), (0x003, .busy, "BUSY"), (0x004, .invalidInterfaceState, "INVALID_INTERFACE_STATE"),
      (0x005, .unspecified, "UNSPECIFIED"), (0x007, .unsupportedRequest, "UNSUPPORTED_REQUEST"), (0x041, .versionMismatch, "VERSION_MISMATCH"),
      (0x0FF, .vendorSpecific, "VENDOR_SPECIFIC_ERROR"), (0x101, .invalidInterface, "INVALID_INTERFACE"), (0x102, .invalidNonce, "INVALID_NONCE"),
      (0x103, .insufficientEntropy, "INSUFFICIENT_ENTROPY"), (0x104, .invalidDeviceConfiguration, "INVALID_DEVICE_CONFIGURATION"),
    ]

    public init(rawValue: UInt32) { self = Self.known.first { $0.0 == rawValue }?.1 ?? .other(rawValue) }
    /// By the name that the specification gives it; nil for another name.
    public init?(name: String) {
      guard let entry = Self.known.first(where: { $0.2 == name }) else { return nil }
      self = entry.1
    }
    public var rawValue: UInt32 { if case .other(let value) = self { value } else { Self.known.first { $0.1 == self }?.0 ?? 5 } }
    public var name: String { Self.known.first { $0.1 == self }?.2 ?? hexadecimal(UInt64(rawValue)) }
  }

  public var function: InterfaceID
  public var reason: Reason
  /// The type of a request that is not supported, or nothing.
  public var data: UInt32
  /// What a vendor adds.
  public var extended: [UInt8]

  public init(_ function: InterfaceID, _ reason: Reason, data: UInt32 = 0, extended: [UInt8] = []) {
    (self.function, self.reason, self.data, self.extended) = (function, reason, data, extended)
  }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    reason = Reason(rawValue: try reader.integer("error code"))
    data = try reader.integer("error data")
    extended = try reader.bytes("extended error data", reader.remaining)
  }

  public func encode(into writer: inout WireWriter) {
    writer.integer(reason.rawValue)
    writer.integer(data)
    writer.append(extended)
  }

  public var description: String { reason.name }
}
