import Documents

/// Something about a dump that is wrong, or that its reader should know.
public struct DumpProblem: Hashable, Sendable {
  public enum Severity: String, Codable, Hashable, Sendable {
    /// The dump cannot be used as a device.
    case error
    case remark
  }
  public enum Code: String, CaseIterable, Codable, Hashable, Sendable {
    // Form of the hexadecimal lines
    case noBytes, cutDump, notHexadecimal, wrongOffset, deviceGone
    // Capability lists
    case capabilityLoop, capabilityOutOfRange, capabilityMisaligned, capabilityAllOnes, capabilityOverlap, capabilityCut
    // Text against bytes
    case contradictsHeader, contradictsControl, contradictsRegion, contradictsCapability
    // BARs
    case barImpossible, barOverlap, barMisaligned
    // Remarks
    case accessDenied, upperHalfAsRegion, extendedSpaceMissing, sizeUnknown, unknownCapability
    /// Something that confidential use needs is not there.
    case notConfidential
  }
  public let code: Code
  public let severity: Severity
  /// Line in the dump, where one is to blame.
  public let position: Position
  public let message: String
  public let expectation: String

  init(_ code: Code, _ severity: Severity = .error, at position: Position, _ message: String, expected: String = "") {
    (self.code, self.severity, self.position) = (code, severity, position)
    (self.message, self.expectation) = (message, expected)
  }

  /// As the error that every file reader reports.
  public var error: DocumentError {
    let kind: DocumentError.Code =
      switch code {
      case .noBytes, .cutDump, .notHexadecimal, .wrongOffset, .accessDenied: .syntax
      default: .contradiction
      }
    return DocumentError(kind, at: position, message, expected: expectation)
  }
}
