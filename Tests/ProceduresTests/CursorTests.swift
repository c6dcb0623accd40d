import Procedures
import Rules
import Testing

/// The cursor of a page loop, and what a file can make of it.
@Suite struct CursorTests {
  private func walked(_ steps: String, pages: UInt8, memory: UInt8, page: UInt8 = 0) throws -> (TableWorld, Rulebook) {
    let set = try set("fault-shared", "procedure: fault-shared\nsteps:\n" + steps)
    return walked(try set.playbook(), pages: pages, memory: memory, page: page)
  }

  private func walked(_ playbook: Playbook, pages: UInt8, memory: UInt8, page: UInt8 = 0) -> (TableWorld, Rulebook) {
    let bounds = Bounds(devices: 1, pages: pages, importers: 0, memory: memory)
    let book = Rulebook(bounds: bounds, playbook: playbook)
    var world = TableWorld(bounds: bounds)
    world.begin()
    for p in 0..<pages { world[isShared: 0, p] = p != 1 }
    #expect(world.start(.faultShared, 0, page: page, book) == .accepted)
    for _ in 0..<100 where !world.isIdle(0) { _ = world.advance(0, book) }
    #expect(world.isIdle(0))
    return (world, book)
  }

  /// One step for each page that the condition leaves, in order; the next loop begins at the first page.
  @Test func loops() throws {
    let (world, _) = try walked(
      "  - {do: kvm.zap-shared, each: page, if: page-shared}\n  - {do: kvm.remove-mirror, each: page}\n", pages: 4, memory: 1)
    #expect((0..<4).allSatisfy { !world[isShared: 0, $0] })
  }

  /// Also where it came with another page, as a fault does: at the entry, and behind a step about that page.
  @Test(arguments: ["", "  - {do: nothing}\n"]) func aLoopBeginsAtTheFirstPage(before: String) throws {
    let (world, _) = try walked(before + "  - {do: kvm.zap-shared, each: page, if: page-shared}\n", pages: 4, memory: 1, page: 2)
    #expect((0..<4).allSatisfy { !world[isShared: 0, $0] })
  }

  /// What is asked of `convert` is asked of the unit that it came with.
  @Test func aConversionIsOfOneUnit() throws {
    for step in ["TDH.MEM.RANGE.BLOCK, each: memory, if: memory-private", "kvm.zap-shared, each: page"] {
      let error = #expect(throws: (any Error).self) { try set("convert", "procedure: convert\nsteps:\n  - {do: \(step)}\n") }
      #expect(error.map { "\($0)".contains("convert is about one unit of memory") } == true)
    }
  }

  /// Without `each` a step is about the page of the fault.
  @Test func theFaultsPage() throws {
    let (world, _) = try walked("  - {do: kvm.zap-shared}\n", pages: 4, memory: 1, page: 2)
    #expect((0..<4).map { world[isShared: 0, $0] } == [true, false, false, true])
  }

  /// A cursor that is no page (or no unit) of this world leaves nothing to do, whatever the lines say; files with such a condition
  /// are refused.
  @Test func pagesAreNoUnitsOfMemory() throws {
    _ = try walked("  - {do: TDH.MEM.PAGE.AUG}\n", pages: 4, memory: 1, page: 3)
    for (step, condition) in [(Step.mmioBlock, Condition.memoryPrivate), (.pageAug, .pageShared)] {
      var line = PlaybookLine(), book = Playbook()
      (line.step, line.procedure, line.isRepeated, line.condition) = (step, .faultShared, true, condition)
      let isAdded = book.add(.faultShared, [line])
      #expect(isAdded)
      _ = walked(book, pages: step == .mmioBlock ? 4 : 1, memory: step == .mmioBlock ? 1 : 4)
    }
  }
}
