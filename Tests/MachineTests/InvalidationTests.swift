import Foundation
import Machine
import Procedures
import Rules
import Testing

/// Each step that makes a cache forget, taken out of a procedure: what was taken away is still read through the cache, byte for
/// byte, and where the firmware relies on the step it refuses to go on.
struct InvalidationTests {
  /// Who has cached what.
  enum Reader: Sendable { case guestMemory, guestPage, sharedPage, device }

  struct Omission: Sendable, CustomTestStringConvertible {
    let procedure: Procedure, steps: [Step], reader: Reader
    /// Where the procedure is held for a look: the step that relies on the invalidation. Nil: at the end.
    var before: Step?
    /// What refuses that step when the invalidation is missing.
    var refusal: Guard?
    /// Guards that would hide the byte for another reason.
    var dropping: [Guard] = []
    var testDescription: String { "\(procedure.id) without \(steps.map(\.id).joined(separator: ", "))" }
  }

  static let omissions = [
    // A unit of memory is taken from the guest: TLB, then IOTLB.
    Omission(procedure: .convert, steps: [.memTrack], reader: .guestMemory, before: .pageRemove, refusal: .memoryRemoveTLB),
    Omission(procedure: .convert, steps: [.kick], reader: .guestMemory, before: .pageRemove, refusal: .memoryRemoveTLB),
    Omission(procedure: .convert, steps: [.invalidateIOTLB], reader: .device, before: .pageRemove, refusal: .memoryRemoveIOTLB),
    Omission(procedure: .convert, steps: [.invalidateProcess], reader: .device, before: .pageRemove, refusal: .memoryRemoveIOTLB),
    // Private MMIO is taken away. The stopped device would not answer with T=1 any more: that is another line of defence.
    Omission(procedure: .unbind, steps: [.memTrack], reader: .guestPage, before: .mmioUnmap, refusal: .mmioUnmapTLB, dropping: [.tlpT1Run]),
    Omission(procedure: .unbind, steps: [.kick], reader: .guestPage, before: .mmioUnmap, refusal: .mmioUnmapTLB, dropping: [.tlpT1Run]),
    // The trusted DMA entry. The flush of the IOTLB before it would hide it, so that one goes too.
    Omission(
      procedure: .unbind, steps: [.invalidateIOTLB, .invalidateEntry], reader: .device, before: .dmarRemove, refusal: .dmarRemoveInvalidated,
      dropping: [.issueT1Run, .mmioUnmapIOTLB]),
    // Shared entries: nobody but the host itself looks whether it flushed.
    Omission(procedure: .bind, steps: [.flushShared], reader: .sharedPage),
    Omission(procedure: .reset, steps: [.flushShared], reader: .sharedPage, before: .resetBegin),
    Omission(procedure: .memoryOff, steps: [.flushShared], reader: .sharedPage, before: .memoryOff),
    Omission(procedure: .powerDown, steps: [.flushShared], reader: .sharedPage, before: .powerD3Hot),
    Omission(procedure: .close, steps: [.flushShared], reader: .sharedPage, before: .closeFunction),
  ]

  @Test(arguments: InvalidationTests.omissions)
  func theOldByteIsReadWithoutTheStep(_ omission: Omission) throws {
    // As written: the cache has forgotten, and nothing comes.
    #expect(try look(omission, isComplete: true).bytes == [])
    let without = try look(omission, isComplete: false)
    #expect(without.bytes == without.old && !without.old.isEmpty)
    #expect(without.isFromCache)
    #expect(without.refusal == omission.refusal)
  }

  /// Private MMIO is in no IOTLB, but its unmapping waits for the invalidation all the same: the host that forgets it loses the VM.
  @Test(arguments: [[Step.invalidateIOTLB], [.invalidateProcess], [.memTrack], [.kick]])
  func theFirmwareRefusesAndTheVMIsLost(steps: [Step]) throws {
    let m = try machine(Omission(procedure: .unbind, steps: steps, reader: .device), isComplete: false)
    #expect(m.setUp() == nil && m.goPrivate(0) == nil)
    let report = m.unbind(0)
    #expect(report.end == .violated(.hostKillsVM))
    #expect(m.world.vmLife == .dead && m.world.vmEnd == .kvm)
  }

  /// An access is under way, so the flush is refused; who goes on all the same has flushed nothing, and the next access is served from the TLB.
  @Test func aRefusedFlushFlushesNothing() throws {
    var set = try ProcedureSet()
    var file = try #require(set[.memoryOff])
    let flush = try #require(file.steps.firstIndex { $0.step == .flushShared })
    (file.steps[flush].busy.policy, file.steps[flush].busy.target) = (.jump, file.steps[flush + 1].name)
    try set.replace("memory-off", with: file)
    let bounds = Bounds(devices: 1, pages: 2, importers: 1, memory: 1)
    let m = try Machine(MachineFile.synthetic(bounds: bounds, parameters: Parameters()), Rulebook(law: set.law, playbook: try set.playbook()))
    #expect(m.setUp() == nil)
    m.enterGuest()
    m.run(.faultShared, 0, page: 0)
    m.attempt(.beginAccess(device: 0, page: 0, secure: false))
    let task = try #require(m.begin(.memoryOff, 0, page: 0))
    while m.world.pendingStep(of: task, m.book)?.step != .flushShared { m.attempt(.advance(task: task)) }
    #expect(m.attempt(.advance(task: task)).outcome == .failed(.flushAcknowledged))
    m.attempt(.endAccess)
    let answer = m.attempt(.beginAccess(device: 0, page: 0, secure: false))
    #expect(m.world[tlb: 0, 0] == .shared && answer.event.accesses.contains { $0.fromCache } && m.troubles == [])
  }

  struct Sight {
    /// What stood there before it was taken away.
    var old: [UInt64]
    /// What the reader gets now.
    var bytes: [UInt64]
    var isFromCache: Bool
    /// What refuses the step that relies on the invalidation.
    var refusal: Guard?
  }

  private func look(_ omission: Omission, isComplete: Bool) throws -> Sight {
    let m = try machine(omission, isComplete: isComplete)
    #expect(m.setUp() == nil)
    let isPrivate = omission.reader != .sharedPage
    if isPrivate { #expect(m.goPrivate(0) == nil) }
    m.attempt(.guestWrites(unit: 0))
    let old = read(m, omission.reader).bytes

    let task = try #require(m.begin(omission.procedure, 0, page: 0))
    for _ in 0..<200 where !m.world.isIdle(task) {
      if let before = omission.before, m.world.pendingStep(of: task, m.book)?.step == before { break }
      m.attempt(.advance(task: task))
    }
    let seen = read(m, omission.reader)
    // Without the look: the next step, by itself.
    let answer =
      omission.refusal == nil
      ? nil
      : m.world.pendingStep(of: task, m.book).map { pending in
        var draft = m.world
        return draft.perform(.call(pending.step, device: 0, page: pending.cursor), m.book)
      }
    var refusal: Guard?
    if case .refused(let why) = answer { refusal = why }
    #expect(m.troubles == [])
    return Sight(old: old, bytes: seen.bytes, isFromCache: seen.isFromCache, refusal: refusal)
  }

  /// One word through the reader's cache; nothing where it is stopped, or where nobody answers.
  private func read(_ m: Machine, _ reader: Reader) -> (bytes: [UInt64], isFromCache: Bool) {
    if reader != .device { m.enterGuest() }
    let answer: Attempt
    var bytes: [UInt64] = []
    switch reader {
    case .guestMemory:
      answer = m.attempt(.guestReads(unit: 0))
      if answer.bytes.count == 64 { bytes = [answer.bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }] }
    case .guestPage, .sharedPage:
      // Page 0 is TEE memory, the device's registers; page 1 is not, and open to T=0 in every state.
      let isSecure = reader == .guestPage
      if !isSecure, m.events.allSatisfy({ $0.call != "MMIO T=0" }) {
        m.hardware.functions[0].engine.write(0x1000, width: 8, 0x0123_4567_89AB_CDEF)
        m.run(.faultShared, 0, page: 1)
      }
      answer = m.attempt(.beginAccess(device: 0, page: isSecure ? 0 : 1, secure: isSecure))
      m.attempt(.endAccess)
      bytes = answer.values.filter { $0 != .max }
    case .device:
      m.attempt(.startDMA(device: 0, trusted: true))
      answer = m.attempt(.finishTrustedDMA(device: 0, unit: 0))
      if let text = answer.event.argument("read"), let word = UInt64(text, radix: 16) { bytes = [word] }
    }
    return (bytes, answer.event.accesses.contains { $0.fromCache })
  }

  /// The built-in procedures; if they are not complete, with the steps left out as a fault file would.
  private func machine(_ omission: Omission, isComplete: Bool) throws -> Machine {
    var set = try ProcedureSet()
    for guardName in omission.dropping { try set.apply(fault: "drop-guard:\(guardName.id)") }
    if !isComplete {
      let gone = try #require(set[omission.procedure]).steps.filter { omission.steps.contains($0.step) }
      #expect(!gone.isEmpty)
      let edits = gone.map { "  - {procedure: \(omission.procedure.id), remove: \"\($0.name)\"}" }
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
      defer { try? FileManager.default.removeItem(at: file) }
      try ("fault: omission\nedits:\n" + edits.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
      try set.apply(fault: file.path)
    }
    var parameters = Parameters()
    parameters.nonTEEPages = 0b10
    let bounds = Bounds(devices: 1, pages: 2, importers: 1, memory: 1)
    // Only a VMM that does as it likes converts memory under a running guest.
    let cast: Cast = omission.procedure == .convert ? .hostileVMM : .behaved
    return try Machine(
      MachineFile.synthetic(bounds: bounds, parameters: parameters), Rulebook(law: set.law, playbook: try set.playbook(), cast: cast))
  }
}
