import Sharing

/// What an exporter does about importers that do not let go in time. It is stated before, and not found out then.
public enum LatePolicy: Hashable, Sendable {
  /// Names them and waits on: the memory is never touched while somebody may use it.
  case keepWaiting
  /// Names them and goes on with the memory kept aside: the buffer is revoked, and its memory is used for nothing until they are gone.
  case withhold
  /// Names them and takes access from them: their next access reaches nobody.
  case cut
  /// Names them and gives up: the buffer is live again. Where somebody else asked for it for good in the meantime, it is `withhold`.
  case giveUp
}

/// How long importers have, and what comes then.
public struct RevocationPolicy: Sendable {
  /// Nanoseconds for both waits together.
  public var deadline: UInt64
  public var late: LatePolicy
  /// Called with the names of who is late, once, without any lock.
  public var report: (@Sendable (_ buffer: String, _ late: [String]) -> Void)?

  public init(
    deadline: UInt64 = 1_000_000_000, late: LatePolicy = .keepWaiting, report: (@Sendable (String, [String]) -> Void)? = nil
  ) {
    (self.deadline, self.late, self.report) = (deadline, late, report)
  }
}

/// How a revocation ended.
public struct RevocationReport: Hashable, Sendable {
  public enum Outcome: Hashable, Sendable {
    /// Nobody uses the memory.
    case clean
    /// Somebody may use it still: it is not to be used for anything else before `settle`.
    case withheld
    /// Access was taken from who was late.
    case cut
    /// Somebody else's revocation is still at it, and this one's deadline has passed.
    case underWay
  }
  public var outcome: Outcome
  /// Importers that were told.
  public var told: Int
  /// Who was late, by name: importers, and timelines of work.
  public var late: [String]

  public init(outcome: Outcome, told: Int, late: [String]) { (self.outcome, self.told, self.late) = (outcome, told, late) }
}

extension RevocationReport.Outcome {
  /// What a revocation before came to.
  init(_ custody: MemoryCustody) {
    self =
      switch custody {
      case .lent, .takenAway: .clean
      case .withheld: .withheld
      case .cut: .cut
      }
  }
}

extension Buffer {
  /// Takes the buffer back.
  ///
  /// 1. Under the reservation: nobody gets a new mapping, everybody who is mapped is told.
  /// 2. The first wait, still under it: all fences, `BOOKKEEP` included. What was under way ends.
  /// 3. The second wait, without it: every mapping is gone.
  /// 4. The exporter takes the memory away.
  ///
  /// Who asks for one while another is under way waits for that, and begins anew if it was given up; one after another comes to what that came
  /// to. Either makes it permanent, if asked to.
  ///
  /// - Threads: any, without a reservation; a device's memory lock may be held. Sleeps.
  /// - Throws: `.pinned` with the names of who holds it; `.late` and `.busy` where the policy is to give up. The buffer is live then.
  @discardableResult
  public func revoke(
    _ permanence: Permanence = .restorable, _ policy: RevocationPolicy = RevocationPolicy()
  ) throws(BufferError) -> RevocationReport {
    LockOrder.mustHoldNoReservation("revoke")
    let end = MonotonicTime.now.advanced(by: policy.deadline)
    while true {
      let held = reservation.lock()
      switch law.revocation(of: life, permanence, pins: pins) {
      case .begin: return try carryOut(permanence, policy, until: end, held)
      case .becomesPermanent(let now): life = now
      case .nothing: break
      case .refused(let why): throw error(why, holders: pinHolders(held))
      }
      guard life.isRevoking else { return RevocationReport(outcome: RevocationReport.Outcome(custody), told: 0, late: []) }
      held.unlock()
      guard Parking.wait(at: self, until: end, while: { isBeingRevoked.load(ordering: .acquiring) }) else {
        return RevocationReport(outcome: .underWay, told: 0, late: reservation.withLock { held in lateImporters(held) })
      }
    }
  }

  private func carryOut(
    _ permanence: Permanence, _ policy: RevocationPolicy, until end: MonotonicTime, _ held: consuming Reservation.Held
  ) throws(BufferError) -> RevocationReport {
    var report = RevocationReport(outcome: .clean, told: 0, late: [])
    life = .revoking(permanence)
    isBeingRevoked.store(true, ordering: .releasing)
    defer {
      isBeingRevoked.store(false, ordering: .releasing)
      Parking.wake(at: self)
    }
    tellAll(.revoked(permanence, by: end), held, &report)
    report.late = lateWork(until: end)
    held.unlock()
    zapCPUMappings()
    if !mappings.waitForNone(until: end) { report.late += reservation.withLock { held in lateImporters(held) } }
    while report.late.isEmpty {
      if reservation.withLock({ held in takeAway(held) }) { return report }
      // Who let go in the meantime left work behind: the update of its page tables, say.
      report.late = lateWork(until: end)
    }
    policy.report?(label, report.late)
    switch policy.late {
    case .keepWaiting:
      repeat {
        _ = try? reservation.wait(.bookkeep, nanoseconds: .max)
        _ = mappings.waitForNone(until: .never)
      } while !reservation.withLock({ held in takeAway(held) })
    case .withhold:
      report.outcome = .withheld
      reservation.withLock { held in enter(.withheld) }
    case .cut:
      report.outcome = .cut
      reservation.withLock { held in
        enter(.cut)
        cache.close()
        exporter.cut(self, held)
      }
    case .giveUp:
      if let gaveUp = reservation.withLock({ held in giveUp(permanence, report.late, held) }) { throw gaveUp }
      report.outcome = .withheld
    }
    return report
  }

  private func tellAll(_ notice: Notice, _ held: borrowing Reservation.Held, _ report: inout RevocationReport) {
    // An importer may not attach or detach in here, as it would need the lock: the list stays as it is.
    for i in attachments.indices where attachments[i].state == .mapped {
      report.told += 1
      attachments[i].tell(notice, held)
    }
  }

  /// The first wait. Timelines that were not done in time, by name.
  private func lateWork(until end: MonotonicTime) -> [String] {
    if reservation.isSignalled(.bookkeep) { return [] }
    let left = Int64(clamping: end.since(.now))
    guard let answer = try? reservation.wait(.bookkeep, nanoseconds: left), answer > 0 else {
      return reservation.unsignalled(.bookkeep).map { $0.origin.map { "\($0.driver) \($0.timeline)" } ?? "fence \($0)" }
    }
    return []
  }

  private func lateImporters(_ held: borrowing Reservation.Held) -> [String] {
    attachments.filter { if case .told = $0.state { true } else { false } }.map(\.importer.name)
  }

  /// - Returns: nil where that may not be, and the memory is withheld.
  private func giveUp(_ asked: Permanence, _ names: [String], _ held: borrowing Reservation.Held) -> BufferError? {
    guard law.refusalToGiveUp(life, asked: asked) == nil else {
      enter(.withheld)
      return nil
    }
    for record in attachments { record.untell(held) }
    life = .live
    return error(mappings.count > 0 ? .late : .busy, "it was not let go of in time", holders: names)
  }

  private func enter(_ custody: MemoryCustody) { (life, self.custody) = (life.ended, custody) }

  /// The exporter takes the memory away, where the rule lets it.
  private func takeAway(_ held: borrowing Reservation.Held) -> Bool {
    let isWorkOver = reservation.isSignalled(.bookkeep)
    guard law.refusalToTakeAway(custody, isWorkOver: isWorkOver, mappings: mappings.count) == nil else { return false }
    enter(.takenAway)
    cache.takeFromOthers()
    exporter.takeAway(self, held)
    return true
  }

  /// Waits for who was late in a revocation: when it returns true, the exporter has taken away what was withheld, and nobody uses what was cut.
  /// - Returns: false if somebody still uses it at the deadline, or the buffer is not revoked.
  public func settle(until deadline: MonotonicTime = .never) -> Bool {
    let left = deadline == .never ? Int64.max : Int64(clamping: deadline.since(.now))
    guard let answer = try? reservation.wait(.bookkeep, nanoseconds: left), answer > 0, mappings.waitForNone(until: deadline) else { return false }
    return reservation.withLock { held in
      guard life.isRevoked else { return false }
      return custody == .withheld ? takeAway(held) : true
    }
  }

  /// Takes a revocation back: mapping works again, and after that everybody who is attached is told.
  ///
  /// What was mapped before stays gone; who wants the buffer maps it again.
  /// - Throws: `.revoked` if it was permanent or is not over; `.late` and `.busy` while somebody uses it still; `.unsupported` by the exporter. It stays revoked then.
  public func restore() throws(BufferError) {
    LockOrder.mustHoldNoReservation("restore")
    let waiting = try reservation.withLock { (held) throws(BufferError) -> [AttachmentRecord] in
      if life == .live { return [] }
      let isWorkOver = reservation.isSignalled(.bookkeep)
      if let why = law.refusalToRestore(life, isWorkOver: isWorkOver, mappings: mappings.count) {
        throw error(why, holders: why == .restoreLetGo ? lateImporters(held) : [])
      }
      guard backing?.isClosed != true else { throw error(.unsupported, "its memory was closed, and does not come back") }
      try exporter.bringBack(self, held)
      (life, custody) = (.live, .lent)
      return attachments
    }
    for record in waiting { record.importer.restored(record) }
  }
}
