import Primitives

/// Why an answer is not accepted: none came, it cannot be read, it is not believed, or it is an error itself.
public enum Refusal: Error, Hashable, Sendable {
  case message(SPDMError)
  case evidence(EvidenceError)
  case record(RecordError)
  /// The other side answered with an error.
  case peer(ErrorResponse)
  /// The interface behind it answered with an error of TDISP.
  case interface(TDISPErrorResponse)
  /// No answer came.
  case transport(TransportError)

  static func reading<Value>(_ body: () throws(SPDMError) -> Value) throws(Refusal) -> Value {
    do { return try body() } catch { throw .message(error) }
  }

  static func opening<Value>(_ body: () throws(RecordError) -> Value) throws(Refusal) -> Value {
    do { return try body() } catch { throw .record(error) }
  }

  static func believing<Value>(_ body: () throws(EvidenceError) -> Value) throws(Refusal) -> Value {
    do { return try body() } catch { throw .evidence(error) }
  }

  /// An answer has to be about the slot that was asked about, and give the question's context back.
  static func answers(
    _ slot: CertificateSlot, _ context: RequesterContext?, _ askedSlot: CertificateSlot, _ askedContext: RequesterContext?
  ) throws(Refusal) {
    guard slot == askedSlot, context == askedContext else { throw .evidence(EvidenceError(.answer, "an answer to another question")) }
  }

  static func signature(_ name: String) -> Self { .evidence(EvidenceError(.signature, "the signature of \(name) is not that of its transcript")) }
}

extension Refusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .message(let error): error.description
    case .evidence(let error): error.description
    case .record(let error): error.description
    case .peer(let error): "the other side answered \(error)"
    case .interface(let error): "the interface answered \(error)"
    case .transport(let error): error.description
    }
  }

  /// A word for what went wrong, which stays the same when its text changes.
  public var code: String {
    switch self {
    case .message(let error): error.code.rawValue
    case .evidence(let error): error.code.rawValue
    case .record(let error): error.code.rawValue
    case .peer: "peerError"
    case .interface: "interfaceError"
    case .transport(let error): error.code.rawValue
    }
  }

  /// All that `code` can be.
  public static var codes: [String] {
    SPDMError.Code.allCases.map(\.rawValue) + EvidenceError.Code.allCases.map(\.rawValue) + RecordError.Code.allCases.map(\.rawValue)
      + ["peerError", "interfaceError"] + TransportError.Code.allCases.map(\.rawValue)
  }
}

extension ErrorResponse: CustomStringConvertible {
  public var description: String {
    let name =
      switch reason {
      case .invalidRequest: "INVALID_REQUEST"
      case .busy: "BUSY"
      case .unexpectedRequest: "UNEXPECTED_REQUEST"
      case .unspecified: "UNSPECIFIED"
      case .decryptError: "DECRYPT_ERROR"
      case .unsupportedRequest: "UNSUPPORTED_REQUEST"
      case .sessionLimitExceeded: "SESSION_LIMIT_EXCEEDED"
      case .sessionRequired: "SESSION_REQUIRED"
      case .largeResponse: "LARGE_RESPONSE"
      case .versionMismatch: "VERSION_MISMATCH"
      case .notReady: "RESPONSE_NOT_READY"
      case .requestResynchronisation: "REQUEST_RESYNCH"
      case .other: "ERROR"
      }
    return "\(name) (\(hexadecimal(UInt64(errorCode)))\(data == 0 ? "" : ", data " + hexadecimal(UInt64(data))))"
  }
}
