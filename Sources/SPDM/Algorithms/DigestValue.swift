/// A hash, or a code made with one, of the length that its algorithm gives.
public struct DigestValue: Hashable, Sendable {
  public let algorithm: HashAlgorithm
  public let bytes: [UInt8]

  public init?(_ bytes: some Collection<UInt8>, _ algorithm: HashAlgorithm) {
    guard bytes.count == algorithm.byteCount else { return nil }
    (self.bytes, self.algorithm) = (Array(bytes), algorithm)
  }

  init(from reader: inout MessageReader, _ field: String, _ algorithm: HashAlgorithm) throws(SPDMError) {
    (bytes, self.algorithm) = (try reader.bytes(field, algorithm.byteCount), algorithm)
  }

  init(unchecked bytes: [UInt8], _ algorithm: HashAlgorithm) { (self.bytes, self.algorithm) = (bytes, algorithm) }
}
