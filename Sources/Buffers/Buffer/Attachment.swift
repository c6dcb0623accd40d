import Sharing

/// An importer's place at a buffer, with what was agreed in its type.
///
/// Threads: one owner; it may be handed on. Going out of scope is detaching, which takes the reservation.
public struct Attachment<I: Importer, Class: Lifetime>: ~Copyable, Sendable {
  public let record: AttachmentRecord
  init(_ record: AttachmentRecord) { self.record = record }

  public var buffer: Buffer { record.buffer }

  /// Makes the memory the importer's to use.
  ///
  /// A pinned attachment gets memory on which all moving and clearing is over; the others wait for `KERNEL` fences themselves.
  /// Takes the reservation.
  /// - Throws: `.revoked`, `.wrongState` if it is mapped.
  public borrowing func map() throws(BufferError) -> Mapping<I> {
    let held = buffer.reservation.lock()
    let ranges = try record.map(held)
    // A static importer cannot wait by itself: it has no idea of fences (dma-buf.c, `dma_buf_map_attachment`).
    if Class.lifetime == .pinned, !buffer.reservation.fences.isEmpty { _ = try? buffer.reservation.wait(.kernel, nanoseconds: .max) }
    return Mapping(record, ranges)
  }

  /// Keeps the buffer where it is until `unpin`. Takes the reservation.
  /// - Throws: `.revoked`.
  public borrowing func pin() throws(BufferError) {
    try buffer.reservation.withLock { (held) throws(BufferError) in try buffer.pin(record, held) }
  }

  /// Takes back one `pin`; nothing where there was none.
  public borrowing func unpin() { buffer.reservation.withLock { held in buffer.unpin(record, held) } }

  /// Unmaps if need be, and detaches; the same as letting the attachment go out of scope.
  public consuming func detach() {}

  @inline(__always) deinit { record.buffer.detach(record) }
}

/// Memory that an importer may use, until it lets go or has to.
///
/// Whether it is still good is the buffer's to say: a mapping of a revocable or movable buffer can have been taken back already
/// (`isCurrent`, under the reservation). Going out of scope is unmapping, where the attachment was not mapped anew in the meantime.
public struct Mapping<I: Importer>: ~Copyable, Sendable {
  public let record: AttachmentRecord
  public let ranges: RangeList
  /// Which one of the attachment's mappings this is.
  private let number: UInt64

  @inline(__always) init(_ record: AttachmentRecord, _ ranges: RangeList) {
    (self.record, self.ranges, number) = (record, ranges, record.mapping)
  }

  /// Whether the importer may still begin something with it.
  public borrowing func isCurrent(_ held: borrowing Reservation.Held) -> Bool {
    held.isLock(of: record.buffer.reservation) && record.state == .mapped && number == record.mapping
  }

  /// Lets go; the same as letting the mapping go out of scope. Takes the reservation.
  public consuming func unmap() {}

  @inline(__always) deinit {
    let held = record.buffer.reservation.lock()
    if number == record.mapping { record.unmap(held) }
  }
}

extension Mapping where I: DirectImporter {
  /// Where the importer finds a byte of the buffer, by its own addresses.
  /// - Returns: nil behind the end.
  public borrowing func address(of offset: UInt64) -> DMAAddress<I>? {
    var cursor = ranges.cursor(from: offset, length: 1)
    guard let importer, let range = cursor.next(), let address = record.agreement.path.bus(range.start) else { return nil }
    return importer.address(onBus(address, range))
  }

  /// The pieces that a driver of the old kind takes.
  /// - Throws: `.badRange` for limits that no piece can meet.
  public borrowing func addressList(longest: UInt64, boundary: UInt64? = nil) throws(BufferError) -> AddressList<I> {
    let path = record.agreement.path
    guard let importer else { throw record.buffer.error(.wrongState, "it is another importer's") }
    return try AddressList(of: importer, ranges.cursor(from: 0, length: ranges.length), longest: longest, boundary: boundary) { range in
      // Negotiation saw to it that every address is on the way.
      path.bus(range.start).map { onBus($0, range) } ?? .max
    }
  }

  /// The record has it without its type; an attachment's is the one that attached.
  private var importer: I? { record.importer as? I }

  /// With the encrypted bit in it, where the memory is encrypted and the importer has to say so.
  private borrowing func onBus(_ address: BusAddress, _ range: PhysicalRange) -> UInt64 {
    record.buffer.exporter.protection.mode.onBus(address.rawValue, encrypted: range.attributes.isEncrypted)
  }
}
