import Machine
import PCI
import Primitives
import Procedures
import Rules
import SPDM
import TEE
import Testing

/// What processors and devices of a machine say to each other goes as packets under the keys that were programmed in that run.
@Suite struct MachineLinkTests {
  private func running(_ change: (inout MachineFile) -> Void = { _ in }) throws -> Machine {
    var file = try MachineFile.builtIn()
    change(&file)
    let m = try Machine(file, try book())
    m.auditsEveryEvent = true
    #expect(m.setUp() == nil && m.goPrivate(0) == nil)
    return m
  }

  /// Registers and data over the link, as many packets as they take: a read and its answer, a write.
  @Test(arguments: StreamRouting.allCases) func accessesArePackets(routing: StreamRouting) throws {
    let m = try running { $0.routing = routing }
    let before = m.packets(of: 0)
    #expect(m.guestRegisters(0, 0, secure: true, [.load(CopyEngineRegister.identity.offset, width: 8)]) == [CopyEngine.identity])
    #expect(m.packets(of: 0) == before + 2)
    #expect(m.guestRegisters(0, 0, secure: true, [.store(CopyEngineRegister.scratch.offset, width: 8, 7)]) != nil)
    #expect(m.packets(of: 0) == before + 3)
    #expect(m.guestRegisters(0, 0, secure: true, [.load(CopyEngineRegister.scratch.offset, width: 8)]) == [7])
    let idle = m.packets(of: 0)
    // 10000 bytes are read and written in three packets each, as they lie across pages; then the descriptor, the ring, the doorbell.
    #expect(m.privateUse(0, payload(10_000)).isComplete)
    #expect(m.packets(of: 0) - idle >= 3 * 2 + 3 + 2 + 1 && m.packets(of: 0) - idle < 60)
    // Without T bit: over the stream or beside it, as the platform has it.
    let open = m.packets(of: 0)
    #expect(m.hostTouches(0, page: 2).isAccepted)
    #expect(m.packets(of: 0) == open + (routing == .all ? 3 : 0))
    #expect(m.troubles == [] && m.audit() == [])
  }

  /// The device's own key is another than the root port's: nothing that is said over the link is understood, and the stream ends.
  @Test(arguments: KeySlot.six(.first)) func anotherKeyOpensNothing(slot: KeySlot) throws {
    let m = try running()
    #expect(m.packets(of: 0) == 0)
    m.replaceRootKey(slot, of: 0)
    #expect(!m.privateUse(0, payload(64)).isComplete && m.troubles.contains { $0.contains("did not open") })
    // A key of the other direction is missed at the root port; at the device the stream is broken.
    let isDevices = slot.direction == .receive
    #expect(m.isProtected(0) != isDevices, "\(slot)")
  }

  @Test(arguments: LinkTampering.allCases) func nobodyTampersUnseen(how: LinkTampering) throws {
    let m = try running()
    let event = m.tamperLink(how, 0)
    #expect(event.outcome == .refused && event.code == "check", "\(event)")
    #expect(m.world[interface: 0] == .error && m.world.flag(.streamIsInsecure, 0) && !m.isProtected(0))
    #expect(!m.privateUse(0, payload(64)).isComplete)
    #expect(m.unbind(0).isComplete && m.disconnect(0).isComplete && m.connect(0).isComplete)
    #expect(m.goPrivate(0) == nil && m.privateUse(0, payload(64)).isComplete)
    #expect(m.troubles == [] && m.audit() == [])
  }

  /// Where no stream is, or none is ready, nothing is protected, and T=1 has no way.
  @Test func withoutKeysThereIsNoWay() throws {
    let m = try Machine(MachineFile.builtIn(), try book())
    #expect(m.tamperLink(.flip, 0).outcome == .ignored && m.packets(of: 0) == 0)
    let task = try #require(m.begin(.connect))
    while m.world[stream: 0] != .ready { guard m.attempt(.advance(task: task)).outcome.changesTheWorld else { break } }
    #expect(m.world[stream: 0] == .ready && m.isProtected(0))
    #expect(m.finish(task).isComplete && m.troubles == [])
    // A guard that lets T=1 through where the stream is insecure lets it through in the rules; there is no packet that could carry it.
    var rules = try book()
    rules.law = Law(dropping: [.tlpT1Stream, .trackingEntersError])
    let lawless = try Machine(MachineFile.builtIn(), rules)
    #expect(lawless.setUp() == nil && lawless.goPrivate(0) == nil)
    lawless.attempt(.streamInsecure(device: 0))
    #expect(lawless.world[interface: 0] == .run && lawless.world.flag(.streamIsInsecure, 0))
    let load = Detail(registers: [.load(CopyEngineRegister.identity.offset, width: 8)])
    let found = lawless.attempt(.beginAccess(device: 0, page: 0, secure: true), load)
    #expect(found.outcome.refusal == nil && found.values == [.max])
    // Nor its transfers.
    lawless.attempt(.endAccess)
    lawless.attempt(.startDMA(device: 0, trusted: true))
    let lost = lawless.attempt(.finishTrustedDMA(device: 0, unit: 0))
    #expect(lost.event.accesses.allSatisfy { $0.result == .fault(DMAPort.insecure) } && !lost.event.accesses.isEmpty)
  }

  /// Keys are drawn anew, and nothing of a run that is written down depends on them.
  @Test func theSameRunTwice() throws {
    let machines = try (0..<2).map { _ in try running() }
    for m in machines { #expect(m.privateUse(0, payload(5000)).isComplete) }
    #expect(machines[0].events == machines[1].events && machines[0].memoryDigest() == machines[1].memoryDigest())
    #expect(machines[0].packets(of: 0) == machines[1].packets(of: 0))
  }
}
