import Machine
import Memory
import PCI
import Rules
import Testing

/// What those get who should get nothing.
struct ProtectionTests {
  private func running() throws -> Machine {
    let m = try machine()
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == nil)
    return m
  }

  @Test func hostAndPeerSeeNoPrivateByte() throws {
    let m = try running()
    m.attempt(.guestWrites(unit: 0))
    let host = m.hostReads(0)
    #expect(host.event.outcome == .ignored && host.bytes == [UInt8](repeating: 0, count: 64))
    #expect(m.peerReads(0).event.outcome == .fault && m.peerReads(0).bytes == [])
    // A TEE page rejects T=0 while the interface is locked; a NON_TEE page does not.
    #expect(m.hostTouches(0, page: 0).values == [.max])
    #expect(m.peerTouches(0, page: 1).event.code == "UR")
    #expect(m.hostTouches(0, page: 3).outcome == .accepted)
    #expect(m.audit() == [])
  }

  @Test func aLineThatTheHostWroteKillsItsReader() throws {
    let m = try running()
    #expect(m.hostWrites(0).outcome == .accepted)
    #expect(m.world.flag(.memoryIsPoisoned, 0))
    let read = m.attempt(.guestReads(unit: 0))
    #expect(read.event.argument("poison") != nil)
    #expect(m.world.vmLife == .dead && m.world.vmEnd == .machineCheck)
    #expect(m.audit() == [])
  }

  @Test func writingWholeLinesTakesThemBack() throws {
    let m = try running()
    m.hostWrites(1)
    #expect(m.attempt(.guestWrites(unit: 1)).isAccepted)
    #expect(m.attempt(.guestReads(unit: 1)).event.argument("poison") == nil)
    #expect(m.world.vmLife == .runnable)
  }

  @Test func stopScrubsSecrets() throws {
    let m = try running()
    let page = CopyEnginePage.secrets.offset
    #expect(m.guestRegisters(0, 1, secure: true, [.store(0, width: 8, 0x5EC2_E700)]) != nil)
    #expect(m.hardware.functions[0].engine.read(page, width: 8) == 0x5EC2_E700)
    #expect(m.unbind(0).end == .completed)
    #expect(m.hardware.functions[0].engine.read(page, width: 8) == 0)
    #expect(m.hostTouches(0, page: 1).values == [0])
  }

  @Test func withoutScrubbingTheHostReadsWhatTheDeviceRead() throws {
    let m = try machine(faults: ["drop-guard:TDISP.STOP/scrub"])
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == nil)
    m.attempt(.guestWrites(unit: 0))
    m.attempt(.startDMA(device: 0, trusted: true))
    m.attempt(.finishTrustedDMA(device: 0, unit: 0))
    m.unbind(0)
    let leaked = m.hostTouches(0, page: 1)
    #expect(leaked.outcome == .violated(.privateByteLeaks))
    // The first word of what the guest had written.
    #expect(leaked.values == [0xA2A3_A0A1_A6A7_A4A5])
  }

  @Test func aForgottenFlushLeavesTheOldPageInTheTLB() throws {
    let m = try machine()
    #expect(m.setUp() == nil)
    #expect(m.guestRegisters(0, 0, secure: false, [.load(0, width: 8)]) == [0x4D44_5245_4646_4F43])
    m.attempt(.call(.zapShared, device: 0, page: 0))
    let stale = m.attempt(.beginAccess(device: 0, page: 0, secure: false))
    #expect(stale.outcome == .violated(.staleTranslationUsed))
    #expect(stale.values == [0x4D44_5245_4646_4F43])
    #expect(stale.event.accesses.first?.fromCache == true)
    m.attempt(.endAccess)
    m.attempt(.call(.flushShared, device: 0, page: 0))
    #expect(m.attempt(.beginAccess(device: 0, page: 0, secure: false)).event.guardID == "EPT/translates")
    #expect(m.troubles == [])
  }

  @Test func importersLetGo() throws {
    let m = try machine()
    #expect(m.setUp() == nil)
    for action in [Action.attach(importer: 0), .map(importer: 0), .use(importer: 0)] { #expect(m.attempt(action).isAccepted) }
    #expect(m.memoryOff(0).end == .completed)
    #expect(m.world[importer: 0] == .attached)
    #expect(m.importers[0]?.table.leaves().isEmpty == true)
    #expect(m.troubles == [])
  }

  @Test func aWrongOrderKillsTheVM() throws {
    let m = try machine(faults: ["unmap-before-stop"])
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == nil)
    #expect(m.unbind(0).end == .violated(.hostKillsVM))
    #expect(m.audit() == [])
  }
}
