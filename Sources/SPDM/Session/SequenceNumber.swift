import Primitives

/// Counts the records of one direction under one key, from 0. It is not on the wire: both sides count, so a record that
/// is lost, repeated or out of order does not open. DSP0277 1.1 section 7.
public struct SequenceNumber: Hashable, Sendable {
  /// The number of the next record; nil when none is left.
  public private(set) var next: UInt64?

  public init(next: UInt64 = 0) { self.next = next }

  /// Uses the number that is next. The last one has no successor, and none comes again. The model `spdm-session` counts with this, too.
  public mutating func take(under law: ProtocolLaw = ProtocolLaw()) -> ProtocolOutcome {
    guard law.holds(.numberLeft, next != nil) else { return .refused(.numberLeft) }
    let number = next ?? 0
    next = number == .max ? nil : number + 1
    return .accepted
  }

  /// The nonce of the next record: the number, little-endian, over the first eight bytes of the IV.
  func nonce(_ iv: Secret) throws(RecordError) -> [UInt8] {
    guard let next else { throw RecordError(.exhausted, "no sequence number is left; a number is never used twice") }
    var nonce = iv.withUnsafeBytes { Array($0) }
    for i in 0..<min(8, nonce.count) { nonce[i] ^= UInt8(truncatingIfNeeded: next >> (8 * UInt64(i))) }
    return nonce
  }
}
