import Primitives

/// Which part of the bus answers to which address: RAM, windows of devices, or nobody.
public struct PhysicalMap: Sendable {
  /// A BAR of a function, where the host placed it.
  public struct Window: Hashable, Sendable {
    public let range: AddressRange<HostPhysicalAddress>
    public let owner: RequesterID
    /// 0 to 5; the lower one of a 64-bit pair.
    public let bar: Int
    public init(range: AddressRange<HostPhysicalAddress>, owner: RequesterID, bar: Int) {
      (self.range, self.owner, self.bar) = (range, owner, bar)
    }
  }
  public enum Target: Hashable, Sendable {
    case memory
    /// `offset` counts from the start of the BAR.
    case mmio(owner: RequesterID, bar: Int, offset: UInt64)
    case nothing
  }
  public enum Region: Hashable, Sendable {
    case memory(AddressRange<HostPhysicalAddress>)
    case window(Window)
    public var range: AddressRange<HostPhysicalAddress> {
      switch self {
      case .memory(let range): range
      case .window(let window): window.range
      }
    }
  }

  /// RAM and windows in ascending order of address: the rows of a memory map.
  public private(set) var regions: [Region]

  public init(memory: PhysicalMemory) { regions = memory.banks.map { .memory($0.range) } }

  /// - Throws: `.impossibleRange` for an empty window or one above 52 bits, `.overlap` where something is already.
  public mutating func add(_ window: Window) throws(MemoryError) {
    let at = window.range.start.rawValue
    guard window.range.length > 0, window.range.end.rawValue <= PhysicalMemory.addressLimit, (0..<6).contains(window.bar) else {
      throw MemoryError(.impossibleRange, "no such window", at: at)
    }
    if let other = regions.first(where: { $0.range.overlaps(window.range) }) {
      throw MemoryError(.overlap, "\(window.range) overlaps \(other.range)", at: at)
    }
    let index = regions.firstIndex { $0.range.start > window.range.start } ?? regions.count
    regions.insert(.window(window), at: index)
  }

  /// Takes away the windows of a function, as clearing its memory decoding does; one BAR or all.
  public mutating func removeWindows(of owner: RequesterID, bar: Int? = nil) {
    regions.removeAll { region in
      guard case .window(let window) = region else { return false }
      return window.owner == owner && (bar == nil || bar == window.bar)
    }
  }

  public func target(of address: HostPhysicalAddress) -> Target {
    switch regions.first(where: { $0.range.contains(address) }) {
    case .memory: .memory
    case .window(let window):
      .mmio(owner: window.owner, bar: window.bar, offset: address.rawValue - window.range.start.rawValue)
    case nil: .nothing
    }
  }

  /// Where a BAR's offset lies on the bus, if the BAR has a window that reaches so far.
  public func address(of owner: RequesterID, bar: Int, offset: UInt64) -> HostPhysicalAddress? {
    for case .window(let window) in regions where window.owner == owner && window.bar == bar && offset < window.range.length {
      return HostPhysicalAddress(window.range.start.rawValue + offset)
    }
    return nil
  }
}
