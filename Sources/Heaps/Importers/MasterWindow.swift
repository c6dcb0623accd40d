import Primitives
import Restriction

/// A buffer as a master sees it: physical addresses where nothing is in front of it, addresses of its own behind an IOMMU. Either way every
/// access goes through the firewall.
public struct MasterWindow: Hashable, Sendable {
  public let master: MasterIndex
  public let memory: HeapMemory
  /// The first address that the master uses.
  public let start: UInt64
  /// Whether the addresses are the IOMMU's.
  public let isTranslated: Bool
}

extension SecureWorld {
  /// Where IOMMU addresses begin: no machine has memory there, so that one cannot be taken for the other.
  static let firstIOVA: UInt64 = 1 << 40

  /// Makes a buffer reachable for a master; whether it may is asked at each access.
  /// - Throws: `.notContiguous` for a buffer in pieces and a master without an IOMMU.
  public func window(_ memory: HeapMemory, for master: MasterIndex) throws(HeapError) -> MasterWindow {
    guard Int(master.value) < masters.count else { throw HeapError(.badRequest, "no such master") }
    if masters[Int(master.value)].addressing == .translated {
      return MasterWindow(master: master, memory: memory, start: Self.firstIOVA + memory.number << 32, isTranslated: true)
    }
    guard let range = memory.contiguous else {
      let place = "\(memory.name) of heap '\(memory.heap)'"
      throw HeapError(.notContiguous, "\(name(of: master)) has no IOMMU, and \(place) is in \(memory.ranges.count) pieces")
    }
    return MasterWindow(master: master, memory: memory, start: range.start.rawValue, isTranslated: false)
  }

  /// - Parameters:
  ///   - offset: in bytes, from the start of the buffer.
  /// - Throws: `.notMemory` past the end; what the firewall does on violation.
  public func read(_ window: MasterWindow, at offset: UInt64 = 0, count: Int) throws(BusError) -> [UInt8] {
    var bytes: [UInt8] = []
    for piece in try pieces(window, offset, UInt64(max(0, count))) { bytes += try read(piece, as: window.master) }
    return bytes
  }

  public func write(_ bytes: [UInt8], _ window: MasterWindow, at offset: UInt64 = 0) throws(BusError) {
    var rest = bytes[...]
    for piece in try pieces(window, offset, UInt64(bytes.count)) {
      try write(rest.prefix(Int(piece.length)), at: piece.start, as: window.master)
      rest = rest.dropFirst(Int(piece.length))
    }
  }

  /// Where bytes of a buffer lie in physical memory: the IOMMU's translation, or the identity.
  private func pieces(_ window: MasterWindow, _ offset: UInt64, _ count: UInt64) throws(BusError) -> [AddressRange<HostPhysicalAddress>] {
    let length = window.memory.length
    guard offset <= length, count <= length - offset else {
      throw BusError(code: .notMemory, violation: nil, address: HostPhysicalAddress(window.start &+ length))
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
