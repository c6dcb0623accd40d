import Memory
import Primitives

/// Where a byte of a buffer is at this moment. It is lent under the reservation and cannot be kept: by the time that the lock is dropped the
/// buffer may be elsewhere (linux.md section 7, defect 5: a frame number that was returned after the reservation was dropped).
public struct Frame: ~Copyable {
  let range: PhysicalRange
  /// The frame's place in the buffer.
  let offset: UInt64
  /// Where `range` begins in the buffer.
  let rangeOffset: UInt64

  /// What it says of itself besides its address.
  public var attributes: RangeAttributes { range.attributes }

  /// The largest page of a guest's table around an address of a slot over the whole buffer.
  borrowing func page(
    around address: GuestPhysicalAddress, in slot: AddressRange<GuestPhysicalAddress>
  ) -> Leaf<GuestPhysicalAddress> {
    for size in [PageSize.huge, .large, .small] {
      let start = address.alignedDown(to: size)
      guard start >= slot.start else { continue }
      let at = start.rawValue - slot.start.rawValue
      guard at >= rangeOffset, at - rangeOffset <= range.length, range.length - (at - rangeOffset) >= size.bytes else { continue }
      let target = HostPhysicalAddress(range.start.rawValue + (at - rangeOffset))
      guard target.isAligned(to: size) else { continue }
      return Leaf(start: start, target: target, size: size, attributes: range.leaf(writable: true))
    }
    let target = HostPhysicalAddress(range.start.rawValue + (offset - rangeOffset)).alignedDown(to: .small)
    return Leaf(start: address.alignedDown(to: .small), target: target, size: .small, attributes: range.leaf(writable: true))
  }
}

extension Buffer {
  /// Lends the frame behind a byte of the buffer to a function, which enters it where a `letGo` will find it.
  /// - Throws: `.otherReservation`; `.wrongState` for an attachment that is not mapped; `.badRange` behind the end; `.revoked`.
  public func withFrame<Result>(
    at offset: UInt64, _ record: AttachmentRecord, _ held: borrowing Reservation.Held, _ body: (borrowing Frame) -> Result
  ) throws(BufferError) -> Result {
    let isHeld = held.isLock(of: reservation) && record.buffer === self
    if let why = law.refusalOfFrame(isHeld: isHeld, life, record.state.stage) { throw error(why, holders: [record.importer.name]) }
    var at: UInt64 = 0
    for range in ranges {
      if offset - at < range.length { return body(Frame(range: range, offset: offset, rangeOffset: at)) }
      at += range.length
    }
    throw error(.badRange, "it has \(size) bytes")
  }
}
