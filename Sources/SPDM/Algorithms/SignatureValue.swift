/// A signature of the length that its algorithm gives.
public struct SignatureValue: Hashable, Sendable {
  public let algorithm: SignatureAlgorithm
  public let bytes: [UInt8]

  public init?(_ bytes: some Collection<UInt8>, _ algorithm: SignatureAlgorithm) {
    guard bytes.count == algorithm.byteCount else { return nil }
    (self.bytes, self.algorithm) = (Array(bytes), algorithm)
  }

  init(from reader: inout MessageReader, _ algorithm: SignatureAlgorithm) throws(SPDMError) {
    (bytes, self.algorithm) = (try reader.bytes("signature", algorithm.byteCount), algorithm)
  }

  init(unchecked bytes: [UInt8], _ algorithm: SignatureAlgorithm) { (self.bytes, self.algorithm) = (bytes, algorithm) }
}
