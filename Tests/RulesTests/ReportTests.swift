import Rules
import Testing

/// Who reports success has done what the procedure is there for, or found it done; who reports an error has not done it, or undone it.
@Suite struct ReportTests {
  /// Written down once more: a world in which it is so, and one in which it is not.
  private static let table: [Procedure: (so: @Sendable (inout TableWorld) -> Void, not: @Sendable (inout TableWorld) -> Void)] = [
    .connect: ({ $0[stream: 0] = .ready }, { $0[stream: 0] = .rxOnly }),
    .open: ({ $0.set(.isOpen, 0, true) }, { _ in }),
    .export: ({ $0.set(.bufferIsExported, 0, true) }, { _ in }),
    .bind: (
      {
        $0.set(.isBound, 0, true)
        $0[metadata: 0, 0] = .data
      }, { $0.set(.isBound, 0, true) }
    ),
    .accept: ({ $0[dmar: 0] = .pending }, { $0[dmar: 0] = .blocked }),
    .unbind: ({ $0[bindingOwner: 0] = .foreign }, { $0[bindingOwner: 0] = .vm }),
    .memoryOff: ({ _ in }, { $0.set(.memoryEnabled, 0, true) }),
    .memoryOn: ({ $0.set(.memoryEnabled, 0, true) }, { _ in }),
    .powerDown: ({ $0[power: 0] = .d3hot }, { _ in }),
    .powerUp: ({ _ in }, { $0[power: 0] = .d3hot }),
    .convert: ({ _ in }, { $0[memoryEntry: 0] = .blocked }),
    .disconnect: ({ _ in }, { $0[session: 0] = .connected }),
  ]

  /// What ends with these is asked of the world and not of the report, or of nobody.
  private static let unasked: [Procedure] = [.createVM, .relay, .faultShared, .faultPrivate, .teardown]

  private static let smallest = Bounds(devices: 1, pages: 1, importers: 0, memory: 1)

  @Test func theTableIsWhole() {
    #expect(Set(Self.table.keys).isDisjoint(with: Self.unasked + [.reset, .close, .vmmCrash]))
    #expect(Self.table.count + Self.unasked.count + 3 == Procedure.allCases.count - 1)
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

  /// What was so at a step of the task's own may be gone when it returns: somebody else was there. Who undoes it himself has not done it.
  @Test func whoeverUndoesItHasNotDoneIt() throws {
    for own in [false, true] {
      let book = try rulebook(.memoryOn, steps: [.memoryOn, own ? .memoryOff : .nothing, .nothing])
      var world = TableWorld(bounds: book.bounds)
      world.begin()
      (world[.taskPosition, 0], world[.memoryLock, 0]) = (1, 1)
      #expect(world.advance(0, book) == .accepted && world[deed: 0] == .done)
      #expect(world.advance(0, book) == .accepted && world[deed: 0] == (own ? .nothing : .done))
      world.set(.memoryEnabled, 0, false)
      world[.memoryLock, 0] = 0
      #expect(world.advance(0, book) == (own ? .violated(.falseSuccess) : .accepted) && world.isIdle(0))
    }
  }

  /// That a function answers is no reset, nor that it is in one or in D3hot: it has to come back by a step of the task's own.
  @Test func aResetIsNeverFound() throws {
    let rows: [(steps: [Step], isReset: Bool)] = [
      ([.nothing, .nothing], false), ([.resetBegin, .nothing], false), ([.resetBegin, .resetEnd], true), ([.powerD3Hot, .powerD0], true),
      ([.powerD0, .nothing], false),
    ]
    for (steps, isReset) in rows {
      // Locks are another table's.
      var book = try rulebook(.reset, steps: steps)
      book.asked = PropertySet([.falseSuccess])
      var world = TableWorld(bounds: book.bounds)
      world.begin()
      world[.taskPosition, 0] = 1
      #expect(world.advance(0, book) == .accepted)
      #expect(world.advance(0, book) == (isReset ? .accepted : .violated(.falseSuccess)), "\(steps)")
    }
    // In D3hot, and left there.
    let book = try rulebook(.reset, steps: [.nothing])
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    (world[.taskPosition, 0], world[power: 0]) = (1, .d3hot)
    #expect(world.advance(0, book) == .violated(.falseSuccess))
  }

  /// A unit that is no longer private is not every unit.
  @Test func aUnitIsAskedForItself() throws {
    let book = try rulebook(.convert, steps: [.nothing], Bounds(devices: 1, pages: 1, importers: 0, memory: 2))
    for unit in 0..<2 {
      var world = TableWorld(bounds: book.bounds)
      world.begin()
      world[memoryEntry: 1] = .mapped
      (world[.taskPosition, 0], world[.taskCursor, 0]) = (1, UInt16(unit))
      #expect(world.advance(0, book) == (unit == 0 ? .accepted : .violated(.falseSuccess)))
    }
    // A unit that there is not is not taken either.
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    (world[.taskPosition, 0], world[.taskCursor, 0]) = (1, 2)
    #expect(world.advance(0, book) == .violated(.falseSuccess))
  }

  /// An error after it was done, and is so still, is a lie; unless it was somebody else who did it, or it was undone meanwhile, by whomever.
  @Test(arguments: [
    ([Step.memoryOn, .fail], true), ([.nothing, .fail], false), ([.memoryOn, .memoryOff, .fail], false),
    ([.memoryOn, .memoryOff, .memoryOn, .fail], true),
  ])
  func anErrorAfterTheDeed(steps: [Step], isLie: Bool) throws {
    let end: Outcome = isLie ? .violated(.falseFailure) : .accepted
    for meanwhile in [nil, false, true] {
      var book = try rulebook(.memoryOn, steps: steps)
      book.asked = PropertySet([.falseSuccess, .falseFailure])
      var world = TableWorld(bounds: book.bounds)
      world.begin()
      world[.taskPosition, 0] = 1
      for _ in steps.dropLast() { #expect(world.advance(0, book) == .accepted) }
      if let meanwhile { world.set(.memoryEnabled, 0, meanwhile) }
      #expect(world.advance(0, book) == (meanwhile == false ? .accepted : end), "\(steps) \(String(describing: meanwhile))")
    }
  }

  /// What went wrong behind the deed is worth an error: after a reset, or where something was given back. Who took something gives it back.
  @Test(arguments: [
    (Procedure.memoryOn, Step.memoryOn, false), (.powerUp, .powerD0, false), (.open, .openFunction, false), (.accept, .dmarAdd, true),
  ])
  func anErrorBehindTheDeed(procedure: Procedure, act: Step, isLie: Bool) throws {
    let end: Outcome = isLie ? .violated(.falseFailure) : .failed(.notNow)
    for policy in [ErrorPolicy.abandon, .jump, .ignore] {
      var book = try rulebook(procedure, steps: [act, .spdmRelay, .fail], also: { ($0[1].onError, $0[1].errorTarget) = (policy, 3) })
      book.asked = PropertySet([.falseSuccess, .falseFailure])
      var world = TableWorld(bounds: book.bounds)
      world.begin()
      world[.taskPosition, 0] = 1
      if procedure == .powerUp { world[power: 0] = .d3hot }
      if procedure == .accept { world[bindingOwner: 0] = .vm }
      #expect(world.advance(0, book) == .accepted && world[deed: 0] == .done)
      if policy == .abandon {
        #expect(world.advance(0, book) == end)
      } else {
        #expect(world.advance(0, book) == .failed(.notNow))
        // Whose failure nobody looks at is no reason.
        #expect(world.advance(0, book) == (isLie || policy == .ignore ? .violated(.falseFailure) : .accepted))
      }
    }
  }

  /// An entry that is blocked and not removed is neither there nor given back; that somebody else removes it is.
  @Test func aHalfIsNeither() throws {
    for (last, lie) in [(Step.fail, Property.falseFailure), (.nothing, .falseSuccess)] {
      for isRemoved in [false, true] {
        var book = try rulebook(.accept, steps: [.dmarAdd, .dmarBlock, last])
        book.asked = PropertySet([.falseSuccess, .falseFailure])
        var world = TableWorld(bounds: book.bounds)
        world.begin()
        (world[.taskPosition, 0], world[bindingOwner: 0]) = (1, .vm)
        #expect(world.advance(0, book) == .accepted && world.advance(0, book) == .accepted && world[deed: 0] == .half)
        if isRemoved { world[dmar: 0] = .free }
        #expect(world.advance(0, book) == (isRemoved && last == .fail ? .accepted : .violated(lie)))
      }
    }
  }

  /// Who only woke a function may report that he could not reset it; who reset it may not.
  @Test func wakingIsNoReset() throws {
    for (steps, isLie) in [([Step.powerD0, .fail], false), ([.powerD0, .resetBegin, .resetEnd, .fail], true)] {
      var book = try rulebook(.reset, steps: steps)
      book.asked = PropertySet([.falseSuccess, .falseFailure])
      var world = TableWorld(bounds: book.bounds)
      world.begin()
      (world[.taskPosition, 0], world[power: 0]) = (1, .d3hot)
      for _ in steps.dropLast() { #expect(world.advance(0, book) == .accepted) }
      #expect(world.advance(0, book) == (isLie ? .violated(.falseFailure) : .accepted))
    }
  }

  /// Whoever had to kill the VM does not report that all is well.
  @Test func aKilledVMIsReportEnough() throws {
    let book = try rulebook(.unbind, steps: [.nothing])
    for end in VirtualMachineEnd.allCases {
      var world = TableWorld(bounds: book.bounds)
      world.begin()
      (world[.taskPosition, 0], world[.vmEnd, 0], world[bindingOwner: 0]) = (1, UInt16(end.code), .vm)
      #expect(world.advance(0, book) == (end == .kvm ? .accepted : .violated(.falseSuccess)))
    }
  }

  private func end(
    _ procedure: Procedure, in make: (inout TableWorld) -> Void, _ edit: (inout PlaybookLine) -> Void = { _ in }
  ) throws -> Outcome {
    let book = try rulebook(procedure, steps: [.nothing], edit: edit)
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    make(&world)
    world[.taskPosition, 0] = 1
    let outcome = world.advance(0, book)
    #expect(world.isIdle(0) && world[deed: 0] == .nothing)
    return outcome
  }

  /// A playbook of these steps, the last of them edited.
  private func rulebook(
    _ procedure: Procedure, steps: [Step], _ bounds: Bounds = Self.smallest,
    edit: (inout PlaybookLine) -> Void = { _ in }, also editAll: (inout [PlaybookLine]) -> Void = { _ in }
  ) throws -> Rulebook {
    var lines = steps.enumerated().map { index, step in
      var line = PlaybookLine()
      (line.step, line.procedure, line.next) = (step, procedure, index + 1 < steps.count ? UInt16(index) + 2 : 0)
      line.hasPurpose = procedure.reportsItsPurpose
      return line
    }
    edit(&lines[lines.count - 1])
    editAll(&lines)
    var playbook = Playbook()
    let isAdded = playbook.add(procedure, lines)
    #expect(isAdded)
    return Rulebook(bounds: bounds, playbook: playbook)
  }
}
