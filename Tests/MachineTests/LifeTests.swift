import Machine
import Procedures
import Rules
import TEE
import Testing

/// One confidential device, from connect to teardown, with bytes and rules compared after every event.
struct LifeTests {
  @Test(arguments: ["unbind-first", "vmm-sequences", "mainline-7.1"])
  func wholeLife(variant: String) throws {
    let m = try machine(variant)
    #expect(m.setUp() == nil)
    let bytes = payload(5000)
    let open = m.sharedUse(0, bytes)
    #expect(open.failure == nil)
    #expect(open.guestDigest == sha256(bytes) && open.deviceDigest == sha256(bytes) && open.hostDigest == sha256(bytes))
    #expect(m.goPrivate(0) == nil)
    let closed = m.privateUse(0, bytes)
    #expect(closed.failure == nil)
    #expect(closed.guestDigest == sha256(bytes) && closed.deviceDigest == sha256(bytes))
    #expect(closed.hostDigest == sha256([UInt8](repeating: 0, count: 5000)))
    #expect(m.unbind(0).end == .completed)
    #expect(m.sharedUse(0, bytes).failure == nil)
    #expect(m.reset(0).end == .completed)
    #expect(m.sharedUse(0, bytes).failure == nil)
    #expect(m.close(0).end == .completed)
    #expect(m.disconnect(0).end == .completed)
    #expect(m.teardown().end == .completed)
    #expect(m.violation == nil)
    #expect(m.audit() == [])
    #expect(m.hardware.encryption.hasKey(m.module.key) == false)
  }

  /// A VMM that has the BAR in its address space takes the mapping with it when it dies, before anybody closes its files.
  @Test func aMappingEndsWithItsProcess() throws {
    let m = try machine()
    for procedure in [Procedure.connect, .createVM, .open] { #expect(m.run(procedure).isComplete) }
    #expect(m.attempt(.mapByHost(device: 0)).isAccepted && m.vfio.hostMappings[0])
    #expect(m.attempt(.crashVMM).isAccepted && !m.vfio.hostMappings[0])
    #expect(m.audit() == [])
  }

  @Test func theLogReplays() throws {
    let m = try machine()
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == nil)
    m.hostReads(0)
    m.peerReads(1)
    m.attempt(.startDMA(device: 0, trusted: true))
    m.attempt(.finishTrustedDMA(device: 0, unit: 1))
    #expect(m.reset(0).end == .completed)
    m.crash()
    m.teardown()

    let again = try machine()
    let actions = m.events.compactMap { $0.action.flatMap { Action($0) } }
    #expect(actions.count == m.events.filter { $0.action != nil }.count)
    for action in actions { again.attempt(action) }
    #expect(again.world == m.world)
    let first = m.events.filter { $0.action != nil }
    #expect(
      zip(first, again.events).allSatisfy { $0.outcome == $1.outcome && $0.guardID == $1.guardID && $0.changes == $1.changes })
  }

  @Test func twoRunsAreTheSame() throws {
    func run() throws -> (events: [Event], digest: [UInt8]) {
      let m = try machine(seed: 9)
      _ = m.setUp()
      _ = m.goPrivate(0)
      _ = m.privateUse(0, payload(3000))
      return (m.events, m.memoryDigest())
    }
    let (a, b) = (try run(), try run())
    #expect(a.digest == b.digest)
    #expect(a.events == b.events)
  }

  @Test func theBuiltInMachineRuns() throws {
    let m = try Machine(MachineFile.builtIn(), try book())
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == nil)
    // More than fits into one unit.
    let bytes = payload(1_200_000)
    let report = m.privateUse(0, bytes)
    #expect(report.failure == nil && report.bytes == bytes.count)
    #expect(report.guestDigest == sha256(bytes) && report.deviceDigest == sha256(bytes))
    #expect(m.audit() == [])
    #expect(m.events.contains { $0.argument("msix") == "vector 0" })
    #expect(m.events.allSatisfy { !$0.call.hasPrefix("TDG.DEVIF.VALIDATE") || $0.argument("evidence") == "authenticated" })
  }
}
