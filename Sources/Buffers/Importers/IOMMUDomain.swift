import Memory
import Primitives
import Sharing

/// Devices behind an IOMMU, as iommufd drives it: buffers that stay, or that are taken back once and for all
/// (linux.md section 3). A revocation is permanent for a mapping: its addresses stay taken and lead nowhere until user space unmaps them.
///
/// What is done at an address of the domain is done by the address (`domain.address(_:)`, `IOVA`): it is of this domain and no other.
///
/// Threads: any. Functions that map and unmap take reservations; `read` and `write` are the devices' requests, and take none.
public final class IOMMUDomain: Importer {
  public typealias IOVA = DMAAddress<IOMMUDomain>

  public let name: String
  public let terms: ImporterTerms
  private let bus: Bus

  private struct Slot {
    var range: AddressRange<IOVirtualAddress>
    var isMapped: Bool
  }
  private struct State: ~Copyable {
    let table: PageTable<IOVirtualAddress>
    var slots: [Int: Slot] = [:]
    var lastTag = 0
  }
  private let state: OrderedLock<State>

  /// - Throws: `.system` where there is no memory for a table.
  public init(_ name: String, on bus: Bus, terms: ImporterTerms = .iommufd) throws(BufferError) {
    (self.name, self.bus) = (name, bus)
    var terms = terms
    // Whoever asks it to move would wait for ever: devices do not repeat what failed.
    terms.bears.remove(.movable)
    // Its tables have the bit under SME; a guest's devices are the host's, and have no key of the guest.
    if case .sev = bus.encryption { terms.takesEncrypted = false }
    self.terms = terms
    state = OrderedLock(.pageTables, State(table: try makeTable(of: IOVirtualAddress.self)))
  }

  /// A part of a buffer at addresses of this domain. Going out of scope is unmapping.
  public struct Mapped: ~Copyable, Sendable {
    public let start: IOVA
    public let length: UInt64
    fileprivate let record: AttachmentRecord

    public consuming func unmap() {}
    deinit { start.importer.remove(record) }
  }

  fileprivate func map(_ buffer: Buffer, from offset: UInt64, length: UInt64?, at start: IOVA) throws(BufferError) -> Mapped {
    guard offset <= buffer.size else { throw buffer.error(.badRange, "it has \(buffer.size) bytes") }
    let length = length ?? (buffer.size - offset)
    guard length > 0, length <= buffer.size - offset, (offset | length | start.rawValue) & 4095 == 0,
      let range = AddressRange(start: IOVirtualAddress(start.rawValue), length: length)
    else { throw buffer.error(.badRange, "\(length) bytes from \(offset) at \(start)") }

    let tag = state.withLock { state in
      guard !state.slots.values.contains(where: { $0.range.overlaps(range) }) else { return 0 }
      state.lastTag += 1
      state.slots[state.lastTag] = Slot(range: range, isMapped: false)
      return state.lastTag
    }
    guard tag != 0 else { throw buffer.error(.badRange, "\(range) is taken") }
    do throws(BufferError) {
      let record = try buffer.register(self, wanted: nil, tag)
      do throws(BufferError) {
        try fill(record, offset, range)
        return Mapped(start: start, length: length, record: record)
      } catch {
        buffer.detach(record)
        throw error
      }
    } catch {
      state.withLock { _ = $0.slots.removeValue(forKey: tag) }
      throw error
    }
  }

  private func fill(_ record: AttachmentRecord, _ offset: UInt64, _ range: AddressRange<IOVirtualAddress>) throws(BufferError) {
    let held = record.buffer.reservation.lock()
    let ranges = try record.map(held)
    // A static importer waits for moves and clears here; a revocable one is no better at it.
    _ = try? record.buffer.reservation.wait(.kernel, nanoseconds: .max)
    let refusal = state.withLock { state -> String? in
      do throws(MemoryError) {
        try state.table.fill(at: range.start, ranges.cursor(from: offset, length: range.length))
        state.slots[record.tag]?.isMapped = true
        return nil
      } catch {
        return error.description
      }
    }
    if let refusal {
      record.unmap(held)
      throw record.buffer.error(.noRoom, refusal)
    }
  }

  private func remove(_ record: AttachmentRecord) {
    let held = record.buffer.reservation.lock()
    close(record.tag)
    record.unmap(held)
    held.unlock()
    state.withLock { _ = $0.slots.removeValue(forKey: record.tag) }
    record.buffer.detach(record)
  }

  /// Takes the pages out of the table; requests that follow fault.
  private func close(_ tag: Int) {
    state.withLock { state in
      guard let slot = state.slots[tag], slot.isMapped else { return }
      // The range was mapped whole, and nobody else changes it.
      _ = try? state.table.unmap(slot.range)
      state.slots[tag]?.isMapped = false
    }
  }

  public func letGo(_ attachment: AttachmentRecord, _ notice: Notice, _ held: borrowing Reservation.Held) {
    close(attachment.tag)
    attachment.unmap(held)
  }

  // MARK: Devices' requests

  fileprivate func read(_ address: IOVA, count: Int) throws(BufferError) -> [UInt8] {
    var bytes: [UInt8] = []
    try forEachPiece(of: address, max(count, 0)) { target, encrypted, _, count throws(BufferError) in
      bytes += try bus.read(target, count: count, encrypted: encrypted)
    }
    return bytes
  }

  fileprivate func write(_ bytes: [UInt8], at address: IOVA) throws(BufferError) {
    try forEachPiece(of: address, bytes.count) { target, encrypted, at, count throws(BufferError) in
      try bus.write(Array(bytes[at..<at + count]), at: target, encrypted: encrypted)
    }
  }

  private func forEachPiece(
    of address: IOVA, _ count: Int, _ body: (HostPhysicalAddress, _ encrypted: Bool, _ at: Int, _ count: Int) throws(BufferError) -> Void
  ) throws(BufferError) {
    let failure = state.withLock { state -> BufferError? in
      var at = 0
      while at < count {
        let (here, overflow) = address.rawValue.addingReportingOverflow(UInt64(at))
        guard !overflow, let leaf = state.table.walk(IOVirtualAddress(here)) else {
          return BufferError(.noAnswer, "\(name) has nothing at \(hexadecimal(here))")
        }
        let piece = Int(min(UInt64(count - at), leaf.bytesLeft(from: IOVirtualAddress(here))))
        do throws(BufferError) { try body(leaf.resolve(IOVirtualAddress(here)), leaf.attributes.isPrivate, at, piece) } catch {
          return error
        }
        at += piece
      }
      return nil
    }
    if let failure { throw failure }
  }

  /// Leaves of the table, for tests and reports.
  public var mappedBytes: UInt64 { state.withLock { state in state.table.leaves().reduce(0) { $0 + $1.size.bytes } } }
}

extension IOMMUDomain.IOVA {
  /// Maps a part of a buffer here: attaches, maps, and fills the domain's table (`IOMMU_IOAS_MAP_FILE`).
  /// - Throws: `.badRange` for no bytes, what lies outside of the buffer, what is not whole pages, and addresses that are taken;
  ///   `.refused`, `.revoked`, `.noRoom`.
  public func map(_ buffer: Buffer, from offset: UInt64 = 0, length: UInt64? = nil) throws(BufferError) -> IOMMUDomain.Mapped {
    try importer.map(buffer, from: offset, length: length, at: self)
  }

  /// A read by a device of the domain. Translation and access are one: no revocation gets in between.
  /// - Throws: `.noAnswer` where nothing is mapped.
  public func read(count: Int) throws(BufferError) -> [UInt8] { try importer.read(self, count: count) }

  /// A write by a device of the domain.
  /// - Throws: `.noAnswer` where nothing is mapped; what comes before may be written then.
  public func write(_ bytes: [UInt8]) throws(BufferError) { try importer.write(bytes, at: self) }
}
