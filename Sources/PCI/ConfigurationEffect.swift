/// What a configuration write touches that matters to a TEE device interface.
///
/// PCIe 6.x section 11.2.6 lists the writes that take a locked interface to ERROR; the write itself completes
/// normally. Everything that is not named here (MSI, ACS, error masks, ATS, DOE, other command bits) is harmless.
public enum ConfigurationEffect: Hashable, Sendable {
  // Function state
  case memoryEnableCleared
  case busMasterCleared
  case functionLevelReset
  /// Software asked for another state; D3hot and back may lose what the function held.
  case powerState(PowerState)
  // Windows
  case barWritten(Int)
  case romBARWritten
  case resizableBAR
  // Identity, routing, address spaces
  case bistWritten
  case singleRootIOV
  case alternativeRouting
  case processAddressSpace
  case pageRequest
  case enhancedAllocation
  case multicast
  /// Extended, 10-bit or 14-bit tags, phantom functions or no-snoop changed.
  case deviceControlSensitive
  case msixCapability
  case ideControl

  /// The effects of writing `value` where `space` holds the old one; empty when the write is harmless.
  /// The order is that of the registers.
  public static func of(
    offset: Int, width: Int, value: UInt32, on space: ConfigurationSpace, capabilities: CapabilityWalk
  ) -> [ConfigurationEffect] {
    guard [1, 2, 4].contains(width), offset >= 0, offset % width == 0 else { return [] }
    let write = Write(offset: offset, width: width, value: value, space: space)
    var effects = header(write)
    for capability in capabilities.capabilities { effects += inside(capability, write) }
    return effects
  }

  private static func header(_ write: Write) -> [ConfigurationEffect] {
    var effects: [ConfigurationEffect] = []
    if let change = write.word(at: 0x04) {
      let (old, new) = (CommandRegister(rawValue: change.old), CommandRegister(rawValue: change.new))
      if old.contains(.memorySpace), !new.contains(.memorySpace) { effects.append(.memoryEnableCleared) }
      if old.contains(.busMaster), !new.contains(.busMaster) { effects.append(.busMasterCleared) }
    }
    if write.touches(0x0F..<0x10) { effects.append(.bistWritten) }
    guard let header = write.space.headerType else { return effects }
    for index in 0..<header.barCount where write.touches(0x10 + 4 * index..<0x14 + 4 * index) { effects.append(.barWritten(index)) }
    if let rom = header.romOffset, write.touches(rom..<rom + 4) { effects.append(.romBARWritten) }
    return effects
  }

  private static func inside(_ capability: Capability, _ write: Write) -> [ConfigurationEffect] {
    let at = capability.offset
    func touches(_ from: Int, _ count: Int) -> Bool { write.touches(at + from..<at + from + count) }
    switch capability.id {
    case .powerManagement:
      guard let change = write.word(at: at + 4), change.new & 3 != change.old & 3 else { return [] }
      return PowerState(rawValue: UInt8(change.new & 3)).map { [.powerState($0)] } ?? []
    case .pciExpress: return deviceControl(at, write)
    case .advancedFeatures:
      let supported = AdvancedFeatures(capability, in: write.space).functionLevelReset
      return supported && touches(4, 1) && write.byte(at + 4) & 1 != 0 ? [.functionLevelReset] : []
    case .device3:
      guard let change = write.word(at: at + 8), (change.old ^ change.new) & 1 << 2 != 0 else { return [] }
      return [.deviceControlSensitive]
    case .msix: return touches(2, 2) ? [.msixCapability] : []
    case .enhancedAllocation: return touches(2, 2) ? [.enhancedAllocation] : []
    case .resizableBAR, .virtualFunctionResizableBAR:
      return touches(4, (capability.size(in: write.space) ?? 12) - 4) ? [.resizableBAR] : []
    case .singleRootIOV: return touches(4, 0x3C) ? [.singleRootIOV] : []
    case .alternativeRouting: return touches(4, 4) ? [.alternativeRouting] : []
    case .processAddressSpace: return touches(4, 4) ? [.processAddressSpace] : []
    case .pageRequest: return touches(4, 12) ? [.pageRequest] : []
    case .multicast: return touches(4, 0x2C) ? [.multicast] : []
    case .integrityAndEncryption:
      return touches(8, max(0, (capability.size(in: write.space) ?? 12) - 8)) ? [.ideControl] : []
    default: return []
    }
  }

  /// Device Control bits 8, 9, 11 and 15, Device Control 2 bit 12. PCIe 6.0 sections 7.5.3.4 and 7.5.3.16.
  private static func deviceControl(_ at: Int, _ write: Write) -> [ConfigurationEffect] {
    var effects: [ConfigurationEffect] = []
    var isSensitive = false
    if let change = write.word(at: at + 0x08) {
      isSensitive = (change.old ^ change.new) & (1 << 8 | 1 << 9 | 1 << 11) != 0
      let supported = write.space.long(at + 4) & 1 << 28 != 0
      if supported, change.new & 1 << 15 != 0 { effects.append(.functionLevelReset) }
    }
    if write.space.byte(at + 2) & 0xF >= 2, let change = write.word(at: at + 0x28), (change.old ^ change.new) & 1 << 12 != 0 {
      isSensitive = true
    }
    return isSensitive ? [.deviceControlSensitive] + effects : effects
  }
}

/// A write beside what it falls on.
private struct Write {
  let offset: Int
  let width: Int
  let value: UInt32
  let space: ConfigurationSpace

  func touches(_ range: Range<Int>) -> Bool { range.overlaps(offset..<offset + width) }
  /// The byte at a place as it would be afterwards.
  func byte(_ at: Int) -> UInt8 {
    touches(at..<at + 1) ? UInt8(truncatingIfNeeded: value >> (8 * UInt32(at - offset))) : space.byte(at)
  }
  /// A register of 16 bits before and after, nil when the write does not reach it.
  func word(at: Int) -> (old: UInt16, new: UInt16)? {
    guard touches(at..<at + 2) else { return nil }
    return (space.word(at), UInt16(byte(at)) | UInt16(byte(at + 1)) << 8)
  }
}
