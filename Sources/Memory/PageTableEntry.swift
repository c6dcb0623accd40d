import Primitives

/// What a leaf of a page table allows and says about the memory behind it.
public struct LeafAttributes: Hashable, BitwiseCopyable, Sendable {
  public var isReadable: Bool
  public var isWritable: Bool
  public var isExecutable: Bool
  /// The leaf leads to a device's window, not to RAM.
  public var isMMIO: Bool
  /// The access goes under the key of whoever owns the table.
  public var isPrivate: Bool

  public init(
    readable: Bool = true, writable: Bool = true, executable: Bool = false, mmio: Bool = false, private isPrivate: Bool = false
  ) {
    (isReadable, isWritable, isExecutable, isMMIO) = (readable, writable, executable, mmio)
    self.isPrivate = isPrivate
  }

  /// Mapped, and closed to everybody: a blocked or a pending secure-EPT entry.
  public var inaccessible: LeafAttributes {
    LeafAttributes(readable: false, writable: false, executable: false, mmio: isMMIO, private: isPrivate)
  }
  public var isAccessible: Bool { isReadable || isWritable || isExecutable }

  public func allows(_ operation: AccessOperation) -> Bool {
    switch operation {
    case .read: isReadable
    case .write: isWritable
    case .execute: isExecutable
    }
  }
}

/// One entry, 8 bytes, in the layout of an x86 extended page table (Intel SDM volume 3, "Format of EPT entries").
///
/// | bits | leaf | table |
/// |---|---|---|
/// | 0, 1, 2 | read, write, execute | all set |
/// | 5:3 | memory type: 0 uncached (MMIO), 6 write-back | 0 |
/// | 7 | set where the leaf maps 2 MiB or 1 GiB | 0 |
/// | 11 | set: the entry is in use, even where bits 2:0 are clear | set |
/// | 51:12 | physical address | physical address |
/// | 52 | leads to MMIO | 61:52: how many entries of that table are in use |
/// | 53 | private | |
///
/// Hardware ignores 11 and 61:52; they are the software's. The count of a table lives in the entry that leads to it, so
/// that an empty table is known without reading its 512 entries.
struct PageTableEntry: Hashable, BitwiseCopyable, Sendable {
  var rawValue: UInt64

  static var empty: PageTableEntry { PageTableEntry(rawValue: 0) }
  private static var used: UInt64 { 1 << 11 }
  private static var addressMask: UInt64 { 0x000F_FFFF_FFFF_F000 }
  private static var large: UInt64 { 1 << 7 }

  init(rawValue: UInt64) { self.rawValue = rawValue }

  /// A leaf at `level` 0 (4 KiB), 1 (2 MiB) or 2 (1 GiB).
  init(leaf address: HostPhysicalAddress, _ attributes: LeafAttributes, level: Int) {
    rawValue =
      address.rawValue & Self.addressMask | Self.used | (level > 0 ? Self.large : 0) | (attributes.isMMIO ? 0 : 6 << 3)
      | (attributes.isReadable ? 1 : 0) | (attributes.isWritable ? 2 : 0) | (attributes.isExecutable ? 4 : 0)
      | (attributes.isMMIO ? 1 << 52 : 0) | (attributes.isPrivate ? 1 << 53 : 0)
  }

  init(table address: HostPhysicalAddress, count: Int) {
    rawValue = address.rawValue & Self.addressMask | Self.used | 7
    self.count = count
  }

  var isUsed: Bool { rawValue & Self.used != 0 }
  func isLeaf(at level: Int) -> Bool { level == 0 || rawValue & Self.large != 0 }
  var address: HostPhysicalAddress { HostPhysicalAddress(rawValue & Self.addressMask) }

  var attributes: LeafAttributes {
    LeafAttributes(
      readable: rawValue & 1 != 0, writable: rawValue & 2 != 0, executable: rawValue & 4 != 0,
      mmio: rawValue >> 52 & 1 != 0, private: rawValue >> 53 & 1 != 0)
  }

  /// Of a table entry only: used entries of the table it leads to, 0...512.
  var count: Int {
    get { Int(rawValue >> 52 & 0x3FF) }
    set { rawValue = rawValue & ~(0x3FF << 52) | (UInt64(truncatingIfNeeded: newValue) & 0x3FF) << 52 }
  }
}
