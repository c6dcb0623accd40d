import Rules
import Testing

/// Who reports success has done what the procedure is there for, or found it done; an error promises nothing.
@Suite struct SuccessTests {
  /// Written down once more: a world in which it is so, and one in which it is not.
  private static let table: [Procedure: (so: @Sendable (inout TableWorld) -> Void, not: @Sendable (inout TableWorld) -> Void)] = [
    .connect: ({ $0[stream: 0] = .ready }, { $0[stream: 0] = .rxOnly }),
    .open: ({ $0.set(.isOpen, 0, true) }, { _ in }),
    .export: ({ $0.set(.bufferIsExported, 0, true) }, { _ in }),
    .bind: ({ $0.set(.isBound, 0, true) }, { $0[bindingOwner: 0] = .vm }),
    .accept: ({ $0[dmar: 0] = .pending }, { $0[dmar: 0] = .blocked }),
    .unbind: ({ $0[bindingOwner: 0] = .foreign }, { $0[bindingOwner: 0] = .vm }),
    .reset: ({ $0.set(.inReset, 0, true) }, { _ in }),
    .memoryOff: ({ _ in }, { $0.set(.memoryEnabled, 0, true) }),
    .memoryOn: ({ $0.set(.memoryEnabled, 0, true) }, { _ in }),
    .powerDown: ({ $0[power: 0] = .d3hot }, { _ in }),
    .powerUp: ({ _ in }, { $0[power: 0] = .d3hot }),
    .convert: ({ _ in }, { $0[memoryEntry: 0] = .blocked }),
    .disconnect: ({ _ in }, { $0[session: 0] = .connected }),
  ]

  /// What ends with these is asked of the world and not of the report, or of nobody.
  private static let unasked: [Procedure] = [.createVM, .relay, .faultShared, .faultPrivate, .teardown]

  @Test func theTableIsWhole() {
    #expect(Set(Self.table.keys).isDisjoint(with: Self.unasked + [.close, .vmmCrash]))
    #expect(Self.table.count + Self.unasked.count + 2 == Procedure.allCases.count - 1)
  }

  @Test(arguments: Self.table.keys.sorted { $0.code < $1.code }) func success(_ procedure: Procedure) throws {
    let row = try #require(Self.table[procedure])
    for (isSo, make) in [(true, row.so), (false, row.not)] {
      #expect(try end(procedure, in: make) == (isSo ? .accepted : .violated(.falseSuccess)))
      // A line that is passed by ends it as well, and so does one whose error nobody looks at.
      #expect(try end(procedure, in: make) { $0.condition = .revoked } == (isSo ? .accepted : .violated(.falseSuccess)))
      #expect(try end(procedure, in: make) { ($0.step, $0.onError) = (.spdmRelay, .ignore) } == (isSo ? .failed(.notNow) : .violated(.falseSuccess)))
      #expect(try end(procedure, in: make) { $0.step = .fail } == .accepted)
      #expect(try end(procedure, in: make) { ($0.step, $0.onError) = (.spdmRelay, .abandon) } == .failed(.notNow))
    }
  }

  @Test(arguments: Self.unasked) func nobodyAsks(_ procedure: Procedure) throws {
    let outcome = try end(procedure, in: { _ in })
    #expect(outcome == (procedure == .teardown ? .violated(.notReleased) : .accepted))
  }

  /// What was so at a step of the task's own may be gone when it returns: somebody else was there.
  @Test func whatWasDoneStaysDone() throws {
    let book = try rulebook(.accept, lines: 2) { _ in }
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    world[.taskPosition, 0] = 1
    world[dmar: 0] = .pending
    #expect(world.advance(0, book) == .accepted && world.flag(.taskHasDone, 0))
    world[dmar: 0] = .free
    #expect(world.advance(0, book) == .accepted && world.isIdle(0) && !world.flag(.taskHasDone, 0))
  }

  private func end(
    _ procedure: Procedure, in make: (inout TableWorld) -> Void, _ edit: (inout PlaybookLine) -> Void = { _ in }
  ) throws -> Outcome {
    let book = try rulebook(procedure, lines: 1, edit)
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    make(&world)
    world[.taskPosition, 0] = 1
    let outcome = world.advance(0, book)
    #expect(world.isIdle(0) && !world.flag(.taskHasDone, 0))
    return outcome
  }

  /// A playbook of lines that do nothing, the last of them edited.
  private func rulebook(_ procedure: Procedure, lines count: Int, _ edit: (inout PlaybookLine) -> Void) throws -> Rulebook {
    var lines = (1...count).map { position in
      var line = PlaybookLine()
      (line.procedure, line.next) = (procedure, position == count ? 0 : UInt16(position) + 1)
      line.hasPurpose = procedure.reportsItsPurpose
      return line
    }
    edit(&lines[count - 1])
    var playbook = Playbook()
    let isAdded = playbook.add(procedure, lines)
    #expect(isAdded)
    return Rulebook(bounds: Bounds(devices: 1, pages: 1, importers: 0, memory: 1), playbook: playbook)
  }
}
