import Primitives
import Sharing

/// Memory of a device that is short of it: buffers move between the device and the system (a GPU's TTM).
public final class DeviceMemory: Exporter {
  public let name: String
  private let bus: Bus
  private let function: RequesterID
  private let local: OrderlyRoom
  public let protection: ProtectionTerms
  private let fault: MappingProtection.Fault?
  private let node: UInt8

  /// - Parameters:
  ///   - bus: on which its memory has windows.
  ///   - function: of the device.
  ///   - capacity: bytes of local memory.
  ///   - deviceWidth: bits of address that the device can put out.
  ///   - node: of the port that the device is behind; what it has of the system's memory is that node's.
  ///   - fault: what the copying of a move does wrong with the protection of the new place.
  public init(
    on bus: Bus, function: RequesterID, capacity: UInt64, deviceWidth: UInt8 = 64, node: UInt8 = 0, fault: MappingProtection.Fault? = nil
  ) {
    (self.bus, self.function, self.node, self.fault) = (bus, function, node, fault)
    protection = ProtectionTerms(bus.encryption, deviceWidth: deviceWidth)
    name = "gpu-\(function)"
    local = OrderlyRoom(capacity: capacity)
  }

  /// A buffer of zeros in the device's memory, or in the system's where there is no room.
  /// - Throws: `.badName`, `.badRange`, `.system`, `.noRoom`.
  public func makeBuffer(named text: String, bytes: UInt64, in placement: Placement = .local) throws(BufferError) -> BufferHandle {
    let name = try BufferName(text)
    guard bytes > 0, bytes <= RangeList.longest else { throw BufferError(.badRange, "\(bytes) bytes", buffer: text) }
    let backing = try Backing(size: (bytes + 4095) & ~4095)
    let isLocal = placement == .local && local.take(backing.size)
    let place = isLocal ? Placement.local : .system
    let range: AddressRange<HostPhysicalAddress>
    do throws(BufferError) { range = try enter(backing, place) } catch {
      if isLocal { local.give(backing.size) }
      throw error
    }
    // Peers reach both, the one on the bus and the other in memory.
    let terms = ExporterTerms(offers: [.movable, .pinned], paths: [Path(.peer)])
    return Buffer.export(name, by: self, terms, try RangeList(describe(range, place)), placement: place, backing: backing)
  }

  private func enter(
    _ backing: Backing, _ placement: Placement, cleared isCleared: Bool = true
  ) throws(BufferError) -> AddressRange<HostPhysicalAddress> {
    if placement == .local { return try bus.place(backing) }
    return try bus.placeMemory(backing, encrypted: attributes(placement).isEncrypted, cleared: isCleared)
  }

  private func attributes(_ placement: Placement) -> RangeAttributes {
    placement == .local
      ? protection.attributes(RangeAttributes(.writeCombined, node: node), .device)
      : protection.attributes(RangeAttributes(.cached, node: node), .coherent)
  }

  private func describe(_ range: AddressRange<HostPhysicalAddress>, _ placement: Placement) -> PhysicalRange {
    PhysicalRange(range.start, range.length, placement == .local ? .window(function, bar: 0) : .memory, attributes(placement))
  }

  public func relocate(_ buffer: Buffer, to placement: Placement, _ held: borrowing Reservation.Held) throws(BufferError) -> Relocation {
    guard placement == .local || placement == .system, let old = buffer.backing else {
      throw BufferError(.unsupported, "no such place: \(placement)", buffer: buffer.label)
    }
    let size = buffer.size, wasLocal = buffer.placement == .local, isLocal = placement == .local
    guard !isLocal || local.take(size) else { throw BufferError(.noRoom, "the device has no \(size) bytes left", buffer: buffer.label) }
    do throws(BufferError) {
      let new = try Backing(size: size)
      let target = describe(try enter(new, placement, cleared: false), placement)
      let ranges = try RangeList(target)
      // The blit has both places mapped, by the rule that everybody maps them by.
      let reads = buffer.ranges[0]?.attributes.isEncrypted ?? false
      let writes = fault?.bit(was: reads, is: target.attributes.isEncrypted) ?? target.attributes.isEncrypted
      return Relocation(
        ranges, new, copy: { () throws(BufferError) in try old.copy(to: new, reading: reads, writing: writes) },
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
