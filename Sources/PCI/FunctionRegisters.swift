import Primitives

/// A function's configuration space as hardware: a write changes only what can be changed, some bits clear
/// themselves, and every write says what it touched. `ConfigurationSpace` holds the bytes, the masks the law.
public struct FunctionRegisters: Sendable {
  public private(set) var space: ConfigurationSpace
  public let capabilities: CapabilityWalk
  /// As the function came; `bars` says where they are now.
  private let initialBARs: [BaseAddressRegister]
  private let masks: WriteMasks
  /// One for each DOE capability, in list order.
  public var mailboxes: [DOEMailbox]

  /// The function that a dump shows, in the state the dump shows.
  public init(_ dump: ConfigurationSpaceDump) {
    space = dump.space
    capabilities = dump.capabilities
    initialBARs = dump.bars
    mailboxes = dump.capabilities.all(.dataObjectExchange).map { DOEMailbox(offset: $0.offset) }
    masks = WriteMasks(dump.space, capabilities: dump.capabilities, bars: dump.bars)
  }

  public var command: CommandRegister { space.command }
  public var powerState: PowerState {
    capabilities[.powerManagement].map { PowerManagement($0, in: space).state } ?? .d0
  }
  public var express: PCIExpress? { capabilities[.pciExpress].map { PCIExpress($0, in: space) } }
  public var msix: MSIX? { capabilities[.msix].map { MSIX($0, in: space) } }
  public var supportsFunctionLevelReset: Bool {
    if let express { return express.functionLevelReset }
    return capabilities[.advancedFeatures].map { AdvancedFeatures($0, in: space).functionLevelReset } ?? false
  }
  /// The BARs with the addresses that are programmed now.
  public var bars: [BaseAddressRegister] {
    initialBARs.map { bar in
      var address = UInt64(space.long(bar.offset) & ~(bar.kind == .io ? 0x3 : 0xF))
      if bar.is64Bit { address |= UInt64(space.long(bar.offset + 4)) << 32 }
      return BaseAddressRegister(index: bar.index, kind: bar.kind, address: HostPhysicalAddress(address), size: bar.size)
    }
  }
  /// Whether memory requests reach the function: decoding is on and it is in D0.
  public var decodesMemory: Bool { command.contains(.memorySpace) && powerState == .d0 }
  /// Whether the function may send requests.
  public var mastersBus: Bool { command.contains(.busMaster) && powerState == .d0 }

  /// 1, 2 or 4 bytes, aligned; all ones otherwise.
  public func read(_ offset: Int, width: Int) -> UInt32 {
    if width == 4, let mailbox = mailboxes.first(where: { $0.offset + 0x0C == offset }) { return mailbox.status }
    if width == 4, let mailbox = mailboxes.first(where: { $0.offset + 0x14 == offset }) { return mailbox.readMailbox }
    return space.read(offset, width: width)
  }

  /// Writes as the bus does. An unaligned or oversized write does nothing. A write that asks for a function-level reset
  /// or another power state reports it; the reset itself is `functionLevelReset()`, which the device performs.
  @discardableResult
  public mutating func write(_ offset: Int, width: Int, _ value: UInt32) -> [ConfigurationEffect] {
    let effects = ConfigurationEffect.of(offset: offset, width: width, value: value, on: space, capabilities: capabilities)
    guard [1, 2, 4].contains(width), offset >= 0, offset % width == 0, offset + width <= space.bytes.count else { return [] }
    if width == 4 { writeMailbox(offset, value) }
    for i in 0..<width {
      let byte = UInt8(truncatingIfNeeded: value >> (8 * UInt32(i)))
      let (writable, once) = (masks.writable[offset + i], masks.clearedByOne[offset + i])
      let old = space.byte(offset + i)
      space.set(offset + i, width: 1, to: UInt32((old & ~writable | byte & writable) & ~(byte & once)))
    }
    return effects
  }

  /// The mailbox registers take whole words only.
  private mutating func writeMailbox(_ offset: Int, _ value: UInt32) {
    for i in mailboxes.indices {
      switch offset - mailboxes[i].offset {
      case 0x08: mailboxes[i].control(value)
      case 0x10: mailboxes[i].write(value)
      case 0x14: mailboxes[i].acknowledge()
      default: break
      }
    }
  }

  /// FLR: registers take their initial values, the link, its streams and the SPDM session stay. PCIe 6.0 section 6.6.2.
  public mutating func functionLevelReset() {
    let kept: [CapabilityID] = [.integrityAndEncryption, .dataObjectExchange]
    let keptOffsets = kept.flatMap { id in
      capabilities.all(id).flatMap { capability in Array(capability.offset..<capability.offset + (capability.size(in: space) ?? 0))
      }
    }
    reset(keeping: Set(keptOffsets))
  }

  /// A conventional (hot, warm or cold) reset: stream registers fall as well.
  public mutating func conventionalReset() {
    reset(keeping: [])
    mailboxes = mailboxes.map { DOEMailbox(offset: $0.offset) }
  }

  /// Every writable bit falls to zero. Address association and link settings have no better initial value in a dump.
  private mutating func reset(keeping kept: Set<Int>) {
    for offset in space.bytes.indices where !kept.contains(offset) && masks.writable[offset] != 0 {
      space.set(offset, width: 1, to: UInt32(space.byte(offset) & ~masks.writable[offset]))
    }
  }

  /// What lspci and the kernel do to learn a BAR's size: write ones, read back, restore. Nil for an absent BAR.
  public mutating func probeSize(ofBAR index: Int) -> UInt64? {
    guard let bar = bars.first(where: { $0.index == index }) else { return nil }
    let width = bar.is64Bit ? 2 : 1
    let saved = (0..<width).map { space.long(bar.offset + 4 * $0) }
    var mask: UInt64 = bar.is64Bit ? 0 : ~UInt64(UInt32.max)
    for i in 0..<width {
      write(bar.offset + 4 * i, width: 4, .max)
      mask |= UInt64(read(bar.offset + 4 * i, width: 4)) << (32 * UInt64(i))
      write(bar.offset + 4 * i, width: 4, saved[i])
    }
    let address = mask & ~(bar.kind == .io ? 0x3 : 0xF)
    return address & ~(UInt64(UInt32.max) << 32) == 0 && !bar.is64Bit ? nil : ~address &+ 1
  }
}
