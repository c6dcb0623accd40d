import Crypto
import CryptoExtras
import Media

/// The clear stream as somebody without a machine would get it: encrypted bytes joined, one call of the library over them, and cut again.
/// What the machine's engine does block by block is compared with this.
enum ClearStream {
  static func sample(_ sample: Sample, of film: Film, keys: [ContentKey]) throws -> [UInt8] {
    var bytes = Array(film.bytes(of: sample))
    guard let protection = sample.protection, !sample.vector.isEmpty else { return bytes }
    guard let key = keys.first(where: { $0.identifier == protection.keyIdentifier }) else { return bytes }
    let secret = SymmetricKey(data: key.bytes)
    var parts: [Range<Int>] = [], at = 0
    for part in sample.parts.isEmpty ? [Sample.Part(clear: 0, protected: bytes.count)] : sample.parts {
      parts.append(at + part.clear..<at + part.clear + part.protected)
      at += part.clear + part.protected
    }
    switch protection.applied {
    case .cenc, .cens:
      let vector = sample.vector + Array(repeating: 0, count: 16 - sample.vector.count)
      let places = protection.pattern.skip == 0 ? parts : parts.flatMap { blocks(of: $0, protection.pattern) }
      try replace(places, in: &bytes) { try AES._CTR.encrypt($0, using: secret, nonce: AES._CTR.Nonce(nonceBytes: vector)) }
    case .cbc1:
      let places = parts.flatMap { blocks(of: $0, protection.pattern) }
      try replace(places, in: &bytes) { try AES._CBC.decrypt($0, using: secret, iv: AES._CBC.IV(ivBytes: sample.vector), noPadding: true) }
    case .cbcs:
      for part in parts {
        let places = blocks(of: part, protection.pattern)
        try replace(places, in: &bytes) { try AES._CBC.decrypt($0, using: secret, iv: AES._CBC.IV(ivBytes: sample.vector), noPadding: true) }
      }
    }
    return bytes
  }

  /// Which bytes of a protected part are encrypted, in runs.
  private static func blocks(of part: Range<Int>, _ pattern: TrackProtection.Pattern) -> [Range<Int>] {
    guard pattern.skip > 0 else { return [part.lowerBound..<part.lowerBound + part.count & ~15] }
    return stride(from: part.lowerBound, to: part.upperBound, by: 16 * (pattern.crypt + pattern.skip)).compactMap { start in
      let end = start + 16 * pattern.crypt
      return end <= part.upperBound ? start..<end : nil
    }
  }

  private static func replace(_ places: [Range<Int>], in bytes: inout [UInt8], by decrypt: ([UInt8]) throws -> some Sequence<UInt8>) throws {
    let joined = places.flatMap { bytes[$0] }
    guard !joined.isEmpty else { return }
    let clear = Array(try decrypt(joined))
    var taken = 0
    for place in places {
      bytes.replaceSubrange(place, with: clear[taken..<taken + place.count])
      taken += place.count
    }
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
