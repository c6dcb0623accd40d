/// Why an answer is not accepted: it cannot be read, or it is not believed.
public enum Refusal: Error, Hashable, Sendable {
  case message(SPDMError)
  case evidence(EvidenceError)

  static func reading<Value>(_ body: () throws(SPDMError) -> Value) throws(Refusal) -> Value {
    do { return try body() } catch { throw .message(error) }
  }

  static func signature(_ name: String) -> Self { .evidence(EvidenceError(.signature, "the signature of \(name) is not that of its transcript")) }
}
