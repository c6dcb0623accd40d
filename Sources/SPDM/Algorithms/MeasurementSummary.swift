/// Which measurements a summary hash covers. DSP0274 1.2 section 10.8, param 2 of CHALLENGE and param 1 of KEY_EXCHANGE.
public enum MeasurementSummary: UInt8, Hashable, Sendable, CaseIterable {
  case none = 0x00
  /// Of the trusted computing base alone.
  case trustedBase = 0x01
  case all = 0xFF

  init(_ value: UInt8, field: String, offset: Int) throws(SPDMError) {
    guard let summary = Self(rawValue: value) else { throw SPDMError(.value, field: field, offset: offset, expected: "0, 1 or 0xff") }
    self = summary
  }

  /// The summary hash of an answer, if it was asked for.
  func read(from reader: inout MessageReader, form: MessageForm) throws(SPDMError) -> DigestValue? {
    guard self != .none else { return nil }
    let suite = try form.suite("measurement summary", at: reader.offset)
    return try DigestValue(from: &reader, "measurement summary", suite.hash)
  }
}
