import Buffers
import Glibc
import Primitives
import Synchronization
import Testing

/// Pin, move, revoke: both waits, deadlines and policies.
@Suite struct LifetimeTests {
  private let machine = Machine()

  // MARK: Revocation

  @Test func bothWaitsAreWaited() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let records = Mutex<[AttachmentRecord]>([])
    let slow = Scripted("slow") { record, _ in
      records.withLock { $0.append(record) }
      return false
    }
    let attachment = try buffer.attach(slow, as: Revocable.self)
    let mapping = try attachment.map()
    let ring = Ring("dma"), fence = ring.emit()
    try buffer.reservation.withLock { held in
      held.reserve()
      // Even what takes no part in implicit synchronisation.
      try held.add(fence, .bookkeep)
    }
    let order = Mutex<[String]>([])
    onThreads(2) { index in
      if index == 0 {
        _ = try? buffer.revoke()
        order.withLock { $0.append("revoked") }
        return
      }
      while records.withLock({ $0.isEmpty }) { _ = try? ring.emit().wait(nanoseconds: 100_000) }
      #expect(buffer.life == .revoking(.restorable))
      order.withLock { $0.append("fence") }
      fence.signal()
      _ = try? ring.emit().wait(nanoseconds: milliseconds(5))
      order.withLock { $0.append("unmap") }
      for record in records.withLock({ $0 }) { buffer.reservation.withLock { held in record.unmap(held) } }
    }
    #expect(order.withLock { $0 } == ["fence", "unmap", "revoked"])
    #expect(buffer.life == .revoked(.restorable))
    mapping.unmap()
  }

  @Test func whoIsLateIsNamed() throws {
    let reported = Mutex<[String]>([])
    let handle = try machine.onlyRevocable.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let attachment = try buffer.attach(Scripted("stubborn") { _, _ in false }, as: Revocable.self)
    let mapping = try attachment.map()
    let other = try buffer.attach(Scripted("quick"), as: Revocable.self)
    let quick = try other.map()
    let policy = RevocationPolicy(deadline: 2_000_000, late: .withhold) { name, late in reported.withLock { $0 = [name] + late } }
    let report = try buffer.revoke(.restorable, policy)
    #expect(report == RevocationReport(outcome: .withheld, told: 2, late: ["stubborn"]))
    #expect(reported.withLock { $0 } == ["b", "stubborn"])
    // The memory is kept aside, and the buffer cannot come back before it is let go of.
    #expect(code { try buffer.restore() } == .late)
    #expect(!buffer.settle(until: MonotonicTime.now.advanced(by: 1_000_000)))
    mapping.unmap()
    #expect(buffer.settle())
    try buffer.restore()
    quick.unmap()
  }

  @Test func givingUpLeavesTheBufferLive() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let attachment = try buffer.attach(Scripted("stubborn") { _, _ in false }, as: Revocable.self)
    let mapping = try attachment.map()
    let policy = RevocationPolicy(deadline: 1_000_000, late: .giveUp)
    #expect(code { try buffer.revoke(.permanent, policy) } == .late)
    let isCurrent = buffer.reservation.withLock { held in mapping.isCurrent(held) }
    #expect(buffer.life == .live && isCurrent)
    mapping.unmap()
    let ring = Ring("dma"), fence = ring.emit()
    try buffer.reservation.withLock { held in
      held.reserve()
      try held.add(fence, .bookkeep)
    }
    do {
      try buffer.revoke(.permanent, policy)
      Issue.record("revoked under way")
    } catch {
      #expect(error.code == .busy)
      #expect(error.holders == ["test dma"])
    }
    fence.signal()
    try buffer.revoke(.permanent, policy)
  }

  /// Who does not let go loses what he has: his next access reaches nobody.
  @Test func aCutTakesAccess() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let address = try #require(buffer.ranges[0]?.start)
    try machine.bus.write([1], at: address)
    let attachment = try buffer.attach(Scripted("hostile") { _, _ in false }, as: Revocable.self)
    let mapping = try attachment.map()
    let report = try buffer.revoke(.permanent, RevocationPolicy(deadline: 1_000_000, late: .cut))
    #expect(report.outcome == .cut && report.late == ["hostile"])
    #expect(code { _ = try machine.bus.read(address, count: 1) } == .noAnswer)
    mapping.unmap()
  }

  @Test func whatIsPinnedIsNotRevoked() throws {
    let handle = try machine.revocable.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let attachment = try buffer.attach(Scripted("disk", .fixed), as: Pinned.self)
    do {
      try buffer.revoke()
      Issue.record("revoked")
    } catch {
      #expect(error.code == .pinned)
      #expect(error.holders == ["disk"])
    }
    attachment.detach()
    try buffer.revoke()
    // Again is nothing; making it permanent is.
    #expect(try buffer.revoke(.permanent).told == 0)
    #expect(buffer.life == .revoked(.permanent))
    #expect(code { try buffer.restore() } == .revoked)
  }

  /// The announcement comes after mapping works again: who maps inside of it is not refused.
  @Test func restoredIsAnnouncedAfterMappingWorks() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let answers = Mutex<[BufferError.Code?]>([])
    let importer = Scripted(
      "again",
      restored: { record in
        let answer = code { _ = try record.buffer.reservation.withLock { held in try record.map(held) } }
        answers.withLock { $0.append(answer) }
      })
    let attachment = try buffer.attach(importer, as: Revocable.self)
    try buffer.revoke()
    #expect(code { _ = try attachment.map() } == .revoked)
    try buffer.restore()
    #expect(answers.withLock { $0 } == [nil])
    attachment.detach()
    #expect(buffer.mappingCount == 0)
  }

  /// Registering and being told are one: whoever attached before the revocation is told, whoever comes after is refused.
  @Test func noRevocationSlipsBetween() throws {
    for _ in 0..<60 {
      let handle = try machine.onlyRevocable.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
      let told = Atomic(0), mapped = Atomic(0)
      let importer = Scripted("racer") { _, _ in
        told.add(1, ordering: .relaxed)
        return true
      }
      onThreads(3) { index in
        if index == 0 {
          _ = try? buffer.revoke(.permanent)
          return
        }
        guard let attachment = try? buffer.attach(importer, as: Revocable.self) else { return }
        let isMapped = (try? buffer.reservation.withLock { held in try attachment.record.map(held) }) != nil
        if isMapped { mapped.add(1, ordering: .relaxed) }
        // Stays mapped until it is told.
        while isMapped, buffer.reservation.withLock({ held in attachment.record.isMapped }) { _ = buffer.life }
      }
      #expect(told.load(ordering: .relaxed) == mapped.load(ordering: .relaxed))
      #expect(buffer.life == .revoked(.permanent))
    }
  }

  // MARK: Moves

  @Test func aMoveKeepsTheBytes() throws {
    let handle = try machine.graphics().makeBuffer(named: "b", bytes: 3 << 20), buffer = handle.buffer
    try machine.bus.write([1, 2, 3], at: try #require(buffer.ranges[0]?.start))
    let told = Mutex<[Notice]>([])
    let attachment = try buffer.attach(
      Scripted("gpu", .gpu) { _, notice in
        told.withLock { $0.append(notice) }
        return true
      }, as: Movable.self)
    let mapping = try attachment.map()
    try buffer.move(to: .system)
    #expect(told.withLock { $0 } == [.moves(to: .system)])
    let isCurrent = buffer.reservation.withLock { held in mapping.isCurrent(held) }
    #expect(!isCurrent)
    mapping.unmap()
    let again = try attachment.map()
    #expect(try machine.bus.read(try #require(again.ranges[0]?.start), count: 3) == [1, 2, 3])
    #expect(again.ranges[0]?.provider == .memory)
    again.unmap()
    try buffer.move(to: .system)
    #expect(buffer.moves == 1)
    #expect(code { try buffer.move(to: Placement(9)) } == .unsupported)
  }

  @Test func aPinnedBufferStays() throws {
    let handle = try machine.graphics().makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let display = try buffer.attach(Scripted("display", .gpu), as: Movable.self)
    try display.pin()
    do {
      try buffer.move(to: .system)
      Issue.record("moved")
    } catch {
      #expect(error.code == .pinned)
      #expect(error.holders == ["display"])
    }
    display.unpin()
    display.unpin()
    try buffer.move(to: .system)
    // Detaching takes its pins along.
    try display.pin()
    display.detach()
    try buffer.move(to: .local)
  }

  @Test func aMoveWithoutRoomChangesNothing() throws {
    let graphics = machine.graphics(capacity: 8192)
    let first = try graphics.makeBuffer(named: "a", bytes: 8192)
    let second = try graphics.makeBuffer(named: "b", bytes: 4096)
    #expect(second.buffer.placement == .system)
    #expect(code { try second.buffer.move(to: .local) } == .noRoom)
    try first.buffer.move(to: .system)
    try second.buffer.move(to: .local)
  }

  /// The move is the engine's work, which begins when the work on the buffer is over; until then everybody waits for its fence.
  @Test func aMoveByAnEngineLeavesAKernelFence() throws {
    let handle = try machine.graphics().makeBuffer(named: "b", bytes: 8192), buffer = handle.buffer
    try machine.bus.write([9], at: try #require(buffer.ranges[0]?.start))
    let guest = try machine.guest(), slot = try guest.addSlot(buffer, at: GuestPhysicalAddress(0x4000_0000))
    let cpu = try buffer.mapCPU()
    #expect(guest.read(GuestPhysicalAddress(0x4000_0000), count: 1) == .done([9]))
    let ring = Ring("gfx"), work = ring.emit(), engine = JobRing("sdma0")
    try buffer.add(work, writing: false)

    let moved = try buffer.startMove(to: .system, by: engine)
    #expect(buffer.placement == .system && buffer.moves == 1 && !moved.isSignalled)
    #expect(buffer.reservation.unsignalled(.kernel).contains { $0 === moved })
    #expect(try buffer.reservation.wait(.kernel, nanoseconds: 0) == 0)
    #expect(engine.trace.jobs.first?.waitsFor == [JobEvent.Point(work)])
    // The announcement can come before the bytes do; a byte cannot.
    guest.acknowledge(slot: slot.slot, .cached)
    let seen = Mutex<[[UInt8]]>([])
    onThreads(3) { index in
      switch index {
      case 0: if case .done(let bytes) = guest.read(GuestPhysicalAddress(0x4000_0000), count: 1) { seen.withLock { $0.append(bytes) } }
      case 1: if let bytes = try? cpu.read(at: 0, count: 1) { seen.withLock { $0.append(bytes) } }
      default:
        usleep(20_000)
        #expect(seen.withLock { $0 }.isEmpty)
        work.signal()
      }
    }
    #expect(seen.withLock { $0 } == [[9], [9]])
    #expect(moved.isSignalled && moved.error == nil && buffer.reservation.isSignalled(.bookkeep))
    // It is there: nothing is left to wait for.
    #expect(try buffer.startMove(to: .system, by: engine).isSignalled && buffer.moves == 1)
  }

  @Test func aMoveWhoseBytesAreGoneFailsItsFence() throws {
    let graphics = machine.graphics(capacity: 8192)
    let handle = try graphics.makeBuffer(named: "b", bytes: 8192), buffer = handle.buffer
    let ring = Ring("gfx"), work = ring.emit(), engine = JobRing("sdma0")
    try buffer.add(work, writing: true)
    let moved = try buffer.startMove(to: .system, by: engine)
    // The fence is late, and so access is taken away before there is anything to access.
    #expect(try buffer.revoke(.permanent, RevocationPolicy(deadline: 1_000_000, late: .cut)).outcome == .cut)
    work.signal()
    #expect(moved.error != nil && buffer.placement == .system)
    // The old place was given back all the same.
    let next = try graphics.makeBuffer(named: "c", bytes: 8192)
    #expect(next.buffer.placement == .local)
  }

  @Test func workHoldsAMoveUp() throws {
    let handle = try machine.graphics().makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let ring = Ring("gfx"), fence = ring.emit()
    try buffer.reservation.withLock { held in
      held.reserve()
      try held.add(fence, .read)
    }
    #expect(code { try buffer.move(to: .system, timeout: 1_000_000) } == .busy)
    #expect(buffer.placement == .local)
    fence.signal()
    try buffer.move(to: .system)
  }

  /// A frame is lent under the reservation, and refused with another buffer's.
  @Test func aFrameIsLentUnderTheLock() throws {
    let handle = try machine.graphics().makeBuffer(named: "b", bytes: 8192), buffer = handle.buffer
    let other = try machine.memory.makeBuffer(named: "c", bytes: 4096)
    let attachment = try buffer.attach(Scripted("vm"), as: Movable.self)
    let record = attachment.record
    let wrong = other.buffer.reservation.withLock { held in code { try buffer.withFrame(at: 0, record, held) { _ in } } }
    #expect(wrong == .otherReservation)
    let unmapped = buffer.reservation.withLock { held in code { try buffer.withFrame(at: 0, record, held) { _ in } } }
    #expect(unmapped == .wrongState)
    let mapping = try attachment.map()
    let (inside, outside) = buffer.reservation.withLock { held in
      (code { try buffer.withFrame(at: 8191, record, held) { _ in } }, code { try buffer.withFrame(at: 8192, record, held) { _ in } })
    }
    #expect(inside == nil && outside == .badRange)
    mapping.unmap()
  }

  #if DEBUG
    @Test func attachingUnderAReservationIsAnError() async {
      await #expect(processExitsWith: .failure) {
        let handle = try Machine().memory.makeBuffer(named: "b", bytes: 4096)
        let held = handle.buffer.reservation.lock()
        _ = try handle.buffer.attach(Scripted(), as: Pinned.self)
        held.unlock()
      }
    }

    @Test func aDevicesLockComesFirst() async {
      await #expect(processExitsWith: .failure) {
        let lock = OrderedLock(.device, 0), reservation = Reservation()
        let held = reservation.lock()
        lock.withLock { _ in }
        held.unlock()
      }
    }

    @Test func theRightOrderPasses() throws {
      let device = OrderedLock(.device, 0), tables = OrderedLock(.pageTables, 0), reservation = Reservation()
      device.withLock { _ in
        let held = reservation.lock()
        tables.withLock { _ in #expect(LockOrder.held(.device) == 1 && LockOrder.held(.reservation) == 1) }
        held.unlock()
      }
      #expect(LockOrder.held(.device) == 0 && LockOrder.held(.pageTables) == 0)
    }
  #endif
}
