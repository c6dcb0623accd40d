import Memory
import PCI
import Primitives

/// A PCI function on the bus: its configuration space, its BARs, and the copy engine behind one of them.
///
/// It performs what reaches it. Which requests reach it is decided by the T-bit table and by decoding before.
public struct BusFunction: Sendable {
  public let id: RequesterID
  /// The pages of the buffer that VFIO exports, in the buffer's order: page `p` of the rules.
  public let pages: [ExportedPage]
  /// The BAR that the engine answers in.
  public let engineBAR: Int
  /// The image that the device measures.
  public let firmware: [UInt8]
  public internal(set) var registers: FunctionRegisters
  public var engine: CopyEngine
  /// Between the beginning and the end of a reset: what the driver will restore.
  var saved: SavedRegisters?
  /// What writes to configuration space and resets were, each kind once, since somebody asked.
  private var noticed: [ConfigurationEffect] = []

  /// - Parameter addresses: where the host's firmware put the memory BARs, by index.
  public init(
    id: RequesterID, dump: ConfigurationSpaceDump, addresses: [Int: HostPhysicalAddress], pages: [ExportedPage], engineBAR: Int,
    firmware: [UInt8]
  ) {
    (self.id, self.pages, self.engineBAR, self.firmware) = (id, pages, engineBAR, firmware)
    registers = FunctionRegisters(dump)
    engine = CopyEngine(bar: engineBAR, msix: registers.msix)
    // Nobody drives it yet: it neither decodes nor masters the bus. A card that slept when its dump was made is awake, as a
    // kernel wakes what it probes (Linux `pci_power_up`).
    setPower(.d0)
    write(command: registers.command.subtracting([.memorySpace, .busMaster]))
    place(addresses)
  }

  /// Whether memory requests find the function.
  public var decodes: Bool { saved == nil && registers.decodesMemory }
  public var isInReset: Bool { saved != nil }

  /// Its memory windows as they are programmed now.
  public var windows: [PhysicalMap.Window] {
    registers.bars.compactMap { bar in
      guard bar.isMemory, bar.isAssigned, let range = bar.range else { return nil }
      return PhysicalMap.Window(range: range, owner: id, bar: bar.index)
    }
  }

  /// The engine's answer to a load; a BAR without an engine or its table behind it reads as zero.
  public func load(bar: Int, offset: UInt64, width: Int) -> UInt64 {
    engine.read(bar: bar, offset, width: width)
  }

  public mutating func store(bar: Int, offset: UInt64, width: Int, _ value: UInt64) -> CopyEngine.Signal {
    engine.write(bar: bar, offset, width: width, value)
  }

  /// A write to configuration space, of which the function takes note.
  mutating func write(_ offset: Int, width: Int, _ value: UInt32) { notice(registers.write(offset, width: width, value)) }

  mutating func notice(_ effects: [ConfigurationEffect]) { for effect in effects where !noticed.contains(effect) { noticed.append(effect) } }

  /// What was noticed, in the order in which it first happened; from here on anew.
  public mutating func takeNoticed() -> [ConfigurationEffect] {
    defer { noticed = [] }
    return noticed
  }

  /// A write to a register of its mailbox, which nothing else of the function depends on.
  public mutating func writeMailbox(_ offset: Int, _ value: UInt32) { registers.write(offset, width: 4, value) }

  /// The device's answer to the object that it took.
  public mutating func answerMailbox(_ object: [UInt8]?) {
    if !registers.mailboxes.isEmpty { registers.mailboxes[0].respond(object) }
  }
}
