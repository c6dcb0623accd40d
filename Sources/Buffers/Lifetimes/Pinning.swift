import Sharing

extension Buffer {
  /// Keeps the buffer where it is until `unpin`: for a movable attachment that needs rest for a while, as a display does.
  /// - Throws: `.revoked`, `.otherReservation`.
  public func pin(_ record: AttachmentRecord, _ held: borrowing Reservation.Held) throws(BufferError) {
    guard held.isLock(of: reservation), record.buffer === self else { throw error(.otherReservation, "the lock is not this buffer's") }
    if let why = law.refusalToPin(life, record.state.stage) { throw error(why) }
    record.pins += 1
    pins += 1
  }

  /// Takes back one pin of this attachment; nothing where there was none.
  public func unpin(_ record: AttachmentRecord, _ held: borrowing Reservation.Held) {
    guard held.isLock(of: reservation), record.buffer === self, law.refusalToUnpin(pins: record.pins) == nil else { return }
    record.pins -= 1
    pins -= 1
  }

  /// Who keeps it from changing, by name, in the order in which they came.
  func pinHolders(_ held: borrowing Reservation.Held) -> [String] {
    attachments.filter { $0.pins > 0 || $0.agreement.lifetime == .pinned }.map(\.importer.name) + Array(repeating: "cpu", count: longCPUMappings)
  }
}
