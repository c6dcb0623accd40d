import Sharing

/// What an exporter does about importers that do not let go in time. It is stated before, and not found out then.
public enum LatePolicy: Hashable, Sendable {
  /// Names them and waits on: the memory is never touched while somebody may use it.
  case keepWaiting
  /// Names them and goes on with the memory kept aside: the buffer is revoked, and its memory is used for nothing until they are gone.
  case withhold
  /// Names them and takes access from them: their next access reaches nobody.
  case cut
  /// Names them and gives up: the buffer is live again.
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
  }
  public var outcome: Outcome
  /// Importers that were told.
  public var told: Int
  /// Who was late, by name: importers, and timelines of work.
  public var late: [String]

  public init(outcome: Outcome, told: Int, late: [String]) { (self.outcome, self.told, self.late) = (outcome, told, late) }
}

extension Buffer {
  /// Takes the buffer back.
  ///
  /// 1. Under the reservation: nobody gets a new mapping, everybody who is mapped is told.
  /// 2. The first wait, still under it: all fences, `BOOKKEEP` included. What was under way ends.
  /// 3. The second wait, without it: every mapping is gone.
  /// 4. The exporter takes the memory away.
  ///
  /// A revocation while another is under way, or after it, does nothing more than make it permanent if asked to.
  ///
  /// - Threads: any, without a reservation; a device's memory lock may be held. Sleeps.
  /// - Throws: `.pinned` with the names of who holds it; `.late` and `.busy` where the policy is to give up. The buffer is live then.
  @discardableResult
  public func revoke(
    _ permanence: Permanence = .restorable, _ policy: RevocationPolicy = RevocationPolicy()
  ) throws(BufferError) -> RevocationReport {
    LockOrder.mustHoldNoReservation("revoke")
    let end = MonotonicTime.now.advanced(by: policy.deadline)
    var report = RevocationReport(outcome: .clean, told: 0, late: [])
    let held = reservation.lock()
    switch law.revocation(of: life, permanence, pins: pins) {
    case .begin: life = .revoking(permanence)
    case .becomesPermanent(let now):
      life = now
      return report
    case .nothing: return report
    case .refused(let why): throw error(why, holders: pinHolders(held))
    }
    tellAll(.revoked(permanence, by: end), held, &report)

    report.late = lateWork(until: end)
    if !report.late.isEmpty, policy.late == .giveUp { throw giveUp(.busy, report.late, held) }
    held.unlock()
    zapCPUMappings()

    if mappings.waitForNone(until: end) {
      // Who let go in the meantime may have left work behind: the update of its page tables, say.
      if report.late.isEmpty { report.late = lateWork(until: end) }
    } else {
      report.late += reservation.withLock { held in lateImporters(held) }
    }
    if !report.late.isEmpty {
      policy.report?(label, report.late)
      switch policy.late {
      case .keepWaiting: break
      case .withhold: report.outcome = .withheld
      case .cut: report.outcome = .cut
      case .giveUp: throw reservation.withLock { held in giveUp(mappings.count > 0 ? .late : .busy, report.late, held) }
      }
    }
    finishRevocation(report.outcome)
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

  private func giveUp(_ code: BufferError.Code, _ names: [String], _ held: borrowing Reservation.Held) -> BufferError {
    for record in attachments { record.untell(held) }
    life = .live
    return error(code, "it was not let go of in time", holders: names)
  }

  private func finishRevocation(_ outcome: RevocationReport.Outcome) {
    // The rule is asked with the lock in hand; who lets go late may still have left work behind.
    while !reservation.withLock({ held in finish(outcome, held) }) {
      _ = try? reservation.wait(.bookkeep, nanoseconds: .max)
      _ = mappings.waitForNone(until: .never)
    }
  }

  /// - Returns: false if it is too early.
  private func finish(_ outcome: RevocationReport.Outcome, _ held: borrowing Reservation.Held) -> Bool {
    switch outcome {
    case .clean: return takeAway(held)
    case .withheld: life = life.ended
    case .cut:
      life = life.ended
      cache.close()
      exporter.cut(self, held)
    }
    return true
  }

  /// The exporter takes the memory away, where the rule lets it.
  private func takeAway(_ held: borrowing Reservation.Held) -> Bool {
    let isWorkOver = reservation.isSignalled(.bookkeep)
    guard law.refusalToTakeAway(isWorkOver: isWorkOver, mappings: mappings.count) == nil else { return false }
    life = life.ended
    cache.takeFromOthers()
    exporter.takeAway(self, held)
    return true
  }

  /// Waits for what a revocation withheld: when it returns true, the exporter has taken the memory away.
  /// - Returns: false if somebody still uses it at the deadline, or the buffer is not revoked.
  public func settle(until deadline: MonotonicTime = .never) -> Bool {
    let left = deadline == .never ? Int64.max : Int64(clamping: deadline.since(.now))
    guard let answer = try? reservation.wait(.bookkeep, nanoseconds: left), answer > 0, mappings.waitForNone(until: deadline) else { return false }
    return reservation.withLock { held in
      return life.isRevoked && takeAway(held)
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
      try exporter.bringBack(self, held)
      life = .live
      return attachments
    }
    for record in waiting { record.importer.restored(record) }
  }
}
