import Documents
import Primitives

/// Windows: text, bytes and sizes must tell one story.
extension DumpCheck {
  mutating func regions(_ bars: [BaseAddressRegister], given: [Int: UInt64], all sizes: [Int: UInt64]) {
    for region in facts.regions { compare(region, bars, given) }
    for bar in bars { compareRegister(bar) }
    if let rom = facts.expansionROM { compare(rom) }
    for fault in BARFault.check(bars, sizes: sizes) {
      let code: DumpProblem.Code =
        switch fault {
        case .overlap: .barOverlap
        case .misaligned: .barMisaligned
        default: .barImpossible
        }
      add(code, line: bytes.line(of: 0x10 + 4 * min(max(fault.index, 0), 5)), fault.description)
    }
    for bar in bars where bar.isMemory && bar.size == nil {
      add(
        .sizeUnknown, .remark, line: bytes.line(of: bar.offset), "the dump does not give the size of BAR\(bar.index)",
        expected: "a size in the machine file")
    }
  }

  /// What the register says that no window can be, and what the text leaves out: lspci prints every register that is not zero.
  private mutating func compareRegister(_ bar: BaseAddressRegister) {
    let register = space.long(bar.offset), line = bytes.line(of: bar.offset)
    guard register != 0 else { return }
    if case .memory32 = bar.kind, register >> 1 & 2 != 0 {
      let what = register >> 1 & 3 == 3 ? "has the reserved type 11b" : "is a 64-bit BAR without a register for its upper half"
      add(.barImpossible, line: line, "BAR\(bar.index) \(what)", expected: "type 00b or 10b (PCIe 6.0 section 7.5.1.2.1)")
    }
    let isDescribed = !facts.regions.isEmpty || !facts.capabilities.isEmpty
    if isDescribed, !facts.regions.contains(where: { $0.index == bar.index }) {
      add(.contradictsRegion, line: line, "the bytes have a BAR\(bar.index), the text no region \(bar.index)")
    }
  }

  /// Bits 1 and 2 of a memory register. PCI 3.0 section 6.2.5.1.
  private static let widths = ["32-bit", "low-1M", "64-bit", "type 3"]

  private mutating func compare(_ region: DumpFacts.Region, _ bars: [BaseAddressRegister], _ given: [Int: UInt64]) {
    if bars.contains(where: { $0.is64Bit && $0.index + 1 == region.index }) {
      add(
        .upperHalfAsRegion, .remark, line: region.line,
        "region \(region.index) is the upper half of BAR\(region.index - 1), not a window of its own")
      return
    }
    guard let bar = bars.first(where: { $0.index == region.index }) else {
      // The kernel may know a window that the register does not hold (virtual, or of an SR-IOV function).
      if let address = region.address, address != 0, !region.isVirtual {
        add(.contradictsRegion, line: region.line, "the text has a region \(region.index), the bytes have none")
      }
      return
    }
    if let size = region.size {
      if size.bytes == nil {
        impossible(size, of: "region \(region.index)", line: region.line)
      } else if let other = given[region.index], size.bytes != other {
        add(
          .contradictsRegion, line: region.line, "the text gives region \(region.index) \(size.text), the machine file \(readable(other))",
          expected: "the same size")
      }
    }
    guard !region.isVirtual else { return }
    if region.isIO == bar.isMemory {
      add(
        .contradictsRegion, line: region.line,
        "the text and the bytes disagree whether region \(region.index) is memory or I/O ports"
      )
    } else if bar.isMemory, region.width != Self.widths[Int(space.long(bar.offset) >> 1 & 3)] || region.isPrefetchable != (bar.kindBits & 8 != 0) {
      add(.contradictsRegion, line: region.line, "the text and the bytes give region \(region.index) different kinds")
    } else if case let address = region.address ?? 0, address != bar.address.rawValue {
      add(
        .contradictsRegion, line: region.line,
        "the text says region \(region.index) is at \(hexadecimal(address)), the bytes "
          + bar.address.description)
    }
    if region.isDisabled, space.command.contains(bar.isMemory ? .memorySpace : .ioSpace) {
      add(
        .contradictsRegion, line: region.line,
        "the text says that region \(region.index) is disabled, the command register that \(bar.isMemory ? "memory" : "I/O") is decoded",
        expected: "text and bytes of the same function")
    }
  }

  /// PCIe 6.0 section 7.5.1.2.4: an address of whole 2 KiB, and bit 0 that enables it.
  private mutating func compare(_ rom: DumpFacts.ExpansionROM) {
    if let size = rom.size {
      // The address has 21 bits that can be wired, so 16 MiB is the largest (PCI 3.0 section 6.2.5.2).
      let isPossible = size.bytes.map { $0.isPowerOfTwo && (2048...(16 << 20)).contains($0) && rom.address & ($0 - 1) == 0 } ?? false
      if !isPossible { impossible(size, of: "the expansion ROM", line: rom.line) }
    }
    guard let offset = space.headerType?.romOffset else { return }
    let register = space.long(offset)
    let address = UInt64(register & ~0x7FF)
    guard address != 0, !rom.isVirtual else { return }
    if address != rom.address {
      add(
        .contradictsRegion, line: rom.line,
        "the text says expansion ROM at \(hexadecimal(rom.address)), the bytes \(hexadecimal(address))")
    } else if rom.isDisabled, register & 1 != 0 {
      add(
        .contradictsRegion, line: rom.line, "the text says that the expansion ROM is disabled, the bytes that it is enabled",
        expected: "text and bytes of the same function")
    }
  }

  private mutating func impossible(_ size: DumpFacts.Size, of what: String, line: Int) {
    add(
      .contradictsRegion, line: line, "\(what) cannot have a size of \(quoted(size.text))",
      expected: "a power of two of which the address is a multiple, as 64K")
  }
}
