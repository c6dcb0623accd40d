/// What the capabilities say, each a view on the bytes at its offset.

/// PCIe 6.0 section 7.5.2.
public struct PowerManagement: Hashable, Sendable {
  public let offset: Int
  public let version: UInt8
  public let state: PowerState
  /// D3hot to D0 keeps the function's state.
  public let noSoftReset: Bool

  public init(_ capability: Capability, in space: ConfigurationSpace) {
    offset = capability.offset
    version = space.byte(offset + 2) & 7
    state = PowerState(rawValue: space.byte(offset + 4) & 3) ?? .d0
    noSoftReset = space.byte(offset + 4) & 1 << 3 != 0
  }
}

/// The power states that software can ask for.
public enum PowerState: UInt8, CaseIterable, Hashable, Sendable {
  case d0, d1, d2, d3hot
}

/// PCIe 6.0 section 7.5.3.
public struct PCIExpress: Hashable, Sendable {
  public let offset: Int
  public let version: UInt8
  /// 0 endpoint, 4 root port, 9 root complex integrated endpoint.
  public let portType: UInt8
  /// Device Capabilities bit 28: the function can be reset alone.
  public let functionLevelReset: Bool
  /// Device Capabilities bit 30: the device claims to be fit for TDISP.
  public let teeIO: Bool
  public let deviceControl: UInt16

  public init(_ capability: Capability, in space: ConfigurationSpace) {
    offset = capability.offset
    version = space.byte(offset + 2) & 0xF
    portType = space.byte(offset + 2) >> 4
    let capabilities = space.long(offset + 4)
    functionLevelReset = capabilities & 1 << 28 != 0
    teeIO = capabilities & 1 << 30 != 0
    deviceControl = space.word(offset + 8)
  }
}

/// PCIe 6.0 section 7.7.2.
public struct MSIX: Hashable, Sendable {
  /// Somewhere in a BAR.
  public struct Place: Hashable, Sendable {
    public let bar: Int
    /// In bytes, a multiple of eight.
    public let offset: UInt64
    public init(bar: Int, offset: UInt64) { (self.bar, self.offset) = (bar, offset) }
  }
  public let offset: Int
  /// Vectors, 1 to 2048.
  public let count: Int
  public let isEnabled: Bool
  public let isMasked: Bool
  public let table: Place
  public let pendingBits: Place

  public init(_ capability: Capability, in space: ConfigurationSpace) {
    offset = capability.offset
    let control = space.word(offset + 2)
    (count, isMasked, isEnabled) = (Int(control & 0x7FF) + 1, control & 1 << 14 != 0, control & 1 << 15 != 0)
    func place(_ value: UInt32) -> Place { Place(bar: Int(value & 7), offset: UInt64(value & ~7)) }
    (table, pendingBits) = (place(space.long(offset + 4)), place(space.long(offset + 8)))
  }

  /// Sixteen an entry.
  public var tableBytes: UInt64 { UInt64(count) * 16 }
  /// A bit a vector, in words of 64.
  public var pendingBytes: UInt64 { UInt64((count + 63) / 64) * 8 }

  /// Where its two parts lie: name, place, bytes.
  public var parts: [(name: String, place: Place, bytes: UInt64)] {
    [("table", table, tableBytes), ("pending bits", pendingBits, pendingBytes)]
  }
  /// Which part has a byte of so many from `offset` on, in a BAR: how an interface report calls their pages.
  public func attributes(bar: Int, offset: UInt64, bytes: UInt64) -> InterfaceReport.MMIORange.Attributes {
    func meets(_ place: Place, _ size: UInt64) -> Bool {
      guard place.bar == bar else { return false }
      return offset >= place.offset ? offset - place.offset < size : place.offset - offset < bytes
    }
    var found: InterfaceReport.MMIORange.Attributes = []
    if meets(table, tableBytes) { found.insert(.msixTable) }
    if meets(pendingBits, pendingBytes) { found.insert(.msixPendingBits) }
    return found
  }
}

/// Conventional PCI's function-level reset. PCI Advanced Capabilities ECN.
public struct AdvancedFeatures: Hashable, Sendable {
  public let offset: Int
  public let functionLevelReset: Bool

  public init(_ capability: Capability, in space: ConfigurationSpace) {
    offset = capability.offset
    functionLevelReset = space.byte(offset + 3) & 1 << 1 != 0
  }
}

/// PCIe 6.0 section 9.3.3.
public struct SingleRootIOV: Hashable, Sendable {
  public let offset: Int
  public let isEnabled: Bool
  public let totalFunctions: Int
  public let enabledFunctions: Int

  public init(_ capability: Capability, in space: ConfigurationSpace) {
    offset = capability.offset
    isEnabled = space.byte(offset + 8) & 1 != 0
    (totalFunctions, enabledFunctions) = (Int(space.word(offset + 0xE)), Int(space.word(offset + 0x10)))
  }
}

/// PCIe 6.0 section 7.8.9.
public struct ProcessAddressSpace: Hashable, Sendable {
  public let offset: Int
  public let isEnabled: Bool
  /// PASIDs have so many bits.
  public let width: Int

  public init(_ capability: Capability, in space: ConfigurationSpace) {
    offset = capability.offset
    (isEnabled, width) = (space.word(offset + 6) & 1 != 0, Int(space.byte(offset + 5) & 0x1F))
  }
}

/// PCIe 6.0 section 10.5.1.
public struct AddressTranslation: Hashable, Sendable {
  public let offset: Int
  public let isEnabled: Bool

  public init(_ capability: Capability, in space: ConfigurationSpace) {
    offset = capability.offset
    isEnabled = space.word(offset + 6) & 1 << 15 != 0
  }
}

/// Windows whose size software may choose. PCIe 6.0 section 7.8.6.
public struct ResizableBARs: Hashable, Sendable {
  public let offset: Int
  /// In register order: which BAR, and its size now in bytes.
  public let windows: [Window]

  public struct Window: Hashable, Sendable {
    public let bar: Int
    public let size: UInt64
  }

  public init(_ capability: Capability, in space: ConfigurationSpace) {
    offset = capability.offset
    let count = Int(space.long(offset + 8) >> 5 & 7)
    let at = offset + 8
    windows = (0..<count).map { block in
      let control = space.long(at + 8 * block)
      // The field counts from 1 MiB and has six bits; sizes beyond 64 bits cannot be meant.
      return Window(bar: Int(control & 7), size: UInt64(1) << min(20 + UInt64(control >> 8 & 0x3F), 63))
    }
  }
}

/// A mailbox through which SPDM reaches the device. PCIe 6.0 section 7.9.24.
public struct DataObjectExchange: Hashable, Sendable {
  public let offset: Int
  public let interruptSupported: Bool
  public let isBusy: Bool
  public let hasError: Bool
  public let objectReady: Bool

  public init(_ capability: Capability, in space: ConfigurationSpace) {
    offset = capability.offset
    interruptSupported = space.byte(offset + 4) & 1 != 0
    let status = space.long(offset + 0xC)
    (isBusy, hasError, objectReady) = (status & 1 != 0, status & 1 << 2 != 0, status & 1 << 31 != 0)
  }
}

/// Link encryption: which streams the port has. PCIe 6.0 section 7.9.26.
public struct IntegrityAndEncryption: Hashable, Sendable {
  public let offset: Int
  /// One a traffic class.
  public let linkStreams: Int
  public let selectiveStreams: Int
  /// Keys can be set with the IDE_KM protocol.
  public let keyManagement: Bool
  public let teeLimited: Bool
  /// Bytes, with all stream blocks that are there.
  public let size: Int
  /// Offsets of the selective streams' blocks.
  public let selectiveBlocks: [Int]

  public init(_ capability: Capability, in space: ConfigurationSpace) {
    offset = capability.offset
    let bits = space.long(offset + 4)
    linkStreams = bits & 1 != 0 ? Int(bits >> 13 & 7) + 1 : 0
    selectiveStreams = bits & 1 << 1 != 0 ? Int(bits >> 16 & 0xFF) + 1 : 0
    (keyManagement, teeLimited) = (bits & 1 << 6 != 0, bits & 1 << 24 != 0)
    var at = 0xC + 8 * linkStreams
    var blocks: [Int] = []
    // A block says how many address associations follow it; blocks beyond the space are not there.
    for _ in 0..<selectiveStreams where offset + at < ConfigurationSpace.extendedSize {
      blocks.append(offset + at)
      at += 20 + 12 * Int(space.byte(offset + at) & 0xF)
    }
    (size, selectiveBlocks) = (at, blocks)
  }
}
