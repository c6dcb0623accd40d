import Primitives

/// An address as a program in the guest uses it.
public struct GuestVirtualAddress: Address {
  public let rawValue: UInt64
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// A memory type of x86 (Intel SDM volume 3, section 13.3).
public enum X86MemoryType: UInt8, Hashable, Sendable, CaseIterable {
  case uncacheable = 0
  case writeCombining = 1
  case writeThrough = 4
  case writeProtected = 5
  case writeBack = 6
  /// UC-, which only the PAT has: uncacheable, but for what the other side calls write-combining.
  case weaklyUncacheable = 7

  /// The power-on value of IA32_PAT.
  public static let defaultPAT: UInt64 = 0x0007_0406_0007_0406
  /// The one that Linux sets: WB, WC, UC-, UC, WB, WP, UC-, WT.
  public static let linuxPAT: UInt64 = 0x0407_0506_0007_0106

  /// What comes of the type in the EPT and the one in the guest's PAT: the table for MTRR and PAT, with the EPT in the MTRR's place
  /// (SDM volume 3, sections 13.5.2.2 and 30.3.7.2). With ignore-PAT the EPT's alone.
  public static func effective(ept: X86MemoryType, ignoresPAT: Bool, pat: X86MemoryType) -> X86MemoryType {
    if ignoresPAT { return ept }
    switch (pat, ept) {
    case (.uncacheable, _): return .uncacheable
    case (.writeCombining, _): return .writeCombining
    case (.weaklyUncacheable, .writeCombining), (.weaklyUncacheable, .writeProtected): return .writeCombining
    case (.weaklyUncacheable, _): return .uncacheable
    case (.writeThrough, .writeBack), (.writeThrough, .writeThrough): return .writeThrough
    case (.writeThrough, .writeProtected): return .writeProtected
    case (.writeThrough, _): return .uncacheable
    case (.writeProtected, .writeBack), (.writeProtected, .writeProtected), (.writeProtected, .writeThrough): return .writeProtected
    case (.writeProtected, _): return .uncacheable
    case (.writeBack, _): return ept
    }
  }

  /// The type that an access of the guest has, from a walk of both tables.
  /// - Returns: nil where one of the two has no page, or an entry has a type that there is not.
  public static func walk(
    _ address: GuestVirtualAddress, guest: EntryTable<GuestVirtualAddress>, ept: EntryTable<GuestPhysicalAddress>, pat: UInt64
  ) -> X86MemoryType? {
    guard let inner = guest.walk(address) else { return nil }
    // PWT, PCD and PAT of a 4 KiB entry are a number of three bits.
    let index = inner >> 3 & 3 | (inner >> 7 & 1) << 2
    let page = GuestPhysicalAddress(inner & 0x000F_FFFF_FFFF_F000)
    guard let outer = ept.walk(page), let mine = X86MemoryType(rawValue: UInt8(pat >> (index * 8) & 7)),
      let theirs = X86MemoryType(rawValue: UInt8(outer >> 3 & 7)), theirs != .weaklyUncacheable
    else { return nil }
    return effective(ept: theirs, ignoresPAT: outer >> 6 & 1 == 1, pat: mine)
  }

  public var cacheability: Cacheability {
    switch self {
    case .writeBack, .writeThrough, .writeProtected: .cached
    case .writeCombining: .writeCombined
    case .uncacheable, .weaklyUncacheable: .uncached
    }
  }
}
