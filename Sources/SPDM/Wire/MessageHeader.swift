/// The four bytes that begin every message. DSP0274 1.2 section 8.2.
public struct MessageHeader: Hashable, Sendable {
  public static let byteCount = 4

  public var version: SPDMVersion
  public var code: MessageCode
  public var parameter1: UInt8
  public var parameter2: UInt8

  public init(version: SPDMVersion, code: MessageCode, parameter1: UInt8 = 0, parameter2: UInt8 = 0) {
    (self.version, self.code, self.parameter1, self.parameter2) = (version, code, parameter1, parameter2)
  }

  public init(from reader: inout MessageReader) throws(SPDMError) {
    let rawVersion: UInt8 = try reader.integer("version")
    guard let version = SPDMVersion(rawValue: rawVersion) else {
      throw SPDMError(.version, field: "version", offset: 0, expected: "1.0 to 1.3")
    }
    let rawCode: UInt8 = try reader.integer("code")
    guard let code = MessageCode(rawValue: rawCode) else {
      throw SPDMError(.unknownMessage, field: "code", offset: 1, expected: "a code of the specification")
    }
    if let feature = code.notSpoken {
      throw SPDMError(.notSpoken, field: "code", offset: 1, expected: "no message of \(feature)")
    }
    self.init(
      version: version, code: code, parameter1: try reader.integer("parameter 1"), parameter2: try reader.integer("parameter 2"))
  }

  /// The header of some bytes, to learn which message they are.
  public init(of bytes: some Collection<UInt8>) throws(SPDMError) {
    var reader = MessageReader(bytes)
    try self.init(from: &reader)
  }
}
