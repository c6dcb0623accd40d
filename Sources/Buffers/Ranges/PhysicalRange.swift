import Primitives

/// An address as a PCI device puts it on its bus to reach a peer. Behind many host bridges it differs from the CPU's by an offset.
public struct BusAddress: Address {
  public let rawValue: UInt64
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// A link between devices whose addresses only cooperating drivers understand.
public struct InterconnectID: Hashable, Comparable, BitwiseCopyable, Sendable {
  public let value: UInt16
  @inlinable public init(_ value: UInt16) { self.value = value }
  public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// Who answers at a physical range.
public enum Provider: Hashable, BitwiseCopyable, Sendable {
  case memory
  case window(RequesterID, bar: UInt8)
  case interconnect(InterconnectID)
}

/// How memory is reached through the caches.
public enum Cacheability: UInt8, Hashable, BitwiseCopyable, Sendable, CaseIterable {
  case cached, writeCombined, uncached
}

/// What a range says of itself besides its address.
public struct RangeAttributes: Hashable, BitwiseCopyable, Sendable {
  public var cacheability: Cacheability
  /// The bytes on the chips are ciphertext under somebody's key; otherwise they are shared.
  public var isEncrypted: Bool
  public var isCPUMappable: Bool
  /// CPU and device see each other's writes only after `beginCPUAccess` and `endCPUAccess` (`DMA_BUF_IOCTL_SYNC`).
  public var needsSync: Bool
  /// The NUMA node of the memory, or of the port that the device hangs on.
  public var node: UInt8

  @inlinable public init(
    _ cacheability: Cacheability = .cached, encrypted: Bool = false, cpuMappable: Bool = true, needsSync: Bool = false, node: UInt8 = 0
  ) {
    (self.cacheability, isEncrypted, isCPUMappable) = (cacheability, encrypted, cpuMappable)
    (self.needsSync, self.node) = (needsSync, node)
  }
}

/// A run of physical addresses that are alike in everything an importer asks about.
public struct PhysicalRange: Hashable, BitwiseCopyable, Sendable {
  public var start: HostPhysicalAddress
  /// In bytes, whole pages of 4 KiB.
  public var length: UInt64
  public var provider: Provider
  public var attributes: RangeAttributes

  @inlinable public init(
    _ start: HostPhysicalAddress, _ length: UInt64, _ provider: Provider = .memory, _ attributes: RangeAttributes = RangeAttributes()
  ) {
    (self.start, self.length, self.provider, self.attributes) = (start, length, provider, attributes)
  }

  /// Whether the other one goes on where this one ends, and is like it: the two are one range.
  @inlinable func isContinued(by other: PhysicalRange) -> Bool {
    start.rawValue &+ length == other.start.rawValue && provider == other.provider && attributes == other.attributes
  }
}
