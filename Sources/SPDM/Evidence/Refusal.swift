/// Why an answer is not accepted: it cannot be read, or it is not believed.
public enum Refusal: Error, Hashable, Sendable {
  case message(SPDMError)
  case evidence(EvidenceError)

  static func reading<Value>(_ body: () throws(SPDMError) -> Value) throws(Refusal) -> Value {
    do { return try body() } catch { throw .message(error) }
  }

  /// An answer has to be about the slot that was asked about, and give the question's context back.
  static func answers(
    _ slot: CertificateSlot, _ context: RequesterContext?, _ askedSlot: CertificateSlot, _ askedContext: RequesterContext?
  ) throws(Refusal) {
    guard slot == askedSlot, context == askedContext else { throw .evidence(EvidenceError(.answer, "an answer to another question")) }
  }

  static func signature(_ name: String) -> Self { .evidence(EvidenceError(.signature, "the signature of \(name) is not that of its transcript")) }
}
