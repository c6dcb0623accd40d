import Memory
import Primitives
import Restriction

/// A buffer as a master sees it: physical addresses where nothing is in front of it, addresses of its own behind an IOMMU, which leads
/// them to the buffer's pages. Either way every access goes through the firewall, which knows nothing of tables.
///
/// A handle: when it is consumed or forgotten, the pages are unmapped and what the IOMMU has cached of them is invalidated. While it is
/// open behind an IOMMU, restricted pages stay out even if the buffer's last handle is closed, as with any importer that has them mapped.
public struct MasterWindow: ~Copyable {
  public let master: MasterIndex
  public let memory: HeapMemory
  /// The first address that the master uses.
  public let start: UInt64
  /// Whether the addresses are the IOMMU's.
  public let isTranslated: Bool
  private let world: SecureWorld

  init(_ master: MasterIndex, _ memory: HeapMemory, at start: UInt64, isTranslated: Bool, _ world: SecureWorld) {
    (self.master, self.memory, self.start, self.isTranslated, self.world) = (master, memory, start, isTranslated, world)
    if isTranslated { world.pin(memory, by: 1) }
  }

  /// Takes the pages away from the master.
  public consuming func close() {}

  deinit {
    guard isTranslated else { return }
    world.mappings?.unmap(at: start, length: memory.length, for: master)
    world.pin(memory, by: -1)
  }
}

extension SecureWorld {
  /// Makes a buffer reachable for a master; whether it may is asked at each access.
  /// - Throws: `.notContiguous` for a buffer in pieces and a master without an IOMMU; `.memory` where the tables find no more frames.
  public func window(_ memory: HeapMemory, for master: MasterIndex) throws(HeapError) -> MasterWindow {
    guard Int(master.value) < masters.count else { throw HeapError(.badRequest, "no such master") }
    if isBehindIOMMU(master) {
      return MasterWindow(master, memory, at: try reach().map(memory, for: master), isTranslated: true, self)
    }
    // The kernel's own map of memory is the identity, page by page, so pieces are nothing to a CPU.
    guard memory.contiguous != nil || master == .hostCPU else {
      let place = "\(memory.name) of heap '\(memory.heap)'"
      throw HeapError(.notContiguous, "\(name(of: master)) has no IOMMU, and \(place) is in \(memory.ranges.count) pieces")
    }
    return MasterWindow(master, memory, at: memory.ranges.first?.start.rawValue ?? 0, isTranslated: false, self)
  }

  private func isBehindIOMMU(_ master: MasterIndex) -> Bool { masters[Int(master.value)].addressing == .translated && master != .hostCPU }

  /// - Parameters:
  ///   - offset: in bytes, from the start of the buffer.
  /// - Throws: `.notMemory` past the end; `.translationFault`; what the firewall does on violation.
  public func read(_ window: borrowing MasterWindow, at offset: UInt64 = 0, count: Int) throws(BusError) -> [UInt8] {
    var bytes: [UInt8] = []
    for piece in try pieces(window, .read, offset, UInt64(max(0, count))) { bytes += try read(piece, as: window.master) }
    return bytes
  }

  public func write(_ bytes: [UInt8], _ window: borrowing MasterWindow, at offset: UInt64 = 0) throws(BusError) {
    var rest = bytes[...]
    for piece in try pieces(window, .write, offset, UInt64(bytes.count)) {
      try write(rest.prefix(Int(piece.length)), at: piece.start, as: window.master)
      rest = rest.dropFirst(Int(piece.length))
    }
  }

  /// An access of a master behind an IOMMU with an address of its own choice: what a device does that was told a wrong one.
  /// - Throws: `.translationFault` where nothing is mapped for it.
  public func read(at address: IOVirtualAddress, count: UInt64, as master: MasterIndex) throws(BusError) -> [UInt8] {
    guard Int(master.value) < masters.count, isBehindIOMMU(master), let mappings else { throw BusError(translation: address.rawValue) }
    var bytes: [UInt8] = []
    for piece in try mappings.translate(at: address.rawValue, count: count, .read, by: master) { bytes += try read(piece, as: master) }
    return bytes
  }

  /// Where bytes of a buffer lie in physical memory: as the IOMMU's tables say, or the identity.
  private func pieces(
    _ window: borrowing MasterWindow, _ operation: AccessOperation, _ offset: UInt64, _ count: UInt64
  ) throws(BusError) -> [AddressRange<HostPhysicalAddress>] {
    let length = window.memory.length
    guard offset <= length, count <= length - offset else {
      throw BusError(code: .notMemory, violation: nil, address: HostPhysicalAddress(window.start &+ length))
    }
    if window.isTranslated {
      guard let mappings else { throw BusError(translation: window.start) }
      return try mappings.translate(at: window.start + offset, count: count, operation, by: window.master)
    }
    var found: [AddressRange<HostPhysicalAddress>] = []
    var (skip, left) = (offset, count)
    for range in window.memory.ranges where left > 0 {
      guard skip < range.length else {
        skip -= range.length
        continue
      }
      let part = min(left, range.length - skip)
      if let piece = AddressRange(start: HostPhysicalAddress(range.start.rawValue + skip), length: part) { found.append(piece) }
      (skip, left) = (0, left - part)
    }
    return found
  }
}

extension BusError {
  init(translation address: UInt64) { self.init(code: .translationFault, violation: nil, address: HostPhysicalAddress(address)) }
}
