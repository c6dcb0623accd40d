import Crypto
import CryptoExtras
import Media

/// The clear stream as somebody without a machine would get it: protected parts joined, one counter-mode call over all of them, and cut again.
/// What the machine's engine does in pieces is compared with this.
enum ClearStream {
  static func sample(_ sample: Sample, of film: Film, key: ContentKey) throws -> [UInt8] {
    var bytes = Array(film.bytes(of: sample))
    guard !sample.vector.isEmpty else { return bytes }
    let parts = sample.parts.isEmpty ? [Sample.Part(clear: 0, protected: bytes.count)] : sample.parts
    var places: [Range<Int>] = [], at = 0
    for part in parts {
      places.append(at + part.clear..<at + part.clear + part.protected)
      at += part.clear + part.protected
    }
    let joined = places.flatMap { bytes[$0] }
    guard !joined.isEmpty else { return bytes }
    let vector = sample.vector + Array(repeating: 0, count: 16 - sample.vector.count)
    let clear = Array(try AES._CTR.encrypt(joined, using: SymmetricKey(data: key.bytes), nonce: AES._CTR.Nonce(nonceBytes: vector)))
    var taken = 0
    for place in places {
      bytes.replaceSubrange(place, with: clear[taken..<taken + place.count])
      taken += place.count
    }
    return bytes
  }

  /// Whether a sample is NAL units one behind the other, each with its length before it (ISO/IEC 14496-15): hardly ever so by chance.
  static func isUnits(_ bytes: [UInt8], lengthSize: Int) -> Bool {
    var at = 0
    while at + lengthSize <= bytes.count {
      let length = bytes[at..<at + lengthSize].reduce(0) { $0 << 8 | Int($1) }
      at += lengthSize + length
    }
    return at == bytes.count
  }
}
