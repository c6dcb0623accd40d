/// Why an answer is not accepted: it cannot be read, it is not believed, or it is an error itself.
public enum Refusal: Error, Hashable, Sendable {
  case message(SPDMError)
  case evidence(EvidenceError)
  case record(RecordError)
  /// The other side answered with an error.
  case peer(ErrorResponse)

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
