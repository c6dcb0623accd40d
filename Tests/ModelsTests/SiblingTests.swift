import Exploration
import Models
import Procedures
import Rules
import Testing

/// The nearest order that would have been fine, beside a counterexample.
@Suite struct SiblingTests {
  private func model(_ faults: [String], variant: String = ProcedureSet.defaultVariant, importers: UInt8 = 0) throws -> Model {
    var procedures = try ProcedureSet(variant: variant)
    for fault in faults { try procedures.apply(fault: fault) }
    return try Model(.privateMMIO, procedures: procedures, bounds: Bounds(devices: 1, pages: 1, importers: importers, memory: 1))
  }

  private func found(_ model: Model, budget: Int = 1_000_000) throws -> (Counterexample, Sibling) {
    let found = try #require(try Check(model).counterexample)
    return (found, Sibling(of: found, in: model, budget: budget))
  }

  /// The order is that of the TDX module's law: STOP before UNMAP. With it the whole world holds, which is explored here again.
  @Test func unmapComesAfterStop() throws {
    let model = try model(["unmap-before-stop"])
    let order = try #require(try found(model).1.order)
    #expect(order.swap.sentence == "TDH.MMIO.UNMAP comes after TDH.DEVIF.RESPONSE (stopped) in unbind")
    let file = try #require(model.procedures[.unbind])
    let moved = try #require(file.steps.firstIndex { $0.step == .mmioUnmap }), anchor = try #require(file.index(of: "stopped"))
    var mended = file
    mended.steps.insert(mended.steps.remove(at: moved), at: anchor)
    var procedures = model.procedures
    try procedures.replace("unbind", with: mended)
    let check = try Check(Model(.privateMMIO, procedures: procedures, bounds: model.book.bounds))
    #expect(check.verdict == .holds && check.report.states == order.states)
  }

  /// Nothing of the exporter's own order is wrong that a swap could mend: the importer was not waited for.
  @Test func theImporterLetsGoFirst() throws {
    let model = try model(["exporter-does-not-wait"], importers: 1)
    let (found, sibling) = try found(model, budget: 1)
    #expect(sibling.order == nil && sibling.schedule == [.unmap(importer: 0)])
    var world = model.initial
    for action in found.actions.dropLast() + sibling.schedule { #expect(world.perform(action, model.book).changesTheWorld) }
    let last = try #require(found.actions.last)
    #expect(world.perform(last, model.book) == .accepted && world.brokenProperty(model.book) == nil)
  }

  /// An order by which nobody binds any more breaks nothing, and is no answer: LOCK after its relay would be such a one.
  @Test func anOrderStillBinds() throws {
    let model = try model(["bind-does-not-revoke"], importers: 1)
    let (_, sibling) = try found(model, budget: 60_000)
    #expect(sibling.order == nil)
  }

  /// What a lock is there for: the frame is good under the reservation alone, and the line says so.
  @Test func aStepComesBackUnderItsLock() throws {
    let model = try model(["frame-used-after-reservation"])
    let (found, sibling) = try found(model, budget: 2_000_000)
    let order = try #require(sibling.order)
    #expect(order.swap.moves == [LockMove(lock: "lock reservation", steps: ["kvm.install-shared"], isHeldNow: true)], "\(found.property)")
    #expect(
      order.swap.sentence == "unlock reservation (out) comes after kvm.install-shared in fault-shared,"
        + " so that kvm.install-shared is done under 'lock reservation'")
  }

  /// The outer lock comes first again, and what is asked before both is asked under it.
  @Test func locksChangePlaces() throws {
    let (_, sibling) = try found(try model(["reversed-locks"], variant: "vmm-sequences"), budget: 2_000_000)
    let order = try #require(sibling.order)
    #expect(order.swap.sentence == "lock tsm comes before jump in reset, so that jump is done under 'lock tsm'")
  }

  /// What is asked of the model is not all that an order must not break.
  @Test func everythingIsAskedOfAnOrder() throws {
    var procedures = try ProcedureSet()
    try procedures.apply(fault: "forget-invalidation")
    let model = try Model(
      .privateMMIO, procedures: procedures, bounds: Bounds(devices: 1, pages: 1, importers: 0, memory: 1), properties: [.staleTranslationUsed])
    let (_, sibling) = try found(model, budget: 60_000)
    #expect(sibling.order == nil)
  }

  /// A law that is missing is mended by no order, and what is no mistake about an order is not called one.
  @Test func nothingIsMadeUp() throws {
    let (_, sibling) = try found(try model(["drop-guard:TLP/t-bit"]), budget: 20_000)
    #expect(sibling.isEmpty)
  }
}
