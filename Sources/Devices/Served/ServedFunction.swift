import PCI
import Primitives
import Rules
import SPDM

/// One function of a served device: its configuration space and its interface. What may happen to the interface the rules say
/// (`Rules/DeviceInterface`); here is what they do not hold: registers, nonces and bytes.
public struct ServedFunction: Sendable {
  /// What the lock was asked with.
  struct Terms: Sendable {
    var session: SessionName
    var flags: LockFlags
    var stream: UInt8
    var reportingOffset: Int64
    var nonce: Secret
    var nonceBytes: Nonce
  }

  public let id: RequesterID
  public internal(set) var registers: FunctionRegisters
  public internal(set) var interface = DeviceInterface()
  /// Nil while the interface is unlocked.
  var terms: Terms?
  /// The terms before these, for a device that is to answer with a report of yesterday.
  var earlierOffset: Int64 = 0
  /// Bytes that stand in the place of the report that follows from the BARs.
  public internal(set) var settledReport: [UInt8]?
  /// Somebody said which T bit the function's requests have, whatever its state.
  public internal(set) var forcedTBit: Bool?
  public let layout: ServedLayout
  var engine: CopyEngine
  /// In a machine: it is in reset, or asleep, and no window of it is on the bus.
  var isAway = false

  public init(id: RequesterID, dump: ConfigurationSpaceDump) { self.init(id: id, registers: FunctionRegisters(dump)) }

  public init(id: RequesterID, registers: FunctionRegisters, layout: ServedLayout = ServedLayout()) {
    (self.id, self.registers, self.layout) = (id, registers, layout)
    engine = CopyEngine(bar: layout.bar(of: registers)?.index ?? 0, msix: registers.msix)
  }

  /// The T bit of requests that the function issues: in RUN, unless somebody said otherwise.
  public var tBit: Bool { forcedTBit ?? (interface.issue(tBit: true, under: Law()) == .accepted) }

  /// No window of the function lies over another, it decodes, and it is awake. PCIe 6.0 section 11.3.8.
  var isConfigured: Bool {
    guard registers.decodesMemory, !isAway else { return false }
    let ranges = registers.bars.filter { $0.isMemory && $0.isAssigned }.compactMap(\.range)
    return ranges.indices.allSatisfy { i in ranges[(i + 1)...].allSatisfy { !$0.overlaps(ranges[i]) } }
  }

  /// Whether the lock that stands took the MSI-X table with it.
  var locksMessages: Bool { terms?.flags.contains(.lockMSIX) ?? false }

  /// The report for an offset; nil where no window is there to be reported.
  func report(offset: Int64) -> [UInt8]? {
    settledReport ?? interfaceReport(offset: offset, locksMessages: locksMessages)?.bytes
  }

  /// What follows from registers and pages, whatever was put in its place.
  public func interfaceReport(offset: Int64, locksMessages: Bool) -> InterfaceReport? {
    layout.report(registers, offset: offset, locksMessages: locksMessages)
  }

  /// Whether a request to this place has to come from inside a trust domain.
  func isTEE(bar index: Int, offset: UInt64) -> Bool {
    layout.isTEE(bar: index, offset: offset, in: registers, locksMessages: locksMessages)
  }

  /// Writes as the bus does, and tells the interface what that was. PCIe 6.0 section 11.2.6.
  @discardableResult mutating func write(_ offset: Int, width: Int, _ value: UInt32) -> [ConfigurationEffect] {
    let effects = registers.write(offset, width: width, value)
    for effect in effects {
      if effect == .functionLevelReset { forget() }
      notice(effect)
    }
    return effects
  }

  /// The interface hears what a write was. PCIe 6.0 section 11.2.6.
  mutating func notice(_ effect: ConfigurationEffect) {
    for change in effect.trackedChanges(locksMSIX: locksMessages) { observe(change) }
  }

  /// FLR: what software wrote is gone; SPDM and IDE stay, and a locked interface is in ERROR until it is stopped.
  mutating func resetFunction() {
    forget()
    observe(.functionLevelReset)
  }

  private mutating func forget() {
    registers.functionLevelReset()
    engine.reset()
  }

  /// The nonce dies where the rules say so.
  mutating func observe(_ change: TrackedChange) { interface.observe(change, under: Law()) }

  /// A conventional reset: nothing of before is left.
  mutating func reset() {
    registers.conventionalReset()
    interface.conventionalReset()
    engine.reset()
    terms = nil
  }
}

extension ConfigurationEffect {
  /// What a write is in the words of the rules.
  func trackedChanges(locksMSIX: Bool) -> [TrackedChange] {
    switch self {
    case .memoryEnableCleared: [.memoryEnableCleared]
    case .busMasterCleared: [.busMasterCleared]
    case .functionLevelReset: [.functionLevelReset]
    case .powerState(let state): state == .d0 ? [] : [.powerTransitionLosingState]
    case .barWritten: [.barWritten]
    case .romBARWritten: [.romBARWritten]
    case .resizableBAR: [.resizableBARWritten]
    case .bistWritten: [.bistWritten]
    case .singleRootIOV: [.sriovWritten]
    case .alternativeRouting: [.ariWritten]
    case .processAddressSpace: [.pasidWritten]
    case .pageRequest: [.priWritten]
    case .enhancedAllocation: [.enhancedAllocationWritten]
    case .multicast: [.multicastWritten]
    // Which of the bits it was the effect does not say; each of them alone is enough.
    case .deviceControlSensitive: [.extendedTagChanged]
    case .msixCapability: [locksMSIX ? .msixWrittenWhileLocked : .msixWrittenWhileNotLocked]
    case .ideControl: [.streamInsecure]
    }
  }
}
