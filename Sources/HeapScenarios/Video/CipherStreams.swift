import Crypto
import CryptoExtras
import Heaps
import Media

/// AES in counter mode, block by block, as an engine does it that is fed in pieces.
struct CounterStream {
  private let key: SymmetricKey
  private var counter: [UInt8]
  private var block: [UInt8] = []
  private var used = 16

  init(key: SymmetricKey, vector: [UInt8]) {
    self.key = key
    counter = Array(vector.prefix(16)) + Array(repeating: 0, count: 16 - min(16, vector.count))
  }

  /// Over those blocks that a pattern has encrypted; without one, over every byte.
  mutating func apply(to bytes: inout [UInt8], _ range: Range<Int>, _ pattern: TrackProtection.Pattern) throws(HeapError) {
    guard pattern.skip > 0 else { return try apply(to: &bytes, range) }
    let run = 16 * pattern.crypt
    var at = range.lowerBound
    while range.upperBound - at >= run {
      try apply(to: &bytes, at..<at + run)
      at += run
      at += min(16 * pattern.skip, range.upperBound - at)
    }
  }

  mutating func apply(to bytes: inout [UInt8], _ range: Range<Int>) throws(HeapError) {
    for index in range {
      if used == 16 { try next() }
      bytes[index] ^= block[used]
      used += 1
    }
  }

  private mutating func next() throws(HeapError) {
    block = counter
    do { try AES.permute(&block, key: key) } catch { throw HeapError(.badRequest, "AES refused: \(error)") }
    used = 0
    // The lower eight bytes count and wrap (ISO/IEC 23001-7, section 9.3).
    var digit = 15
    while digit >= 8 {
      counter[digit] &+= 1
      if counter[digit] != 0 { return }
      digit -= 1
    }
  }
}

/// AES in block chaining mode, block by block, over those blocks that a pattern has encrypted. The chain goes from one encrypted block to the
/// next, past those that are clear.
struct BlockChain {
  private let key: SymmetricKey
  private var last: [UInt8]

  init(key: SymmetricKey, vector: [UInt8]) { (self.key, last) = (key, vector) }

  /// What is left at the end, of less blocks than the pattern encrypts at once or of less than a block, is clear (ISO/IEC 23001-7, section 9.6).
  mutating func decrypt(_ bytes: inout [UInt8], _ range: Range<Int>, _ pattern: TrackProtection.Pattern) throws(HeapError) {
    // Without blocks in between every whole block is encrypted.
    let run = pattern.skip == 0 ? 16 : 16 * pattern.crypt
    var at = range.lowerBound
    while range.upperBound - at >= run {
      for block in stride(from: at, to: at + run, by: 16) { try decrypt(&bytes, at: block) }
      at += run
      at += min(16 * pattern.skip, range.upperBound - at)
    }
  }

  private mutating func decrypt(_ bytes: inout [UInt8], at start: Int) throws(HeapError) {
    let encrypted = Array(bytes[start..<start + 16])
    var block = encrypted
    do { try AES.inversePermute(&block, key: key) } catch { throw HeapError(.badRequest, "AES refused: \(error)") }
    for index in 0..<16 { bytes[start + index] = block[index] ^ last[index] }
    last = encrypted
  }
}
