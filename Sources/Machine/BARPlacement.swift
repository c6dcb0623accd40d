import Memory
import PCI
import Primitives

/// Where the host's firmware puts BARs: where the dump has them if nothing else is there, else at the next free place.
struct BARPlacement {
  private var taken: [AddressRange<HostPhysicalAddress>]
  /// Above RAM and above what most hosts use for their large BARs.
  private let high: UInt64

  init(_ banks: [PhysicalMemory.Bank]) {
    taken = banks.map(\.range)
    high = max(0x40_0000_0000, (banks.last?.range.end.rawValue ?? 0) + 0x40_0000_0000) & ~0x3F_FFFF_FFFF
  }

  /// The addresses of all memory BARs with a known size, by index; nil when there is no room.
  mutating func place(_ bars: [BaseAddressRegister]) -> [Int: HostPhysicalAddress]? {
    var places: [Int: HostPhysicalAddress] = [:]
    for bar in bars where bar.isMemory {
      guard let size = bar.size, size > 0 else { continue }
      // Windows are whole pages on this bus, as a careful host arranges it.
      let step = max(size, PageSize.small.bytes)
      var range = bar.isAssigned && bar.address.rawValue & (step - 1) == 0 ? AddressRange(start: bar.address, length: step) : nil
      if let wanted = range, !isFree(wanted) { range = nil }
      range = range ?? search(step, bar.is64Bit)
      guard let range else { return nil }
      taken.append(range)
      places[bar.index] = range.start
    }
    return places
  }

  private func isFree(_ range: AddressRange<HostPhysicalAddress>) -> Bool {
    range.end.rawValue <= PhysicalMemory.addressLimit && !taken.contains { $0.overlaps(range) }
  }

  private func search(_ size: UInt64, _ is64Bit: Bool) -> AddressRange<HostPhysicalAddress>? {
    let end: UInt64 = is64Bit ? 1 << 47 : 0xFE00_0000
    var at = ((is64Bit ? high : 0x8000_0000) + size - 1) & ~(size - 1)
    while at + size <= end {
      guard let range = AddressRange(start: HostPhysicalAddress(at), length: size) else { return nil }
      guard let other = taken.first(where: { $0.overlaps(range) }) else { return range }
      at = (other.end.rawValue + size - 1) & ~(size - 1)
    }
    return nil
  }
}
