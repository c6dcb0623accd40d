/// A chain that comes in portions. DSP0274 1.2 section 10.6.
///
/// Each portion moves on, none is longer than what was asked, and what is told to remain never changes its mind: a peer
/// can neither keep this going nor make it hold more than 65,535 bytes.
public enum ChainAssembly: Hashable, Sendable {
  case wanting(slot: CertificateSlot, have: [UInt8], total: Int?, portion: UInt16)
  case complete(slot: CertificateSlot, blob: [UInt8])

  /// `portion` is the most to ask for at once.
  public init(slot: CertificateSlot, portion: UInt16 = .max) { self = .wanting(slot: slot, have: [], total: nil, portion: max(1, portion)) }

  /// The next request; nil when the chain is there.
  public var request: GetCertificate? {
    guard case .wanting(let slot, let have, let total, let portion) = self else { return nil }
    // The first request may ask for more than there is, a later one asks for what is left.
    let rest = total.map { UInt16(truncatingIfNeeded: $0 - have.count) } ?? .max
    return GetCertificate(slot: slot, offset: UInt16(truncatingIfNeeded: have.count), length: min(portion, rest))
  }

  public mutating func take(_ answer: CertificateResponse) throws(EvidenceError) {
    guard case .wanting(let slot, var have, let total, let portion) = self, let request else {
      throw EvidenceError(.malformedChain, "a portion after the last")
    }
    guard answer.slot == slot else { throw EvidenceError(.malformedChain, "a portion of slot \(answer.slot.index)") }
    let count = answer.portion.bytes.count
    guard count > 0, count <= Int(request.length) else {
      throw EvidenceError(.malformedChain, "a portion of \(count) bytes, asked for \(request.length)")
    }
    have += answer.portion.bytes
    let told = have.count + Int(answer.remainder)
    guard told <= Int(UInt16.max), total == nil || total == told else {
      throw EvidenceError(.malformedChain, "\(told) bytes in all, told \(total ?? Int(UInt16.max)) before")
    }
    self =
      answer.remainder == 0
      ? .complete(slot: slot, blob: have) : .wanting(slot: slot, have: have, total: told, portion: portion)
  }
}
