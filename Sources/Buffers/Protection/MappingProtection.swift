/// The protection of one mapping: looked up when it is made, and again when it faults after the buffer moved. Not at every page.
///
/// Threads: one owner; `current` is called under the buffer's reservation.
public struct MappingProtection: Sendable {
  /// What drivers got wrong, or could: for tests, and for who wants to see what it does.
  public enum Fault: Hashable, Sendable, CaseIterable {
    /// The protection of mmap is kept when the buffer moves (the thread of 2019: `vm_page_prot` is that of the area, and not of the fault).
    case kept
    /// The bit is the other way round.
    case inverted

    func bit(was: Bool, is now: Bool) -> Bool {
      switch self {
      case .kept: was
      case .inverted: !now
      }
    }
  }

  public let terms: ProtectionTerms
  private let fault: Fault?
  private var known: (moves: UInt64, protection: PageProtection)?
  /// How often the rule was asked.
  public private(set) var lookups = 0

  public init(_ terms: ProtectionTerms, fault: Fault? = nil) { (self.terms, self.fault) = (terms, fault) }
  public init(_ mode: MemoryEncryptionMode, deviceWidth: UInt8) { self.init(ProtectionTerms(mode, deviceWidth: deviceWidth)) }

  /// What pages of the buffer are mapped with now.
  /// - Throws: `.otherReservation`.
  public mutating func current(of buffer: Buffer, _ held: borrowing Reservation.Held) throws(BufferError) -> PageProtection {
    guard held.isLock(of: buffer.reservation) else { throw buffer.error(.otherReservation, "the lock is not this buffer's") }
    if let known, known.moves == buffer.moves { return known.protection }
    lookups += 1
    var protection = buffer.protection(terms)
    if let fault { protection.isEncrypted = fault.bit(was: (known?.protection ?? protection).isEncrypted, is: protection.isEncrypted) }
    known = (buffer.moves, protection)
    return protection
  }
}

extension Buffer {
  /// What the rule says of it where it lies now; under the reservation.
  func protection(_ terms: ProtectionTerms) -> PageProtection {
    PageProtection.rule(kind, ranges[0]?.attributes.cacheability ?? .uncached, terms.mode, deviceWidth: terms.deviceWidth)
  }

  /// What kind of memory it lies in; under the reservation.
  var kind: MemoryKind {
    guard let range = ranges[0] else { return .streaming }
    return if case .memory = range.provider { range.attributes.needsSync ? .streaming : .coherent } else { .device }
  }
}
