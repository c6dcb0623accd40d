import Primitives

/// A refusal. DSP0274 1.2 section 10.12.
public struct ErrorResponse: SPDMMessage {
  public static let code = MessageCode.error

  public enum Reason: Hashable, Sendable {
    case invalidRequest, busy, unexpectedRequest, unspecified, decryptError, unsupportedRequest, sessionLimitExceeded, sessionRequired
    /// The answer waits in chunks under this handle.
    case largeResponse(handle: UInt8)
    case versionMismatch
    case notReady(NotReady)
    case requestResynchronisation
    /// Any other, as it came: at most 32 bytes may follow.
    case other(UInt8, extended: [UInt8])
  }

  /// When and how to ask again.
  public struct NotReady: Hashable, Sendable {
    /// Ready after 2 to this power microseconds.
    public var exponent: UInt8
    public var request: UInt8
    public var token: UInt8
    /// The factor after which the answer is thrown away.
    public var multiple: UInt8

    public init(exponent: UInt8, request: UInt8, token: UInt8, multiple: UInt8) {
      (self.exponent, self.request, self.token, self.multiple) = (exponent, request, token, multiple)
    }
  }

  public static let extendedLimit = 32

  public var reason: Reason
  /// For an unsupported request its code, otherwise 0.
  public var data: UInt8

  public init(_ reason: Reason, data: UInt8 = 0) { (self.reason, self.data) = (reason, data) }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    data = header.parameter2
    switch header.parameter1 {
    case 0x0F: reason = .largeResponse(handle: try reader.integer("handle"))
    case 0x42:
      reason = .notReady(
        NotReady(
          exponent: try reader.integer("RDTExponent"), request: try reader.integer("request code"), token: try reader.integer("token"),
          multiple: try reader.integer("RDTM")))
    case let code:
      if let plain = Self.plain.first(where: { $0.0 == code }) {
        reason = plain.1
      } else {
        guard reader.remaining <= Self.extendedLimit else {
          throw SPDMError(.tooLong, field: "extended error data", offset: reader.offset, expected: "at most \(Self.extendedLimit) bytes")
        }
        reason = .other(code, extended: try reader.bytes("extended error data", reader.remaining))
      }
    }
  }

  public var parameters: (UInt8, UInt8) { (errorCode, data) }

  public func encode(into writer: inout WireWriter) {
    switch reason {
    case .largeResponse(let handle): writer.integer(handle)
    case .notReady(let wait): for byte in [wait.exponent, wait.request, wait.token, wait.multiple] { writer.integer(byte) }
    case .other(_, let extended): writer.append(extended.prefix(Self.extendedLimit))
    default: break
    }
  }

  /// Table 39: the codes that nothing follows.
  private static let plain: [(UInt8, Reason)] = [
    (0x01, .invalidRequest), (0x03, .busy), (0x04, .unexpectedRequest), (0x05, .unspecified), (0x06, .decryptError), (0x07, .unsupportedRequest),
    (0x0A, .sessionLimitExceeded), (0x0B, .sessionRequired), (0x41, .versionMismatch), (0x43, .requestResynchronisation),
  ]

  public var errorCode: UInt8 {
    switch reason {
    case .largeResponse: 0x0F
    case .notReady: 0x42
    case .other(let code, _): code
    default: Self.plain.first { $0.1 == reason }?.0 ?? 0x05
    }
  }
}
