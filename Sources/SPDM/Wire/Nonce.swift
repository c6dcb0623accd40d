/// 32 random bytes that make an answer belong to its question. DSP0274 1.2 sections 10.8 and 10.11.
public struct Nonce: Hashable, Sendable {
  public static let byteCount = 32
  public let bytes: [UInt8]

  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = Array(bytes)
  }

  public init(using random: inout some RandomNumberGenerator) {
    bytes = (0..<Self.byteCount).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  init(from reader: inout MessageReader, _ field: String = "nonce") throws(SPDMError) { bytes = try reader.bytes(field, Self.byteCount) }
}
