import Crypto
import Primitives

/// The bytes that go through the device.
public struct Payload: Hashable, Sendable {
  public var bytes: [UInt8]
  /// False where they follow from the seed alone.
  public var isUsers: Bool

  /// A user's own, of any size but none.
  public init(_ bytes: [UInt8]) { (self.bytes, isUsers) = (bytes, true) }

  /// 64 KiB that are a function of the seed.
  public init(seed: UInt64, count: Int = Payload.defaultCount) {
    (bytes, isUsers) = (Self.bytes(seed: seed, count: count), false)
  }

  public static let defaultCount = 1 << 16

  package static func bytes(seed: UInt64, count: Int) -> [UInt8] {
    var random = SeededRandom(seed: seed ^ 0x7061_796C_6F61_6421)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count { withUnsafeBytes(of: random.next().littleEndian) { bytes.append(contentsOf: $0) } }
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}

func digestText(_ digest: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// SHA-256 of so many zeros.
func zerosDigest(_ count: Int) -> String {
  var hash = SHA256()
  let block = [UInt8](repeating: 0, count: 1 << 16)
  var left = count
  while left > 0 {
    hash.update(data: block.prefix(left))
    left -= block.count
  }
  return digestText(hash.finalize())
}

package func sha256Text(_ bytes: [UInt8]) -> String { digestText(SHA256.hash(data: bytes)) }
