/// Which bits of a function's registers software can change: the rest is wired, or set by the hardware.
///
/// Registers that no rule here knows are read-only, except the bodies of capabilities that are pure control.
package struct WriteMasks: Sendable {
  /// A bit that is set can be written.
  private(set) var writable: [UInt8]
  /// A bit that is set is cleared by writing one to it.
  private(set) var clearedByOne: [UInt8]

  package init(_ space: ConfigurationSpace, capabilities: CapabilityWalk, bars: [BaseAddressRegister]) {
    writable = Array(repeating: 0, count: space.bytes.count)
    clearedByOne = writable
    // Command; the status bits that record errors; cache line, latency, interrupt line.
    allow(0x04, 0x0547, 2)
    clear(0x06, 0xF900, 2)
    allow(0x0C, 0xFFFF, 2)
    allow(0x3C, 0xFF, 1)
    for bar in bars {
      allow(bar.offset, UInt32(truncatingIfNeeded: bar.writableMask), 4)
      if bar.is64Bit { allow(bar.offset + 4, UInt32(truncatingIfNeeded: bar.writableMask >> 32), 4) }
    }
    for capability in capabilities.capabilities { allow(capability, space) }
  }

  private mutating func allow(_ capability: Capability, _ space: ConfigurationSpace) {
    let at = capability.offset
    switch capability.id {
    case .powerManagement:
      allow(at + 4, 0x0103, 2)
      clear(at + 4, 0x8000, 2)
    case .msi:
      let control = space.word(at + 2)
      let is64 = control & 1 << 7 != 0
      allow(at + 2, 0x0071, 2)
      allow(at + 4, 0xFFFF_FFFC, 4)
      if is64 { allow(at + 8, .max, 4) }
      allow(at + (is64 ? 12 : 8), 0xFFFF, 2)
      if control & 1 << 8 != 0 { allow(at + (is64 ? 16 : 12), .max, 4) }
    case .msix: allow(at + 2, 0xC000, 2)
    case .pciExpress:
      // All of Device Control but the reset bit, which reads as zero.
      allow(at + 0x08, 0x7FFF, 2)
      clear(at + 0x0A, 0x000F, 2)
      guard space.byte(at + 2) & 0xF >= 2 else { return }
      allow(at + 0x10, 0x0FC3, 2)
      allow(at + 0x28, 0xF7FF, 2)
      allow(at + 0x30, 0x1FFF, 2)
    case .advancedErrorReporting:
      clear(at + 0x04, .max, 4)
      allow(at + 0x08, .max, 4)
      allow(at + 0x0C, .max, 4)
      clear(at + 0x10, .max, 4)
      allow(at + 0x14, .max, 4)
    case .accessControl: allow(at + 6, UInt32(space.word(at + 4) & 0x7F), 2)
    case .alternativeRouting: allow(at + 6, 0x0073, 2)
    case .addressTranslation: allow(at + 6, 0x801F, 2)
    case .processAddressSpace: allow(at + 6, 0x0007, 2)
    case .pageRequest:
      allow(at + 4, 0x0003, 2)
      allow(at + 0xC, .max, 4)
    case .resizableBAR:
      for block in 0..<Int(space.long(at + 8) >> 5 & 7) { allow(at + 8 + 8 * block, 0x3F00, 4) }
    case .singleRootIOV:
      allow(at + 0x08, 0x001F, 2)
      allow(at + 0x10, 0xFFFF, 2)
      allow(at + 0x20, .max, 4)
    case .dataObjectExchange: allow(at + 0x08, 0x0002, 4)
    case .device3: allow(at + 0x08, 0x0007, 4)
    case .integrityAndEncryption:
      let ide = IntegrityAndEncryption(capability, in: space)
      allow(at + 8, 0x4, 4)
      // Control, RID and address association of each stream; its capability and status are the port's.
      for block in ide.selectiveBlocks {
        allow(block + 4, .max, 4)
        clear(block + 8, 0x8000_0000, 4)
        allow(block + 12, 0x00FF_FF00, 4)
        allow(block + 16, .max, 4)
        for association in 0..<Int(space.byte(block) & 0xF) {
          for register in 0..<3 { allow(block + 20 + 12 * association + 4 * register, .max, 4) }
        }
      }
    default: break
    }
  }

  private mutating func allow(_ offset: Int, _ mask: UInt32, _ width: Int) { merge(&writable, offset, mask, width) }
  private mutating func clear(_ offset: Int, _ mask: UInt32, _ width: Int) { merge(&clearedByOne, offset, mask, width) }
  private func merge(_ masks: inout [UInt8], _ offset: Int, _ mask: UInt32, _ width: Int) {
    for i in 0..<width where masks.indices.contains(offset + i) {
      masks[offset + i] |= UInt8(truncatingIfNeeded: mask >> (8 * UInt32(i)))
    }
  }
}
