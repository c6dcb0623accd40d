import Sharing

extension Buffer {
  /// Moves the buffer to another place, bytes and all, and comes back when that is done.
  ///
  /// Everybody who has it mapped is told and lets go; then nothing is under way any longer; then the bytes are moved. Importers map again
  /// when they need it. All of this under the reservation, so that nobody sees the buffer half way.
  ///
  /// - Threads: any, without a reservation. Sleeps until the work on the buffer is over.
  /// - Throws: `.pinned` with the names of who holds it; `.revoked`; `.late` if an importer of a movable buffer did not let go at once;
  ///   `.busy` after `timeout`; what the exporter says. The buffer stays where it is then, and can be mapped there.
  public func move(to placement: Placement, timeout: Int64 = 1_000_000_000) throws(BufferError) {
    LockOrder.mustHoldNoReservation("move")
    guard timeout >= 0 else { throw error(.badRange, "a wait of \(timeout) ns") }
    let held = reservation.lock()
    guard try tellOfMove(to: placement, held) else { return }
    do throws(BufferError) {
      let answer = try? reservation.wait(.bookkeep, nanoseconds: timeout)
      if let why = law.refusalToCopy(isWorkOver: (answer ?? 0) > 0) {
        throw error(why, holders: reservation.unsignalled(.bookkeep).map(\.description))
      }
      let relocation = try relocate(to: placement, held)
      do throws(BufferError) { try relocation.copy() } catch {
        relocation.undo()
        throw error
      }
      enter(relocation, placement, held)
      relocation.finish()
    } catch {
      // It stays: whoever did not let go is right again.
      for record in attachments { record.untell(held) }
      throw error
    }
  }

  /// Moves the buffer, and leaves the copying to an engine: a `kernel` fence stands for it, and everybody who wants the buffer waits for that
  /// (TTM's way, `ttm_bo_move_accel_cleanup`; dma-resv.h, `DMA_RESV_USAGE_KERNEL`).
  ///
  /// The engine begins when all work on the buffer is over. The buffer is mapped anew at its new place already, by whoever does not wait
  /// by himself with that fence in front.
  ///
  /// - Threads: any, without a reservation. Does not sleep for the work on the buffer. Copies on the thread that ends the last of it.
  /// - Returns: the fence; one that is signalled where the buffer is there already. It fails if the bytes could not be copied: the buffer is in
  ///   its new place then, and they are lost.
  /// - Throws: as `move`, but for `.busy`. The buffer stays where it is then.
  @discardableResult public func startMove(to placement: Placement, by engine: JobRing) throws(BufferError) -> Fence {
    LockOrder.mustHoldNoReservation("move")
    let held = reservation.lock()
    guard try tellOfMove(to: placement, held) else { return reservation.snapshot(.kernel) }
    let relocation: Relocation
    do throws(BufferError) {
      relocation = try relocate(to: placement, held)
      // Whoever has a descriptor has nothing from now on, though the copying is later.
      do throws(BufferError) { try backing?.takeFromOthers() } catch {
        relocation.undo()
        throw error
      }
    } catch {
      for record in attachments { record.untell(held) }
      throw error
    }
    held.reserve()
    let work = reservation.snapshot(.bookkeep)
    enter(relocation, placement, held)
    let fence = engine.submit(after: [work], dropped: relocation.finish) {
      defer { relocation.finish() }
      try relocation.copy()
    }
    // There is room: it was reserved, and the lock was not dropped.
    try? held.add(fence, .kernel)
    return fence
  }

  /// - Returns: false if it is there already.
  private func tellOfMove(to placement: Placement, _ held: borrowing Reservation.Held) throws(BufferError) -> Bool {
    let fixed = attachments.filter { $0.agreement.lifetime != .movable && $0.isMapped }
    if let why = law.refusalToMove(life, pins: pins, hasFixed: !fixed.isEmpty) {
      throw error(why, holders: why == .moveClass ? fixed.map(\.importer.name) : pinHolders(held))
    }
    guard self.placement != placement else { return false }
    for i in attachments.indices where attachments[i].state == .mapped { attachments[i].tell(.moves(to: placement), held) }
    return true
  }

  private func relocate(to placement: Placement, _ held: borrowing Reservation.Held) throws(BufferError) -> Relocation {
    let late = attachments.filter(\.isMapped).map(\.importer.name)
    if let why = law.refusalToRelocate(mappings: late.count) { throw error(why, holders: late) }
    let relocation = try exporter.relocate(self, to: placement, held)
    zapCPUMappings(held)
    return relocation
  }

  private func enter(_ relocation: Relocation, _ placement: Placement, _ held: borrowing Reservation.Held) {
    (ranges, backing, self.placement) = (relocation.ranges, relocation.backing, placement)
    moves += 1
  }

  /// Runs a function with the reservation held and no move or clear under way, which it sleeps for.
  func withSettledLock<Result>(_ body: (borrowing Reservation.Held) throws(BufferError) -> Result) throws(BufferError) -> Result {
    while true {
      // A fence ends in finite time.
      _ = try? reservation.wait(.kernel, nanoseconds: .max)
      let held = reservation.lock()
      if law.mayUse(isKernelWorkOver: reservation.isSignalled(.kernel)) { return try body(held) }
    }
  }
}
