extension Buffer {
  /// Moves the buffer to another place, bytes and all.
  ///
  /// Everybody who has it mapped is told and lets go; then nothing is under way any longer; then the bytes are moved. Importers map again
  /// when they need it. All of this under the reservation, so that nobody sees the buffer half way.
  ///
  /// - Threads: any, without a reservation. Sleeps until the work on the buffer is over.
  /// - Throws: `.pinned` with the names of who holds it; `.revoked`; `.late` if an importer of a movable buffer did not let go at once;
  ///   `.busy` after `timeout`; what the exporter says. The buffer stays where it is then, and can be mapped there.
  public func move(to placement: Placement, timeout: Int64 = 1_000_000_000) throws(BufferError) {
    LockOrder.mustHoldNoReservation("move")
    let held = reservation.lock()
    guard case .live = life else { throw error(.revoked, "not to be moved: \(life)") }
    guard pins == 0 else { throw error(.pinned, "it is pinned", holders: pinHolders(held)) }
    // Only who agreed to be moved may be.
    let fixed = attachments.filter { $0.agreement.lifetime != .movable && $0.isMapped }
    guard fixed.isEmpty else { throw error(.pinned, "it is mapped in a class that does not move", holders: fixed.map(\.importer.name)) }
    guard self.placement != placement else { return }
    for i in attachments.indices where attachments[i].state == .mapped { attachments[i].tell(.moves(to: placement), held) }
    do throws(BufferError) {
      try relocate(to: placement, timeout, held)
    } catch {
      // It stays: whoever did not let go is right again.
      for record in attachments { record.untell(held) }
      throw error
    }
  }

  private func relocate(to placement: Placement, _ timeout: Int64, _ held: borrowing Reservation.Held) throws(BufferError) {
    guard let answer = try? reservation.wait(.bookkeep, nanoseconds: timeout), answer > 0 else {
      throw error(.busy, "work on it is not over", holders: reservation.unsignalled(.bookkeep).map(\.description))
    }
    let late = attachments.filter(\.isMapped).map(\.importer.name)
    guard late.isEmpty else { throw error(.late, "it was not let go of", holders: late) }
    zapCPUMappings(held)
    ranges = try exporter.relocate(self, to: placement, held)
    self.placement = placement
    moves += 1
  }
}
