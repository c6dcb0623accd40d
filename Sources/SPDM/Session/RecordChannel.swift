import Crypto
import Foundation
import Primitives

/// The records of one direction of a session, in DOE's binding: DSP0277 1.1 section 7 with what the binding to PCIe
/// chooses, which is no sequence number and no random padding on the wire.
///
/// A record: session id u32, length u16 of what follows, then AES-GCM of {length u16, message} and the tag. The first
/// six bytes are authenticated with it. A record that does not open leaves the channel as it was.
public struct RecordChannel: Sendable {
  public static let headerByteCount = 6
  /// The longest message whose record still tells its length in 16 bits.
  public static let messageLimit = Int(UInt16.max) - 16 - 2

  public let session: SessionID
  public private(set) var sequence: SequenceNumber
  let keys: RecordKeys

  public init(session: SessionID, keys: RecordKeys, sequence: SequenceNumber = SequenceNumber()) {
    (self.session, self.keys, self.sequence) = (session, keys, sequence)
  }

  public mutating func seal(_ message: some Collection<UInt8>) throws(RecordError) -> [UInt8] {
    guard message.count <= Self.messageLimit else { throw RecordError(.tooLong, "\(message.count) bytes of at most \(Self.messageLimit)") }
    let nonce = try sequence.nonce(keys.iv)
    var inside = WireWriter()
    inside.integer(UInt16(message.count))
    inside.append(message)
    var record = WireWriter()
    record.integer(session.rawValue)
    record.integer(UInt16(inside.bytes.count + keys.cipher.tagByteCount))
    guard
      let box = try? AES.GCM.seal(inside.bytes, using: keys.key.key, nonce: AES.GCM.Nonce(data: nonce), authenticating: record.bytes)
    else { throw RecordError(.malformed, "the library refused key or nonce") }
    _ = sequence.take()
    record.append(box.ciphertext)
    record.append(box.tag)
    return record.bytes
  }

  /// The message in a record. Bytes after it are the transport's padding, which is less than a word.
  public mutating func open(_ record: some Collection<UInt8>) throws(RecordError) -> [UInt8] {
    let record = Array(record)
    guard record.count >= Self.headerByteCount + keys.cipher.tagByteCount else {
      throw RecordError(.malformed, "\(record.count) bytes are no record")
    }
    let (id, length) = Self.header(record)
    guard id == session else { throw RecordError(.session, "session \(hexadecimal(UInt64(id.rawValue))) is not this one") }
    let end = Self.headerByteCount + length
    guard length >= keys.cipher.tagByteCount + 2, end <= record.count, record.count - end < 4 else {
      throw RecordError(.malformed, "a length of \(length) in a record of \(record.count) bytes")
    }
    let nonce = try sequence.nonce(keys.iv)
    let text = record[Self.headerByteCount..<end - keys.cipher.tagByteCount]
    let tag = record[end - keys.cipher.tagByteCount..<end]
    guard let box = try? AES.GCM.SealedBox(nonce: AES.GCM.Nonce(data: nonce), ciphertext: text, tag: tag),
      let inside = try? AES.GCM.open(box, using: keys.key.key, authenticating: record[..<Self.headerByteCount])
    else { throw RecordError(.authentication, "record \(sequence.next ?? 0) does not open") }
    let bytes = Array(inside)
    let count = Int(bytes[0]) | Int(bytes[1]) << 8
    // Random padding could follow the message; the binding has none.
    guard count == bytes.count - 2 else { throw RecordError(.malformed, "a message of \(count) bytes in \(bytes.count - 2)") }
    _ = sequence.take()
    return Array(bytes[2...])
  }

  /// Whose record it is, before it can be opened; nil if the bytes are too few.
  public static func session(of record: some Collection<UInt8>) -> SessionID? {
    record.count < headerByteCount ? nil : header(Array(record.prefix(headerByteCount))).0
  }

  private static func header(_ record: [UInt8]) -> (SessionID, Int) {
    let id = (0..<4).reduce(UInt32(0)) { $0 | UInt32(record[$1]) << (8 * UInt32($1)) }
    return (SessionID(rawValue: id), Int(record[4]) | Int(record[5]) << 8)
  }
}
