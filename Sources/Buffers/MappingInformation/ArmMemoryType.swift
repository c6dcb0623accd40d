import Primitives

/// A memory type of Arm, the most restrictive first (Arm ARM, section D8.6). Shades of Device are one here: none of them is for a buffer.
public enum ArmMemoryType: UInt8, Hashable, Comparable, Sendable, CaseIterable {
  case device, nonCacheable, writeThrough, writeBack
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  /// A byte of MAIR_EL1: 0x00 and what else has no upper half is Device, 0x44 not cached, 0xBB written through, 0xFF written back.
  public init(mair byte: UInt8) {
    switch byte >> 4 {
    case 0: self = .device
    case 4: self = .nonCacheable
    case 1...3, 8...11: self = .writeThrough
    default: self = .writeBack
    }
  }

  /// What comes of both stages. Without FWB the more restrictive of the two: a host can take caching away and not give it. With FWB the
  /// second stage says whether it decides (`MemAttr` 6: written back, 5: not cached, below 4: Device) or the guest does (7): Arm ARM, stage 2
  /// memory types with FEAT_S2FWB. Linux writes 6, 5 and 1 (arch/arm64/include/asm/memory.h, `MT_S2_FWB_*`), and QEMU reads all of them so
  /// (target/arm/ptw.c, `combined_attrs_fwb`): 6 wins over a guest's Device, 5 does not.
  public static func effective(stage1: ArmMemoryType, memAttr: UInt8, hasFWB: Bool) -> ArmMemoryType? {
    guard memAttr < 16 else { return nil }
    guard hasFWB else {
      let stage2: ArmMemoryType
      switch (memAttr >> 2, memAttr & 3) {
      case (0, _): stage2 = .device
      case (_, 1): stage2 = .nonCacheable
      case (_, 2): stage2 = .writeThrough
      case (_, 3): stage2 = .writeBack
      default: return nil
      }
      return min(stage1, stage2)
    }
    return switch memAttr {
    case 0...3: .device
    case 5: min(stage1, .nonCacheable)
    case 6: .writeBack
    case 7: stage1
    default: nil
    }
  }

  /// The type that an access of the guest has, from a walk of both stages.
  /// - Returns: nil where one of them has no page, or an entry has a value that there is not.
  public static func walk(
    _ address: GuestVirtualAddress, stage1: EntryTable<GuestVirtualAddress>, stage2: EntryTable<GuestPhysicalAddress>, mair: UInt64,
    hasFWB: Bool
  ) -> ArmMemoryType? {
    guard let inner = stage1.walk(address), let outer = stage2.walk(GuestPhysicalAddress(inner & 0x0000_FFFF_FFFF_F000)) else { return nil }
    let type = ArmMemoryType(mair: UInt8(truncatingIfNeeded: mair >> (8 * (inner >> 2 & 7))))
    return effective(stage1: type, memAttr: UInt8(outer >> 2 & 15), hasFWB: hasFWB)
  }

  /// Not cached is what Linux uses for write-combined memory (`MT_NORMAL_NC`).
  public var cacheability: Cacheability {
    switch self {
    case .writeBack, .writeThrough: .cached
    case .nonCacheable: .writeCombined
    case .device: .uncached
    }
  }
}
