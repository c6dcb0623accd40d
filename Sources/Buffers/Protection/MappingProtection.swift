/// The protection of one mapping: looked up when it is made, and again when it faults after the buffer moved. Not at every page.
///
/// Threads: one owner; `current` is called under the buffer's reservation.
public struct MappingProtection: Sendable {
  public let mode: MemoryEncryptionMode
  public let deviceWidth: UInt8
  private var known: (moves: UInt64, protection: PageProtection)?
  /// How often the rule was asked.
  public private(set) var lookups = 0

  public init(_ mode: MemoryEncryptionMode, deviceWidth: UInt8) { (self.mode, self.deviceWidth) = (mode, deviceWidth) }

  /// What pages of the buffer are mapped with now.
  public mutating func current(of buffer: Buffer, _ held: borrowing Reservation.Held) throws(BufferError) -> PageProtection {
    guard held.isLock(of: buffer.reservation) else { throw buffer.error(.otherReservation, "the lock is not this buffer's") }
    if let known, known.moves == buffer.moves { return known.protection }
    lookups += 1
    let protection = PageProtection.rule(buffer.kind, buffer.ranges[0]?.attributes.cacheability ?? .uncached, mode, deviceWidth: deviceWidth)
    known = (buffer.moves, protection)
    return protection
  }
}

extension Buffer {
  /// What kind of memory it lies in; under the reservation.
  var kind: MemoryKind {
    guard let range = ranges[0] else { return .streaming }
    return if case .memory = range.provider { range.attributes.needsSync ? .streaming : .coherent } else { .device }
  }
}
