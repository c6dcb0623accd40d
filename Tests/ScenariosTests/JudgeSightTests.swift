import Machine
import Primitives
import Procedures
import Rules
import Testing

/// Proof that the judge sees: where a guard is switched off it has to object, by bytes or by tables. And the cases for which a
/// random walk is too long.
struct JudgeSightTests {
  private static let secure = [Action.beginAccess(device: 0, page: 0, secure: true), .endAccess]
  private static let dma = [Action.startDMA(device: 0, trusted: true), .finishTrustedDMA(device: 0, unit: 0)]
  private static func calls(_ steps: Step..., page p: UInt8 = 0) -> [Action] { steps.map { .call($0, device: 0, page: p) } }

  /// A guard, and what to attempt without it on a machine whose interface runs. Not in the list are guards behind which the
  /// bytes guard themselves: a line of a TD reads as zeros, whatever the rules say, and an empty table leads nowhere.
  static let cases: [(guardID: String, actions: [Action])] = [
    ("TLP/t-bit", [.hostTouchesPage(device: 0, page: 1)]),
    ("TLP/t1-run", calls(.busMasterOff) + secure),
    ("TDISP.STOP/scrub", dma + calls(.requestStop, .relay)),
    ("TDISP.tracking/error", calls(.busMasterOff) + secure),
    ("TDI.issue/t0-unlocked", [.sendShared(device: 0)]),
    ("TDI.issue/t1-run", calls(.requestStop, .relay) + dma),
    ("PCI.issue/bus-master", calls(.requestStop, .relay, .busMasterOff) + [.sendShared(device: 0)]),
    ("IOMMU.trusted/present", calls(.dmarBlock, .invalidateEntry, .invalidateProcess) + dma),
    ("TDH.MMIO.UNMAP/stopped", calls(.mmioBlock, .memTrack, .kick, .invalidateIOTLB, .invalidateProcess, .mmioUnmap)),
    ("TDH.MMIO.UNMAP/tlb-tracked", stop + calls(.mmioBlock, .memTrack, .invalidateIOTLB, .invalidateProcess, .mmioUnmap)),
    ("TDH.MMIO.UNMAP/iotlb-tracked", stop + calls(.mmioBlock, .memTrack, .kick, .mmioUnmap)),
    ("TDH.MMIO.BLOCK/mapped", stop + calls(.mmioBlock, .memTrack, .kick, .mmioBlock, .invalidateIOTLB, .invalidateProcess, .mmioUnmap)),
    ("TDH.MEM.PAGE.REMOVE/tlb-tracked", calls(.rangeBlock, .memTrack, .invalidateIOTLB, .invalidateProcess, .pageRemove)),
    ("TDH.MEM.PAGE.REMOVE/iotlb-tracked", calls(.rangeBlock, .memTrack, .kick, .pageRemove)),
    ("TDH.MEM.RANGE.BLOCK/mapped", calls(.rangeBlock, .memTrack, .kick, .invalidateIOTLB, .invalidateProcess, .rangeBlock, .pageRemove)),
    ("TDH.DMAR.REMOVE/invalidated", calls(.dmarBlock, .dmarRemove)),
    ("TDH.VP.ENTER/flush", secure + calls(.memTrack, .kick) + [.enterVCPU]),
    (
      "TDH.MNG.VPFLUSHDONE/no-device",
      [.crashVMM] + calls(.dmarBlock, .invalidateEntry, .invalidateProcess, .dmarRemove, .flushDone, .cacheWriteBack, .keyFree, .pageReclaim)
        + [.call(.pageReclaim, device: 0, page: 1), .call(.rootReclaim, device: 0, page: 0)]
    ),
  ]
  private static let stop = calls(.requestStop, .relay, .response)

  private func judged(_ actions: [Action], faults: [String] = []) throws -> Judge {
    func machine() throws -> Machine { try JudgeTests.machine(faults: faults, cast: .untrustedHost) }
    let prologue = try JudgeTests.machine(cast: .untrustedHost)
    #expect(prologue.setUp() == nil && prologue.goPrivate(0) == nil)
    prologue.attempt(.guestWrites(unit: 0))
    let judge = Judge(try machine())
    judge.look = .nowhere
    judge.perform(prologue.events.compactMap { $0.action.flatMap { Action($0) } })
    #expect(judge.findings == [], "before")
    judge.look = .around
    // What devices read as shared: not zeros.
    let frame = try #require(judge.machine.kvm.sharedFrames.first)
    _ = try judge.machine.hardware.encryption.write([UInt8](repeating: 0x5A, count: 64), at: frame.start, as: .shared)
    judge.perform(actions)
    return judge
  }

  @Test(arguments: JudgeSightTests.cases.map(\.guardID))
  func aMissingGuardIsSeen(guardID: String) throws {
    let actions = try #require(Self.cases.first { $0.guardID == guardID }?.actions)
    #expect(try judged(actions).findings == [], "with the guard")
    let without = try judged(actions, faults: ["drop-guard:\(guardID)"])
    #expect(!without.findings.isEmpty, "the judge does not miss \(guardID)")
  }

  /// A page that comes back: what the host wrote to it before is gone with its first life.
  @Test func aNewPageIsClean() throws {
    let convert = Self.calls(.rangeBlock, .memTrack, .kick, .invalidateIOTLB, .invalidateProcess, .pageRemove)
    let again = Self.calls(.pageAug) + [.enterVCPU, .acceptMemory(unit: 0), .guestReads(unit: 0), .guestWrites(unit: 0), .guestReads(unit: 0)]
    #expect(try judged([.hostWrites(unit: 0)] + convert + again).findings == [])
    let late = Self.calls(.pageAug) + [.hostWrites(unit: 0), .enterVCPU, .acceptMemory(unit: 0), .guestReads(unit: 0)]
    #expect(try judged(convert + late).findings == [])
  }

  /// GET_STATE answers with the state at the time of the question.
  @Test func anAnswerIsNotNewerThanItsQuestion() throws {
    let actions = Self.calls(.requestState, .relay, .busMasterOff, .response, .requestLock, .relay, .response)
    #expect(try judged(actions + Self.calls(.requestStop, .relay, .response)).findings == [])
    // By the old answer the record is not in ERROR: LOCK is taken up, and STOP finds the slot occupied.
    let late = Self.calls(.requestState, .relay, .busMasterOff, .response, .requestLock, .requestStop, .relay, .response, .requestStop, .relay)
    #expect(try judged(late).findings == [])
  }

  /// A stale shared translation leads to the device, and the device still decides.
  @Test func aStaleTranslationDoesNotOpenALockedDevice() throws {
    let m = try JudgeTests.machine(faults: ["forget-invalidation"])
    _ = m.setUp()
    _ = m.guestRegisters(0, 0, secure: false, [.load(0, width: 8)])
    m.bind(0)
    m.attempt(.beginAccess(device: 0, page: 0, secure: false))
    let judge = Judge(try JudgeTests.machine(faults: ["forget-invalidation"]))
    judge.perform(m.events.compactMap { $0.action.flatMap { Action($0) } })
    #expect(judge.findings.allSatisfy { $0.contains("TLB") }, "\(judge.findings)")
  }
}
