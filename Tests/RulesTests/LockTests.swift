import Rules
import Testing

/// What is done without the lock that Linux does it under. vfio_main.c, vfio_pci_core.c, vfio_pci_config.c, vfio_pci_dmabuf.c, pci-tsm.h;
/// private-MMIO RFC 2025, defect 5.
@Suite struct LockTests {
  private static let locks: [(field: Field, lock: LockSet)] = [
    (.deviceSetLock, .deviceSet), (.tsmLock, .tsm), (.memoryLock, .memory), (.reservation, .reservation),
  ]

  /// The transcribed table: what suffices in any procedure, and what where a device is opened or closed.
  private static let table: [(LockSet, LockSet, [Step])] = [
    (.deviceSet, .deviceSet, [.openFunction, .closeFunction, .getVM, .putVM]),
    (.memory, [.memory, .deviceSet], [.memoryOn, .memoryOff, .busMasterOn, .busMasterOff, .powerD3Hot, .powerD0, .resetBegin, .resetEnd]),
    (.memory, .memory, [.zapHostMapping, .exportBuffer, .cleanUpBuffer, .markRevoked, .invalidateImporters, .restoreBuffer]),
    (.reservation, .reservation, [.takeFrame]), (.tsm, .tsm, [.markBound, .markUnbound, .spdmCreate]),
  ]

  /// What the TSM core's verbs call besides. Each asks for a world of its own, so here are only the locks.
  private static let verbs: [Step] = [
    .spdmConnect, .spdmRelay, .spdmDisconnect, .spdmDelete, .streamCreate, .streamProgramKey, .streamSetGo, .streamBlock, .streamDelete,
    .devifCreate, .devifRemove, .requestLock, .requestStop, .requestState, .requestForGuest, .relay, .response, .mmiomtSet, .mmiomtRemove,
    .dmarAdd, .dmarBlock, .dmarRemove,
  ]

  @Test func theTableIsWhole() {
    let listed = Self.table.flatMap(\.2) + Self.verbs
    for step in Self.verbs { #expect(step.locks(in: .bind) == .tsm && step.locks(in: .close) == .tsm, "\(step)") }
    #expect(Set(listed).count == listed.count)
    for step in Step.allCases where !listed.contains(step) { #expect(step.locks(in: .close).isEmpty && step.locks(in: .reset).isEmpty, "\(step)") }
    #expect(LockSet.all.names == ["lock device-set", "lock tsm", "lock memory", "lock reservation"])
  }

  /// Each step in a procedure that neither opens nor closes and in one that does, with each lock held: by the task, for another device, by
  /// the other task.
  @Test(arguments: [Procedure.reset, .close], [nil, 0, 1] as [UInt8?]) func eachStepWithEachLock(procedure: Procedure, holder: UInt8?) throws {
    var performed: Set<Step> = []
    for (anywhere, atTheEnds, steps) in Self.table {
      for step in steps {
        for (field, lock) in Self.locks {
          let book = try rulebook(of: step, in: procedure)
          var world = TableWorld(bounds: book.bounds)
          world.begin()
          for field in [Field.isOpen, .memoryEnabled, .slot] where step != .openFunction { world.set(field, 0, true) }
          if step != .getVM { world.set(.holdsVM, 0, true) }
          for field in [Field.bufferIsExported] where step != .exportBuffer { world.set(field, 0, true) }
          world[.vmLife, 0] = UInt16(VirtualMachineLife.runnable.code)
          world[.vdevice, 0] = UInt16(VirtualDevice.present.code)
          // A step that asks for the reservation itself is refused without it.
          if [.markRevoked, .invalidateImporters, .restoreBuffer].contains(step) { world[.reservation, 0] = 1 }
          if field != .deviceSetLock { world[field, 1] = 1 }
          if let holder { world[field, 0] = UInt16(holder) + 1 }
          world[.taskPosition, 0] = 1
          let outcome = world.advance(0, book)
          // What the step asks for itself is another table's.
          if case .failed = outcome { continue }
          performed.insert(step)
          let suffices = (procedure == .close ? atTheEnds : anywhere).contains(lock) && holder == 0
          #expect(
            outcome == (suffices ? .accepted : .violated(.unlockedStep)),
            "\(step) in \(procedure) with \(field) held by \(holder.map(String.init) ?? "nobody")")
          #expect(world[.taskPosition, 0] == 2)
        }
      }
    }
    #expect(performed == Set(Self.table.flatMap(\.2)))
  }

  /// What was refused was not done, and what broke something else says that.
  @Test func whatIsNotDoneNeedsNoLock() throws {
    let book = try rulebook(of: .openFunction, in: .open)
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    world.set(.isOpen, 0, true)
    world[.taskPosition, 0] = 1
    let refused = world.advance(0, book)
    #expect(refused == .failed(.openClosed))
    let other = try rulebook(of: .getVM, in: .open)
    world.set(.holdsVM, 0, true)
    world[.vmLife, 0] = UInt16(VirtualMachineLife.runnable.code)
    world[.taskPosition, 0] = 1
    let broken = world.advance(0, other)
    #expect(broken == .violated(.notReleased))
  }

  /// A playbook of one step, and one behind it that ends nothing.
  private func rulebook(of step: Step, in procedure: Procedure) throws -> Rulebook {
    var lines = [PlaybookLine(), PlaybookLine()]
    for i in lines.indices { lines[i].procedure = procedure }
    (lines[0].step, lines[0].next, lines[0].onError) = (step, 2, .ignore)
    var playbook = Playbook()
    let isAdded = playbook.add(procedure, lines)
    #expect(isAdded)
    return Rulebook(bounds: Bounds(devices: 2, pages: 1, importers: 0, memory: 1), playbook: playbook)
  }
}
