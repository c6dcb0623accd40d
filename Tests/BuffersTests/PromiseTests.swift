import Buffers
import Glibc
import Primitives
import Sharing
import Synchronization
import Testing

/// What a second party must not be able to undo: by being later, quicker, hostile, or silent.
@Suite struct PromiseTests {
  private let machine = Machine()

  /// Lists of fences are replaced all the time; whoever looks always finds the one that is not signalled.
  @Test func aReaderMissesNoFence() {
    let reservation = Reservation(), ring = Ring("r"), pending = ring.emit(), isOver = Atomic(false), missed = Atomic(0)
    let others = (0..<8).map { Ring("other\($0)") }
    // Behind a place that is free again and again.
    reservation.withLock { held in
      held.reserve(2)
      try? held.add(others[0].emit(), .kernel)
      try? held.add(pending, .bookkeep)
    }
    onThreads(3) { index in
      guard index == 0 else {
        while !isOver.load(ordering: .relaxed) { if reservation.isSignalled(.bookkeep) { missed.add(1, ordering: .relaxed) } }
        return
      }
      for round in 0..<3000 {
        let fences = others.map { $0.emit() }
        reservation.withLock { held in
          held.reserve(fences.count + round % 7)
          for fence in fences { try? held.add(fence, .read) }
        }
        for fence in fences { fence.signal() }
      }
      isOver.store(true, ordering: .relaxed)
    }
    #expect(missed.load(ordering: .relaxed) == 0)
    pending.signal()
  }

  @Test func anOldMappingDoesNotEndTheNext() throws {
    let handle = try machine.graphics().makeBuffer(named: "b", bytes: 8192), buffer = handle.buffer
    let told = Atomic(0)
    let attachment = try buffer.attach(
      Scripted("one") { _, _ in
        told.add(1, ordering: .relaxed)
        return true
      }, as: Movable.self)
    var mapping = try attachment.map()
    try buffer.move(to: .system)
    // What was there before goes out of scope after what comes in its place.
    mapping = try attachment.map()
    #expect(buffer.mappingCount == 1 && buffer.reservation.withLock { held in mapping.isCurrent(held) })
    try buffer.move(to: .local)
    #expect(told.load(ordering: .relaxed) == 2)
    mapping.unmap()
  }

  @Test func aMappingOfBeforeIsNotCurrentAfter() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let attachment = try buffer.attach(Scripted("one"), as: Revocable.self)
    let old = try attachment.map()
    try buffer.revoke()
    try buffer.restore()
    let new = try attachment.map()
    let isCurrent = buffer.reservation.withLock { held in (old.isCurrent(held), new.isCurrent(held)) }
    #expect(isCurrent == (false, true))
    old.unmap()
    #expect(buffer.mappingCount == 1)
    new.unmap()
  }

  // MARK: Two revocations

  @Test func theSecondWaitsForTheFirst() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let attachment = try buffer.attach(Scripted("slow") { _, _ in false }, as: Revocable.self)
    let mapping = try attachment.map(), record = attachment.record
    let outcomes = Mutex<[RevocationReport.Outcome]>([])
    onThreads(3) { index in
      if index == 2 {
        while !buffer.status.life.isRevoking { usleep(500) }
        // Too short for the first to be over.
        let report = try? buffer.revoke(.permanent, RevocationPolicy(deadline: 3_000_000))
        #expect(report?.outcome == .underWay && report?.late == ["slow"])
        buffer.reservation.withLock { held in record.unmap(held) }
        return
      }
      if let report = try? buffer.revoke(.restorable, RevocationPolicy(deadline: 60_000_000_000)) { outcomes.withLock { $0.append(report.outcome) } }
    }
    #expect(outcomes.withLock { $0 } == [.clean, .clean] && buffer.mappingCount == 0)
    #expect(buffer.status.life == .revoked(.permanent))
    mapping.unmap()
  }

  @Test func whoGivesUpDoesNotTakeBackAnothersPromise() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let attachment = try buffer.attach(Scripted("stubborn") { _, _ in false }, as: Revocable.self)
    let mapping = try attachment.map()
    // Told whom it waits for, and before it gives up, somebody else takes the buffer away for good.
    let second = Mutex<RevocationReport.Outcome?>(nil)
    let policy = RevocationPolicy(deadline: 1_000_000, late: .giveUp) { _, _ in
      let report = try? buffer.revoke(.permanent, RevocationPolicy(deadline: 1_000_000))
      second.withLock { $0 = report?.outcome }
    }
    #expect(try buffer.revoke(.restorable, policy).outcome == .withheld)
    #expect(second.withLock { $0 } == .underWay)
    #expect(buffer.status.life == .revoked(.permanent))
    #expect(try buffer.revoke().outcome == .withheld)
    #expect(code { try buffer.restore() } == .revoked)
    mapping.unmap()
    #expect(buffer.settle() && buffer.settle())
    #expect(try buffer.revoke().outcome == .clean)
  }

  @Test func whoIsLateWithWorkIsReportedBeforeItIsGivenUp() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer, ring = Ring("gfx"), work = ring.emit()
    try buffer.add(work, writing: true)
    let reported = Mutex<[String]>([])
    let policy = RevocationPolicy(deadline: 1_000_000, late: .giveUp) { _, late in reported.withLock { $0 += late } }
    #expect(code { try buffer.revoke(.restorable, policy) } == .busy)
    #expect(reported.withLock { $0 } == ["test gfx"] && buffer.status.life == .live)
    work.signal()
  }

  // MARK: Cuts

  @Test func aCutStaysOneBuffersOwn() throws {
    let window = try machine.window()
    let one = try window.makeBuffer(named: "one", [.init(offset: 0, length: 4096)])
    let other = try window.makeBuffer(named: "other", [.init(offset: 8192, length: 4096)])
    let attachment = try one.buffer.attach(Scripted("stubborn") { _, _ in false }, as: Revocable.self)
    let mapping = try attachment.map()
    let late = try one.buffer.revoke(.permanent, RevocationPolicy(deadline: 1_000_000, late: .cut))
    #expect(late.outcome == .cut)
    let start = HostPhysicalAddress(0x8000_0000)
    #expect(code { _ = try machine.bus.read(start, count: 1) } == .noAnswer)
    // The rest of the BAR answers, and goes on to when the other buffer is taken back and comes again.
    #expect(try machine.bus.read(HostPhysicalAddress(0x8000_2000), count: 1) == [0])
    try other.buffer.revoke()
    try other.buffer.restore()
    #expect(try machine.bus.read(HostPhysicalAddress(0x8000_1000), count: 1) == [0])
    #expect(code { _ = try machine.bus.read(start, count: 1) } == .noAnswer)
    mapping.unmap()
  }

  @Test func whatWasClosedDoesNotComeBack() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let attachment = try buffer.attach(Scripted("stubborn") { _, _ in false }, as: Revocable.self)
    let mapping = try attachment.map()
    #expect(try buffer.revoke(.restorable, RevocationPolicy(deadline: 1_000_000, late: .cut)).outcome == .cut)
    mapping.unmap()
    #expect(code { try buffer.restore() } == .unsupported)
    #expect(buffer.status.life == .revoked(.restorable))
  }

  @Test func aPinEndsWithItsAttachment() throws {
    let handle = try machine.graphics().makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let attachment = try buffer.attach(Scripted("one"), as: Movable.self), record = attachment.record
    attachment.detach()
    #expect(code { try buffer.reservation.withLock { held in try buffer.pin(record, held) } } == .wrongState)
    let long = try buffer.mapCPU(long: true)
    do {
      try buffer.move(to: .system)
      Issue.record("moved under a long mapping")
    } catch { #expect(error.code == .pinned && error.holders == ["cpu"]) }
    long.unmap()
    try buffer.move(to: .system)
  }

  @Test func noGuestGetsWhatNeedsSync() throws {
    let memory = HostMemory(on: machine.bus, name: "sync", offers: [.pinned, .revocable, .movable], RangeAttributes(needsSync: true))
    let handle = try memory.makeBuffer(named: "b", bytes: 4096), guest = try machine.guest()
    #expect(code { _ = try guest.addSlot(handle.buffer, at: GuestPhysicalAddress(0x4000_0000)) } == .unsupported)
    #expect(handle.buffer.status.attachments == 0)
  }

  // MARK: Time

  /// A copy whose turn comes after its fence was given up is not made.
  @Test func aJobWhoseTimeIsOverIsNotRun() {
    let ring = Ring("gate"), gate = ring.emit(), engine = JobRing("sdma0"), ran = Atomic(false), dropped = Atomic(false)
    let fence = engine.submit(after: [gate], dropped: { dropped.store(true, ordering: .relaxed) }) { ran.store(true, ordering: .relaxed) }
    #expect(fence.deadline > gate.deadline)
    fence.fail(with: .timedOut)
    gate.signal()
    #expect(!ran.load(ordering: .relaxed) && dropped.load(ordering: .relaxed))
    // The ring goes on.
    #expect(engine.submit { ran.store(true, ordering: .relaxed) }.isSignalled && ran.load(ordering: .relaxed))
    withExtendedLifetime(ring) {}
  }

  @Test func manyJobsBehindOneGateSaySoOnce() {
    let ring = Ring("gate"), gate = ring.emit(), engine = JobRing("sdma0")
    for _ in 0..<100 { engine.submit(after: [gate]) {} }
    let waits = engine.trace.events.count { if case .unschedulable = $0.kind { true } else { false } }
    #expect(waits == 1)
    gate.signal()
    #expect(engine.trace.events.count { $0.kind == .done } == 100)
    withExtendedLifetime(ring) {}
  }

  /// Nobody waits for it but a descriptor and a callback.
  @Test func aDeadlineEndsWhatNobodyWaitsFor() throws {
    let ring = Ring("lost", timeout: 20_000_000), fence = ring.emit(), isCalled = Atomic(false)
    let descriptor = try FenceDescriptor(fence)
    _ = fence.addCallback { _ in isCalled.store(true, ordering: .releasing) }
    let isReadable = descriptor.poll(milliseconds: 30_000)
    #expect(isReadable)
    #expect(fence.error == .timedOut)
    while !isCalled.load(ordering: .acquiring) { usleep(500) }
  }

  // MARK: Other processes

  @Test func whoHasAFencesDescriptorCannotSignalIt() throws {
    let ring = Ring("r"), fence = ring.emit(), descriptor = try FenceDescriptor(fence)
    var one: UInt64 = 1
    let isForged = write(descriptor.file, &one, 8) != -1 || descriptor.poll(milliseconds: 0)
    #expect(!isForged)
    // Nor can a copy be made to keep the owner waiting, whatever its flags.
    let copy = dup(descriptor.file)
    _ = fcntl(copy, F_SETFL, 0)
    fence.signal()
    // Who reads takes nothing away.
    let looks = [descriptor.poll(milliseconds: 0), read(copy, &one, 8) == 0, descriptor.poll(milliseconds: 0)]
    #expect(looks == [true, true, true])
    close(copy)
    withExtendedLifetime(ring) {}
  }

  @Test func descriptorsThatNobodyAskedForAreClosed() throws {
    let (one, other) = try Channel.pair()
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    defer { for file in ends { close(file) } }
    /// Descriptors of the process that are the pipe's, whatever else is opened meanwhile.
    func count() -> Int {
      var sought = stat(), found = stat()
      fstat(ends[0], &sought)
      return (0..<4096).count { fstat(Int32($0), &found) == 0 && found.st_dev == sought.st_dev && found.st_ino == sought.st_ino }
    }
    #expect(count() == 2)
    try one.send([1], [ends[0], ends[0], ends[1]])
    #expect(code { _ = try other.receive() } == .badRange)
    #expect(count() == 2)
    try one.send([1], [0])
    let message = try #require(try other.receive(descriptors: 1))
    #expect(message.descriptors.count == 1)
    for file in message.descriptors { close(file) }
    // Nothing at all is no end.
    #expect(Glibc.send(one.file, nil, 0, 0) == 0)
    #expect(code { _ = try other.receive() } == .badRange)
    one.hangUp()
    #expect(try other.receive() == nil)
  }

  @Test func whoIsGoneOrDoesNotReadGetsNothing() throws {
    let handle = try machine.memory.makeBuffer(named: "frame", bytes: 4096), buffer = handle.buffer
    let (owner, other) = try Channel.pair(), client = Client("client", owner)
    var given = 0
    #expect(
      code {
        for _ in 0..<10_000 {
          try client.give([buffer], timeout: 1_000_000)
          given += 1
        }
      } == .late)
    // What was not sent is not held.
    #expect(client.holdCount == given && buffer.handleCount == given + 1)
    let report = try #require(BufferReports.leaks(of: [buffer], at: .now))
    #expect(report.contains("client client, \(given) times"))
    client.end()
    #expect(code { try client.give([buffer]) } == .system)
    #expect(client.holdCount == 0 && buffer.handleCount == 1)
    withExtendedLifetime(other) {}
  }
}
