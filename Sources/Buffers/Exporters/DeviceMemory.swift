import Primitives

/// Memory of a device that is short of it: buffers move between the device and the system (a GPU's TTM).
public final class DeviceMemory: Exporter {
  public let name: String
  private let bus: Bus
  private let function: RequesterID
  private let local: OrderlyRoom

  /// - `capacity`: bytes of local memory.
  public init(on bus: Bus, function: RequesterID, capacity: UInt64) {
    (self.bus, self.function) = (bus, function)
    name = "gpu-\(function)"
    local = OrderlyRoom(capacity: capacity)
  }

  /// A buffer of zeros in the device's memory, or in the system's where there is no room.
  /// - Throws: `.badName`, `.badRange`, `.system`, `.noRoom`.
  public func makeBuffer(named text: String, bytes: UInt64, in placement: Placement = .local) throws(BufferError) -> BufferHandle {
    let name = try BufferName(text)
    guard bytes > 0, bytes <= RangeList.longest else { throw BufferError(.badRange, "\(bytes) bytes", buffer: text) }
    let backing = try Backing(size: (bytes + 4095) & ~4095)
    let range = try bus.place(backing)
    let isLocal = placement == .local && local.take(backing.size)
    let place = isLocal ? Placement.local : .system
    // Peers reach both, the one on the bus and the other in memory.
    let terms = ExporterTerms(offers: [.movable, .pinned], paths: [Path(.peer)])
    return Buffer.export(name, by: self, terms, try RangeList(describe(range, place)), placement: place, backing: backing)
  }

  private func describe(_ range: AddressRange<HostPhysicalAddress>, _ placement: Placement) -> PhysicalRange {
    placement == .local
      ? PhysicalRange(range.start, range.length, .window(function, bar: 0), RangeAttributes(.writeCombined))
      : PhysicalRange(range.start, range.length, .memory, RangeAttributes(.cached))
  }

  public func relocate(_ buffer: Buffer, to placement: Placement, _ held: borrowing Reservation.Held) throws(BufferError) -> Relocation {
    guard placement == .local || placement == .system, let old = buffer.backing else {
      throw BufferError(.unsupported, "no such place: \(placement)", buffer: buffer.label)
    }
    let size = buffer.size, wasLocal = buffer.placement == .local, isLocal = placement == .local
    guard !isLocal || local.take(size) else { throw BufferError(.noRoom, "the device has no \(size) bytes left", buffer: buffer.label) }
    do throws(BufferError) {
      let new = try Backing(size: size)
      let ranges = try RangeList(describe(try bus.place(new), placement))
      return Relocation(
        ranges, new, copy: { () throws(BufferError) in try old.copy(to: new) },
        // Whoever has a descriptor of the old place has nothing any more.
        finish: { [bus, local] in Self.giveBack(old, bus, wasLocal ? local : nil) },
        undo: { [bus, local] in Self.giveBack(new, bus, isLocal ? local : nil) })
    } catch {
      if isLocal { local.give(size) }
      throw error
    }
  }

  private static func giveBack(_ backing: Backing, _ bus: Bus, _ room: OrderlyRoom?) {
    bus.remove(backing)
    backing.close()
    room?.give(backing.size)
  }

  public func takeAway(_ buffer: Buffer, _ held: borrowing Reservation.Held) {
    do { try buffer.backing?.takeFromOthers() } catch { buffer.backing?.close() }
  }

  public func release(_ buffer: Buffer) {
    if let backing = buffer.backing { Self.giveBack(backing, bus, buffer.placement == .local ? local : nil) }
  }
}
