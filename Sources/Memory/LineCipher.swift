import Crypto
import CryptoExtras
import Primitives

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Encryption of lines at rest: AES-128 in counter mode, counter block = version (8 bytes) and number of the 16-byte block
/// in physical memory (8 bytes), both big-endian.
///
/// A version belongs to one write and an address to one place, so no counter block is used twice under a key. And since
/// the block number counts up with the address, lines of one version that follow each other are one counter-mode stream:
/// a write of 64 KiB is a single call.
///
/// Real controllers use AES-XTS, which needs no version. What matters here is the same for both: bytes on the bus depend on
/// key and place, and say nothing without the key.
package struct LineCipher: Sendable {
  private let key: SymmetricKey

  package init(key bytes: some Collection<UInt8>) throws(MemoryError) {
    guard bytes.count == 16 else { throw MemoryError(.badKey, "an AES-128 key has 16 bytes, not \(bytes.count)") }
    key = SymmetricKey(data: Array(bytes))
  }

  /// Encrypts or decrypts (in counter mode the same) whole lines of one version.
  /// - Parameters:
  ///   - address: where the first line lives; 64-byte aligned.
  ///   - target: as long as `source`; may be the same memory.
  package func apply(
    version: UInt64, at address: UInt64, from source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer
  ) throws(MemoryError) {
    guard source.count > 0 else { return }
    let block: InlineArray<2, UInt64> = [version.bigEndian, (address >> 4).bigEndian]
    do {
      let nonce = try block.span.bytes.withUnsafeBytes { try AES._CTR.Nonce(nonceBytes: $0) }
      let stream = try AES._CTR.encrypt(source, using: key, nonce: nonce)
      stream.withUnsafeBytes { target.copyMemory(from: $0) }
    } catch {
      throw MemoryError(.badKey, "AES refused: \(error)", at: address)
    }
  }
}
