import Crypto
import Foundation

/// One sub-stream in one direction: a key, and a counter that both ends keep for themselves. PCIe 6.0 section 6.33.5.
///
/// The counter is in no packet. A packet that was repeated, swapped with another or left out meets another counter than it was made
/// with, and does not open: nothing here compares numbers to notice.
public struct IDEChannel: Sendable {
  /// Why a packet was not opened. Which of key, counter, bits or place it was, the cipher does not tell.
  public enum Failure: String, CaseIterable, Error, Hashable, Sendable {
    case check
    case malformed
    /// All invocations of this key are used.
    case exhausted
    case tooLong
    /// The platform carries nothing with T=0 over a stream.
    case notRouted
    /// It passed a posted request that was sent before it.
    case order
  }

  private let key: SymmetricKey
  private let fixed: [UInt8]
  /// Nil when none is left.
  public private(set) var next: UInt64?

  /// `initial` is the invocation field that came with the key, little-endian; the fixed part of the nonce names the sub-stream.
  /// PCIe 6.0 section 6.33.5. Nil unless key and field have their lengths.
  public init?(key: some ContiguousBytes, initial: [UInt8], subStream: IDESubStream) {
    let key = SymmetricKey(data: key)
    guard key.bitCount == 256, initial.count == 8 else { return nil }
    self.key = key
    fixed = [0, 0, 0, subStream.rawValue]
    next = initial.enumerated().reduce(0) { $0 | UInt64($1.element) << (8 * UInt64($1.offset)) }
  }

  /// 32 bits that are fixed, 64 that count.
  private func nonce() throws(Failure) -> AES.GCM.Nonce {
    guard let next else { throw .exhausted }
    let counter = (0..<8).map { UInt8(truncatingIfNeeded: next >> (56 - 8 * UInt64($0))) }
    guard let nonce = try? AES.GCM.Nonce(data: fixed + counter) else { throw .malformed }
    return nonce
  }

  private mutating func advance() { next = next.flatMap { $0 == .max ? nil : $0 + 1 } }

  /// `postedBefore` is for what must not pass posted requests, and is authenticated.
  public mutating func seal(
    _ packet: TransactionPacket, stream: UInt8, keySet: UInt8, tBit: Bool, postedBefore: UInt8 = 0
  ) throws(Failure) -> IDEPacket {
    guard packet.data.count <= TransactionPacket.dataLimit else { throw .tooLong }
    var sealed = IDEPacket(
      stream: stream, subStream: packet.subStream, keySet: keySet, tBit: tBit, postedBefore: packet.subStream == .posted ? 0 : postedBefore,
      header: packet.header, text: [], check: [])
    let nonce = try nonce()
    guard let box = try? AES.GCM.seal(packet.data, using: key, nonce: nonce, authenticating: sealed.authenticated) else { throw .malformed }
    sealed.text = Array(box.ciphertext)
    sealed.check = Array(box.tag)
    advance()
    return sealed
  }

  public mutating func open(_ packet: IDEPacket) throws(Failure) -> TransactionPacket {
    let nonce = try nonce()
    guard packet.text.count <= TransactionPacket.dataLimit, packet.check.count == IDEPacket.checkByteCount else { throw .tooLong }
    guard let box = try? AES.GCM.SealedBox(nonce: nonce, ciphertext: packet.text, tag: packet.check) else { throw .malformed }
    guard let data = try? AES.GCM.open(box, using: key, authenticating: packet.authenticated) else { throw .check }
    let opened: TransactionPacket
    do { opened = try TransactionPacket(header: packet.header, data: Array(data)) } catch { throw .malformed }
    guard opened.subStream == packet.subStream else { throw .malformed }
    advance()
    return opened
  }
}
