import Rules
import Testing

/// Who may have a revocable buffer, when it is there, and what a slot over it must be. Linux 7.1, VFIO and iommufd; private-MMIO thread 2025.
@Suite struct BufferTests {
  private func exported(_ book: Rulebook) throws -> TableWorld {
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    for field in [Field.isOpen, .memoryEnabled, .holdsVM] { world.set(field, 0, true) }
    #expect(world.exportBuffer(0, book) == .accepted)
    return world
  }

  /// Size equal to the buffer's, offset 0, no READONLY, no dirty log, not host-accessible, the same VM; row by row.
  @Test func slots() throws {
    let book = try rulebook()
    let rows: [(Guard, String, (inout TableWorld, inout SlotRequest) -> Void)] = [
      (.slotExported, "EINVAL", { world, _ in world.set(.bufferIsExported, 0, false) }),
      (.slotSize, "EINVAL", { $1.hasBufferSize = false }),
      (.slotOffset, "EINVAL", { $1.startsAtBufferStart = false }),
      (.slotWritable, "EINVAL", { $1.isReadOnly = true }),
      (.slotNoDirtyLog, "EINVAL", { $1.logsDirtyPages = true }),
      (.slotNotHostMapped, "EINVAL", { world, _ in world.set(.hostMapping, 0, true) }),
      (.slotSameVM, "EINVAL", { $1.deviceBelongsToVM = false }),
      (.slotSameVM, "EINVAL", { world, _ in world.set(.holdsVM, 0, false) }),
      (.slotFresh, "EEXIST", { world, _ in world.set(.slot, 0, true) }),
    ]
    var plain = try exported(book)
    #expect(plain.addSlot(0, SlotRequest(), book) == .accepted && plain.flag(.slot))
    for (law, code, spoil) in rows {
      var world = try exported(book), request = SlotRequest()
      spoil(&world, &request)
      #expect(world.addSlot(0, request, book) == .refused(law) && law.entry.code == code, "\(law)")
      var lenient = book
      lenient.law = Law(dropping: [law])
      #expect(world.addSlot(0, request, lenient).changesTheWorld, "\(law) is not alone")
    }
    // In both designs a mapping and a slot exclude each other.
    var mapped = try exported(book)
    #expect(mapped.mapByHost(0, book) == .accepted && mapped.addSlot(0, SlotRequest(), book) == .refused(.slotNotHostMapped))
    #expect(plain.mapByHost(0, book) == .refused(.hostMapSlot))
  }

  /// The VMM's own mapping of a BAR, row by row: through an open descriptor, of what nobody has privately, and with decoding on.
  @Test func hostMappings() throws {
    let book = try rulebook()
    let rows: [(Guard, String, (inout TableWorld) -> Void)] = [
      (.ioctlOpen, "EINVAL", { $0.set(.isOpen, 0, false) }),
      (.hostMapUnbound, "EBUSY", { $0.set(.isBound, 0, true) }),
      (.hostMapSlot, "EBUSY", { $0.set(.slot, 0, true) }),
      (.hostMapLock, "-", { $0[.memoryLock, 0] = 1 }),
      (.hostMapEnabled, "SIGBUS", { $0.set(.memoryEnabled, 0, false) }),
      (.hostMapEnabled, "SIGBUS", { $0[power: 0] = .d3hot }),
    ]
    for (law, code, spoil) in rows {
      var world = try exported(book)
      spoil(&world)
      #expect(world.mapByHost(0, book) == .refused(law) && law.entry.code == code, "\(law)")
      var lenient = book
      lenient.law = Law(dropping: [law])
      #expect(world.mapByHost(0, lenient) == .accepted && world.flag(.hostMapping), "\(law) is not alone")
    }
  }

  /// What cannot be told to let go, or cannot reach a peer, cleanly refuses a revocable buffer.
  @Test func abilities() throws {
    let book = try rulebook()
    for mask in 0..<16 {
      var world = try exported(book)
      let abilities = ImporterAbilities(bearsRevocation: mask & 1 == 0, reachesPeers: mask & 2 == 0)
      world.set(.bufferIsRevoked, 0, mask & 4 != 0)
      if mask & 8 != 0 { world.set(.bufferIsExported, 0, false) }
      let expected: Outcome =
        mask & 8 != 0
        ? .refused(.attachExported)
        : mask & 2 != 0
          ? .refused(.attachPeer)
          : mask & 4 != 0
            ? .refused(.attachLive)
            : mask & 1 != 0 ? .refused(.attachRevocable) : .accepted
      #expect(world.attach(0, abilities, book) == expected)
      #expect(world[importer: 0] == (mask == 0 ? .attached : .detached))
    }
    #expect(Guard.attachPeer.entry.code == "EOPNOTSUPP" && Guard.attachRevocable.entry.code == "EOPNOTSUPP")
  }

  /// Attached all the same, it is not told to let go: the exporter waits for it as long as it likes.
  @Test func importersThatCannotBeRevoked() throws {
    var book = try rulebook()
    book.law = Law(dropping: [.attachRevocable])
    for bears in [false, true] {
      var world = try exported(book)
      #expect(world.attach(0, ImporterAbilities(bearsRevocation: bears), book) == .accepted && world.mapBuffer(0, book) == .accepted)
      world[.reservation, 0] = 1
      #expect(world.markRevoked(0, by: 0, book) == .accepted && world.invalidateImporters(0, by: 0, book) == .accepted)
      #expect(world.flag(.importerIsInvalidated) == bears && world.waitForMappings(0, book) == .refused(.mappingsGone))
      world[.reservation, 0] = 0
      #expect(world.unmapBuffer(0, book) == .accepted && world.detach(0) == .accepted && !world.flag(.importerIsPinned))
    }
  }

  @Test func importersInEveryState() throws {
    let book = try rulebook()
    for state in ImporterState.allCases {
      for isHeld in [false, true] {
        for isRevoked in [false, true] {
          var attach = try exported(book)
          attach[importer: 0] = state
          attach[.reservation, 0] = isHeld ? 1 : 0
          attach.set(.bufferIsRevoked, 0, isRevoked)
          var (map, use, unmap, detach) = (attach, attach, attach, attach)
          let (attached, mapped) = (attach.attach(0, ImporterAbilities(), book), map.mapBuffer(0, book))
          let (used, unmapped, detached) = (use.use(0, book), unmap.unmapBuffer(0, book), detach.detach(0))
          switch state {
          case .detached:
            #expect(attached == (isRevoked ? .refused(.attachLive) : .accepted))
            #expect(mapped.isRefused && used.isRefused && unmapped.isRefused && detached.isRefused)
          case .attached:
            #expect(mapped == (isHeld ? .refused(.importerMapReservation) : isRevoked ? .refused(.mapLive) : .accepted))
            #expect(attached.isRefused && used.isRefused && unmapped.isRefused && detached == .accepted)
          case .mapped:
            // Whoever has mapped may go on until it is told to stop.
            #expect(used == .accepted && unmapped == (isHeld ? .refused(.importerUnmapReservation) : .accepted))
            #expect(attached.isRefused && mapped.isRefused && detached.isRefused)
          }
        }
      }
    }
  }

  /// Revoke, invalidate, fences, mappings, restore: each needs what the law says.
  @Test func revocation() throws {
    let book = try rulebook(bounds: Bounds(devices: 2, pages: 1, importers: 3, memory: 1))
    var world = try exported(book)
    for i in UInt8(0)..<3 { world[importer: i] = .mapped }
    #expect(world.use(0, book) == .accepted)
    #expect(world.markRevoked(0, by: 0, book) == .refused(.revokeReservation))
    #expect(world.invalidateImporters(0, by: 0, book) == .refused(.revokeReservation))
    #expect(world.restoreBuffer(0, by: 0, book) == .refused(.restoreReservation))
    world[.reservation, 0] = 2
    #expect(world.markRevoked(0, by: 0, book) == .refused(.revokeReservation))
    #expect(world.markRevoked(0, by: 1, book) == .accepted && world.flag(.bufferIsRevoked))
    #expect(world.invalidateImporters(0, by: 1, book) == .accepted)
    // Importers 0 and 2 are of device 0; importer 1 hears nothing.
    #expect((0..<3).map { world.flag(.importerIsInvalidated, $0) } == [true, false, true])
    #expect(world.use(2, book) == .refused(.useInvalidated) && world.use(1, book) == .accepted)
    #expect(world.waitForFences(0, book) == .refused(.fencesSignalled))
    #expect(world.finish(0) == .accepted && world.waitForFences(0, book) == .accepted)
    #expect(world.waitForMappings(0, book) == .refused(.mappingsGone))
    #expect(world.unmapBuffer(0, book) == .refused(.importerUnmapReservation))
    var reset = world
    world[.reservation, 0] = 0
    #expect(world.unmapBuffer(0, book) == .accepted && world.unmapBuffer(2, book) == .accepted)
    #expect(world.waitForMappings(0, book) == .accepted && world.mapBuffer(0, book) == .refused(.mapLive))
    reset[power: 0] = .d3hot
    #expect(reset.restoreBuffer(0, by: 1, book) == .refused(.restoreEnabled))
    reset[power: 0] = .d0
    // That a reset is under way memory_lock says, and nobody asks the function.
    reset.set(.inReset, 0, true)
    #expect(reset.restoreBuffer(0, by: 1, book) == .accepted && !reset.flag(.bufferIsRevoked))
    #expect(reset.cleanUpBuffer(0) == .accepted && reset.restoreBuffer(0, by: 1, book) == .refused(.restoreExported))
  }

  @Test func exports() throws {
    let book = try rulebook()
    for isEnabled in [false, true] {
      var world = TableWorld(bounds: book.bounds)
      #expect(world.exportBuffer(0, book) == .refused(.exportRegistered))
      world.set(.isOpen, 0, true)
      world.set(.memoryEnabled, 0, isEnabled)
      #expect(world.exportBuffer(0, book) == .accepted && world.flag(.bufferIsRevoked) == !isEnabled)
      #expect(world.exportBuffer(0, book) == .refused(.exportOnce))
    }
  }
}
