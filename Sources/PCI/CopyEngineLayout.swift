import Primitives

/// Which page of its BAR is the engine's own, and what. The rest reads as zero, but for the MSI-X table and its pending bits,
/// which stand where the function's capability says.
public enum CopyEnginePage: Int, CaseIterable, Hashable, Sendable {
  /// Registers: TEE MMIO.
  case registers = 0
  /// 4 KiB of memory for the owner's secrets: TEE MMIO, scrubbed by STOP.
  case secrets = 1
  /// 4 KiB of memory that anybody may use: IS_NON_TEE_MEM. It gives way to a table there.
  case mailbox = 3

  /// Bytes from the start of the BAR.
  public var offset: UInt64 { UInt64(rawValue) << 12 }

  /// Why the engine cannot stand beside a table there: nil if it can. Nothing else fits into the pages of its registers and secrets.
  public static func collision(bar: Int, msix: MSIX?) -> String? {
    let own = mailbox.offset - (1 << 12)
    return msix?.parts.first { $0.place.bar == bar && $0.place.offset < own }.map {
      "the MSI-X \($0.name) is at \(hex(Int($0.place.offset))) in BAR\(bar), where the engine has its registers"
    }
  }
}

/// The registers on page 0: 64 bits each, written and read in 4 or 8 bytes.
///
/// | offset | name | access | meaning |
/// |---|---|---|---|
/// | 0x00 | identity | R | `COFFERDM` in ASCII |
/// | 0x08 | status | R | bit 0 ready, bit 1 stopped by an error, bits 8...15 `CopyEngine.Trouble` |
/// | 0x10 | control | RW | bit 0 enable; bit 1 reset, clears itself |
/// | 0x18 | ringBase | RW | IOVA of the ring, a multiple of 64 |
/// | 0x20 | ringSize | RW | descriptors: a power of two, at most 256 |
/// | 0x28 | head | R | index of the next descriptor that the device takes |
/// | 0x30 | tail | RW | index behind the last descriptor; writing it is the doorbell |
/// | 0x38 | vector | RW | MSI-X vector for completions |
/// | 0x40 | completed | R | descriptors done since reset |
/// | 0x48 | moved | R | bytes moved since reset |
/// | 0x50 to 0x68 | digest0 to digest3 | R | SHA-256 of the last transfer, in memory order |
/// | 0x70 | faultAddress | R | IOVA of the last DMA fault |
/// | 0x78 | scratch | RW | nothing |
public enum CopyEngineRegister: Int, CaseIterable, Hashable, Sendable {
  case identity, status, control, ringBase, ringSize, head, tail, vector
  case completed, moved, digest0, digest1, digest2, digest3, faultAddress, scratch

  public var offset: UInt64 { UInt64(rawValue) * 8 }
  var isWritable: Bool {
    switch self {
    case .control, .ringBase, .ringSize, .tail, .vector, .scratch: true
    default: false
    }
  }
}
