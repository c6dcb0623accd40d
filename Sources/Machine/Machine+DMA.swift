import Memory
import PCI
import Primitives
import Rules
import TEE

/// The devices' own transfers. The rules have said whether one may be issued and completed; the engine works through a port
/// that asks the IOMMU for every address.
extension Machine {
  /// A transfer with T=1 inside unit `m`.
  func finishTrusted(_ d: UInt8, _ m: UInt8, _ outcome: Outcome, _ seen: inout Observation) {
    let unit = file.plan.privateUnits[Int(m)]
    let allowed = AddressRange(start: IOVirtualAddress(unit.base.rawValue), length: unit.size.bytes)
    var port = DMAPort(hardware, device: id(d), trusted: true, stream: d, over: path(d, tBit: true), allowed: allowed)
    run(d, &port, probe: IOVirtualAddress(unit.base.rawValue + landing(unit.size)), &seen)
    // The rules said whether it is lost at the IOMMU. What lies outside of the unit that they were asked about says nothing.
    let asked = port.accesses.filter { $0.result != .fault(DMAPort.outside) }
    let arrived = asked.contains { if case .physical = $0.result { true } else { false } }
    // Where nobody may lose one unseen, the loss itself is the violation.
    let isLost = outcome.refusal != nil || outcome == .violated(.dmaDroppedUnseen)
    if isLost, arrived { troubles.append("a transfer of \(id(d)) is lost by the rules, and the IOMMU lets it through") }
    if !isLost, !arrived, !asked.isEmpty, book.law == Law() {
      troubles.append("a transfer of \(id(d)) is allowed by the rules, and the IOMMU stops it")
    }
  }

  /// A transfer with T=0 through the host's own table, of which the rules know nothing: there is nothing to compare.
  func finishShared(_ d: UInt8, _ seen: inout Observation) {
    var port = DMAPort(hardware, device: id(d), trusted: false, stream: nil, over: path(d, tBit: false))
    let base = file.plan.sharedUnits.first?.base.rawValue ?? 0
    run(d, &port, probe: IOVirtualAddress(base), &seen)
  }

  /// The engine does what its ring says. A device that was given no work reads one line, and keeps what it read: so a bare
  /// transfer of a replay moves a byte too.
  private func run(_ d: UInt8, _ port: inout DMAPort, probe: IOVirtualAddress, _ seen: inout Observation) {
    var engine = hardware.functions[Int(d)].engine
    if engine.hasWork {
      port.hash = deviceHash
      let done = engine.work(on: &port)
      deviceHash = port.hash
      for completion in done {
        seen.add("descriptor", completion.index)
        seen.add("status", "\(completion.descriptor.status)")
        if completion.fault == nil, completion.descriptor.status == .done {
          seen.add("sha256", hexText(completion.descriptor.digest))
          bytesMoved += UInt64(completion.descriptor.length)
        }
      }
      if engine.trouble != .none { seen.add("engine", "\(engine.trouble)") }
    } else {
      var line = [UInt8](repeating: 0, count: Int(MemoryLine.bytes))
      let arrived = line.withUnsafeMutableBytes { buffer in (try? port.read(probe, into: buffer)) != nil }
      let word = line.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
      if arrived { engine.write(CopyEnginePage.secrets.offset, width: 8, word) }
      seen.add("read", arrived ? hexText(line.prefix(8)) : "fault")
    }
    hardware.functions[Int(d)].engine = engine
    if port.wasLost { lostOnLink(d, "a transfer") }
    seen.accesses += port.accesses
    for message in port.messages { interrupt(d, message, &seen) }
  }

  /// A message of the device: without T bit (TDX Connect, interrupts), unless its table is locked with a running interface.
  private func interrupt(_ d: UInt8, _ message: InterruptMessage, _ seen: inout Observation) {
    let isLocked = book.parameters.locksMessages, tBit = isLocked && world[interface: d] == .run
    let answer = world.tdi(d).interrupt(tBit: tBit, isMSIX: true, tableIsLockedAndReported: isLocked, under: book.law)
    let arrives = answer == .accepted && deliver(message, from: d, tBit: tBit)
    seen.add("msix", arrives ? "vector \(message.vector)" : "vector \(message.vector) lost")
  }
}
