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

  /// Peers, importers and interrupts have no T bit, whatever they are about: over the stream or beside it, as the platform has it. What the
  /// device rejects came to it as a packet, too.
  @Test(arguments: StreamRouting.allCases) func whatHasNoTBitIsPacketsToo(routing: StreamRouting) throws {
    let m = try running { $0.routing = routing }
    let all: UInt64 = routing == .all ? 1 : 0
    func packets(_ body: () -> [UInt64]?) -> (values: [UInt64]?, count: UInt64) {
      let before = m.packets(of: 0)
      return (body(), m.packets(of: 0) - before)
    }
    // Page 0 is TEE memory: a read with its answer and a write come, and are rejected by the device.
    for touch in [m.peerTouches, m.hostTouches] {
      let rejected = packets { touch(0, 0).values }, taken = packets { touch(0, 2).values }
      #expect(rejected.values == [.max] && rejected.count == 3 * all)
      #expect(taken.values != [.max] && taken.count == 3 * all)
    }
    // An importer finds the first page that is none.
    for action in [Action.attach(importer: 0), .map(importer: 0)] { #expect(m.attempt(action).isAccepted) }
    let used = packets { m.attempt(.use(importer: 0)).values }
    #expect(used.values == [m.hardware.load(m.hardware.page(0, 2), width: 8)] && used.count == 2 * all)
    // The guest's own has a T bit.
    let own = packets { m.guestRegisters(0, 0, secure: true, [.load(CopyEngineRegister.identity.offset, width: 8)]) }
    #expect(own.values == [CopyEngine.identity] && own.count == 2)
    #expect(m.troubles == [] && m.audit() == [])
  }

  /// An interrupt is one more posted packet of the device, behind what it wrote. Its table is open to the host, or locked, and then the guest's.
  @Test(arguments: StreamRouting.allCases, [false, true]) func interruptsArePackets(routing: StreamRouting, locks: Bool) throws {
    func count(enabled: Bool) throws -> (packets: UInt64, told: String?) {
      let m = try running {
        $0.routing = routing
        $0.devices[0].msix = true
        if locks { try? $0.lockMessages() }
      }
      // Entry 0: an address of the interrupt controller, unmasked or masked.
      let entry: [Detail.RegisterOperation] = [
        .store(0, width: 4, 0xFEE0_0000), .store(4, width: 4, 0), .store(8, width: 4, 0x41), .store(12, width: 4, enabled ? 0 : 1),
      ]
      #expect(m.guestRegisters(0, 2, secure: locks, entry) != nil)
      let before = m.packets(of: 0)
      #expect(m.privateUse(0, payload(64)).isComplete && m.troubles == [] && m.audit() == [])
      return (m.packets(of: 0) - before, m.events.compactMap { $0.argument("msix") }.last)
    }
    let (with, without) = (try count(enabled: true), try count(enabled: false))
    #expect(with.told == "vector 0" && without.told == nil)
    #expect(with.packets - without.packets == (routing == .all || locks ? 1 : 0))
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
