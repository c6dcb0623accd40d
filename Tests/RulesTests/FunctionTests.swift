import Rules
import Testing

/// What configuration, power and resets do to the interface, to what the device had under way, and to whoever still uses it.
@Suite struct FunctionTests {
  private func running() throws -> (TableWorld, Rulebook) {
    let book = try rulebook()
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    for field in [Field.isOpen, .memoryEnabled, .busMaster] { world.set(field, 0, true) }
    world[interface: 0] = .run
    world[dma: 0] = .trusted
    return (world, book)
  }

  @Test func everyEndOfTheInterfaceIsAnError() throws {
    let ends: [(String, (inout TableWorld, Rulebook) -> Outcome)] = [
      ("memory off", { $0.setMemory(0, false, $1) }), ("bus master off", { $0.setBusMaster(0, false, $1) }),
      ("D3hot", { $0.setPower(0, .d3hot, $1) }), ("reset", { $0.beginReset(0, $1) }), ("close", { $0.closeFunction(0, $1) }),
      ("insecure stream", { $0.streamBecomesInsecure(0, $1) }),
    ]
    for (name, end) in ends {
      var (world, book) = try running()
      #expect(end(&world, book) == .accepted, "\(name)")
      #expect(world[interface: 0] == .error && world[dma: 0] == .none, "\(name)")
      // The record does not follow: the TSM never asks the device.
      #expect(world[recorded: 0] == .unlocked, "\(name)")
      // Whether the loss of a transfer is a fault is disputed, and a parameter.
      var again: TableWorld
      (again, book) = try running()
      book.parameters.strictDMA = true
      #expect(end(&again, book) == .violated(.dmaDroppedUnseen), "\(name)")
    }
  }

  @Test func aUsablePrivateMappingMustNotOutliveIt() throws {
    var (world, book) = try running()
    world[entry: 0, 0] = .mmioMapped
    for (state, expected) in [(InterfaceState.run, true), (.configLocked, true), (.error, false), (.configUnlocked, false)] {
      var copy = world
      copy[interface: 0] = state
      #expect(copy.beginReset(0, book) == (expected ? .violated(.privateMappingOutlivesInterface) : .accepted), "\(state)")
    }
    world[entry: 0, 0] = .mmioBlocked
    #expect(world.beginReset(0, book) == .accepted)
    // A translation in a TLB is as usable as the entry that it came from.
    (world, book) = try running()
    world[tlb: 0, 0] = .secure
    #expect(world.setMemory(0, false, book) == .violated(.privateMappingOutlivesInterface))
  }

  @Test func anAccessUnderWayIsTorn() throws {
    var (world, book) = try running()
    world.accessKind = .shared
    #expect(world.setMemory(0, false, book) == .violated(.accessToDisabledFunction))
  }

  @Test func answering() throws {
    let book = try rulebook()
    for mask in 0..<8 {
      var world = TableWorld(bounds: book.bounds)
      world.set(.memoryEnabled, 0, mask & 1 != 0)
      world.set(.inReset, 0, mask & 2 != 0)
      world[power: 0] = mask & 4 != 0 ? .d3hot : .d0
      #expect(world.answers(0) == (mask == 1))
      #expect((world.touchPage(0, 0, book) == .refused(.decodeEnabled)) == (mask != 1))
    }
  }

  /// A reset ends in D0, with the decoding that was; open clears bus mastering; close takes everything.
  @Test func openResetClose() throws {
    var (world, book) = try running()
    #expect(world.beginReset(0, book) == .accepted && world.flag(.inReset) && world.flag(.memoryEnabled))
    #expect(world.endReset(0) == .accepted && !world.flag(.inReset) && world[power: 0] == .d0)
    #expect(world.closeFunction(0, book) == .accepted)
    #expect(!world.flag(.memoryEnabled) && !world.flag(.busMaster) && !world.flag(.isOpen))
    world.set(.busMaster, 0, true)
    world[dma: 0] = .shared
    #expect(world.openFunction(0, book) == .accepted && !world.flag(.busMaster) && world[dma: 0] == .none)
    #expect(world.openFunction(0, book) == .refused(.openClosed))
  }
}
