import Memory
import Primitives
import Sharing

/// A virtual machine whose memory slots are buffers, as KVM has them: pages come when a vCPU touches them, go when the buffer moves or is
/// taken back, and come again. It bears everything, since every access can be made once more.
///
/// Threads: any. Faults take the slot's reservation and then the lock of the tables.
public final class GuestMemory: Importer {
  public let name: String
  public let terms: ImporterTerms
  private let bus: Bus

  private struct Slot {
    var range: AddressRange<GuestPhysicalAddress>
    var record: AttachmentRecord?
    /// What the guest was told of how to map it.
    var info: MapInfo
  }
  private struct State: ~Copyable {
    let table: PageTable<GuestPhysicalAddress>
    var slots: [Int: Slot] = [:]
    var lastTag = 0
  }
  private let state: OrderedLock<State>

  public init(_ name: String, on bus: Bus, terms: ImporterTerms = .kvm) throws(BufferError) {
    (self.name, self.bus, self.terms) = (name, bus, terms)
    state = OrderedLock(.pageTables, State(table: try makeTable(of: GuestPhysicalAddress.self)))
  }

  /// What a vCPU's access comes to.
  public enum Access: Hashable, Sendable {
    case done([UInt8])
    /// The vCPU leaves, and may come back to the same instruction: the exit says which slot it was and why (linux.md section 7, defect 10).
    case retry(slot: Int, buffer: String, because: BufferLife)
    /// The buffer moved, and is to be mapped otherwise than the guest was told: the vCPU waits until the VMM has told it and calls
    /// `acknowledge`. Two mappings with different attributes at once are what must not be.
    case announce(slot: Int, was: MapInfo, is: MapInfo)
    /// No slot covers the address: a device's register, for the VMM to serve.
    case noSlot(GuestPhysicalAddress)
    /// The machine behind the address does not answer.
    case failed(BufferError)
  }

  /// A buffer as guest memory; going out of scope removes the slot.
  public struct SlotHandle: ~Copyable, Sendable {
    public let slot: Int
    fileprivate let guest: GuestMemory
    fileprivate let record: AttachmentRecord
    /// What the two sides agreed on.
    public var lifetime: LifetimeClass { record.agreement.lifetime }

    public consuming func remove() {}
    deinit { guest.remove(record) }
  }

  /// Makes a slot of the size of the buffer (`KVM_SET_USER_MEMORY_REGION2`).
  /// - Throws: `.badRange` for an address that is not of whole pages or overlaps a slot; `.refused`; `.unsupported` for memory that needs sync,
  ///   which no guest can ask for.
  public func addSlot(_ buffer: Buffer, at start: GuestPhysicalAddress) throws(BufferError) -> SlotHandle {
    guard start.isAligned(to: .small), let range = AddressRange(start: start, length: buffer.size),
      range.end.rawValue <= PageTable<GuestPhysicalAddress>.limit
    else { throw buffer.error(.badRange, "no slot at \(start)") }
    let tag = state.withLock { state in
      guard !state.slots.values.contains(where: { $0.range.overlaps(range) }) else { return 0 }
      state.lastTag += 1
      state.slots[state.lastTag] = Slot(range: range, record: nil, info: .notMappable)
      return state.lastTag
    }
    guard tag != 0 else { throw buffer.error(.badRange, "\(range) is another slot's") }
    do throws(BufferError) {
      let record = try buffer.register(self, wanted: nil, tag)
      let info = buffer.mapInfo
      guard info != .needsSync else {
        buffer.detach(record)
        throw Self.needsSync(buffer)
      }
      state.withLock {
        $0.slots[tag]?.record = record
        $0.slots[tag]?.info = info
      }
      return SlotHandle(slot: tag, guest: self, record: record)
    } catch {
      state.withLock { _ = $0.slots.removeValue(forKey: tag) }
      throw error
    }
  }

  private static func needsSync(_ buffer: Buffer) -> BufferError { buffer.error(.unsupported, "it needs sync, and is not mapped into a guest") }

  private func remove(_ record: AttachmentRecord) {
    let held = record.buffer.reservation.lock()
    zap(record.tag)
    record.unmap(held)
    held.unlock()
    state.withLock { _ = $0.slots.removeValue(forKey: record.tag) }
    record.buffer.detach(record)
  }

  /// Takes every page of a slot out (`kvm_unmap_gfn_range`).
  private func zap(_ tag: Int) {
    state.withLock { state in
      guard let slot = state.slots[tag] else { return }
      for leaf in state.table.leaves(in: slot.range) {
        guard let range = AddressRange(start: leaf.start, length: leaf.size.bytes) else { continue }
        _ = try? state.table.unmap(range)
      }
    }
  }

  public func letGo(_ attachment: AttachmentRecord, _ notice: Notice, _ held: borrowing Reservation.Held) {
    zap(attachment.tag)
    attachment.unmap(held)
  }

  /// The guest was told, and its old mappings are gone: it may touch the slot again.
  public func acknowledge(slot: Int, _ info: MapInfo) { state.withLock { $0.slots[slot]?.info = info } }

  /// What the guest was told of a slot, as virtio-gpu's `map_info`; nil for a slot that there is not.
  public func mapInfo(ofSlot slot: Int) -> MapInfo? { state.withLock { $0.slots[slot]?.info } }

  // MARK: vCPUs

  /// A load by a vCPU, within one page.
  public func read(_ address: GuestPhysicalAddress, count: Int) -> Access {
    access(address) { (target, encrypted) throws(BufferError) in try self.bus.read(target, count: count, encrypted: encrypted) }
  }

  /// A store by a vCPU, within one page.
  public func write(_ bytes: [UInt8], at address: GuestPhysicalAddress) -> Access {
    access(address) { (target, encrypted) throws(BufferError) in
      try self.bus.write(bytes, at: target, encrypted: encrypted)
      return []
    }
  }

  private func access(_ address: GuestPhysicalAddress, _ body: (HostPhysicalAddress, _ encrypted: Bool) throws(BufferError) -> [UInt8]) -> Access {
    while true {
      let done = state.withLock { state -> Access? in
        guard let leaf = state.table.walk(address) else { return nil }
        do throws(BufferError) { return .done(try body(leaf.resolve(address), leaf.attributes.isPrivate)) } catch { return .failed(error) }
      }
      if let done { return done }
      if let exit = fault(address) { return exit }
    }
  }

  /// The page is not there: maps it, as large as it can be.
  /// - Returns: nil to try again; otherwise how the vCPU leaves.
  private func fault(_ address: GuestPhysicalAddress) -> Access? {
    let found = state.withLock { state in state.slots.first { $0.value.range.contains(address) }.map { ($0.key, $0.value) } }
    guard let (tag, slot) = found, let record = slot.record else { return .noSlot(address) }
    let buffer = record.buffer
    // Moves and clears first, without the lock: the fault comes again, and finds what is true then.
    _ = try? buffer.reservation.wait(.kernel, nanoseconds: .max)
    let held = buffer.reservation.lock()
    guard law.refusalToUse(buffer.life) == nil else { return .retry(slot: tag, buffer: buffer.label, because: buffer.life) }
    let info = MapInfo(buffer.ranges)
    if info == .needsSync { return .failed(Self.needsSync(buffer)) }
    if info != slot.info { return .announce(slot: tag, was: slot.info, is: info) }
    if !record.isMapped { _ = try? record.map(held) }
    guard law.mayUse(isKernelWorkOver: buffer.reservation.isSignalled(.kernel)), record.isMapped else { return nil }
    do throws(BufferError) {
      return try buffer.withFrame(at: address.rawValue - slot.range.start.rawValue, record, held) { frame -> Access? in
        state.withLock { state in
          let guest = frame.page(around: address, in: slot.range)
          do throws(MemoryError) {
            try state.table.map(guest.start, to: guest.target, size: guest.size, guest.attributes)
            return nil
          } catch  where error.code == .overlap {
            return nil
          } catch {
            return .failed(BufferError(.noRoom, error.description, buffer: buffer.label))
          }
        }
      }
    } catch {
      return .failed(error)
    }
  }
}
