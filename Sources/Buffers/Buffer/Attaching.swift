import Sharing

/// An attachment whose class the two sides chose.
public enum AnyAttachment<I: Importer>: ~Copyable, Sendable {
  case pinned(Attachment<I, Pinned>)
  case revocable(Attachment<I, Revocable>)
  case movable(Attachment<I, Movable>)
}

extension Buffer {
  /// Attaches an importer in the freest class that both sides bear.
  ///
  /// The two sides are compared, and the importer is entered where a revocation finds it, with the reservation held all the while: no
  /// revocation gets in between. Takes the reservation.
  /// - Throws: `.refused`; its cause is the first thing that did not meet.
  public func attach<I: Importer>(_ importer: I, tag: Int = 0) throws(BufferError) -> AnyAttachment<I> {
    let record = try register(importer, wanted: nil, tag)
    return switch record.agreement.lifetime {
    case .pinned: .pinned(Attachment(record))
    case .revocable: .revocable(Attachment(record))
    case .movable: .movable(Attachment(record))
    }
  }

  /// Attaches an importer in the class that it names.
  /// - Throws: `.refused`.
  @inline(__always) public func attach<I: Importer, Class: Lifetime>(
    _ importer: I, as class: Class.Type, tag: Int = 0
  ) throws(BufferError) -> Attachment<I, Class> {
    Attachment(try register(importer, wanted: Class.lifetime, tag))
  }

  func register(_ importer: some Importer, wanted: LifetimeClass?, _ tag: Int) throws(BufferError) -> AttachmentRecord {
    LockOrder.mustHoldNoReservation("attach")
    let path = terms.paths.count == 1 ? nil : importer.choose(among: terms.paths.filter(importer.terms.reaches))
    let since = MonotonicTime.now
    let held = reservation.lock()
    let agreed = importer.terms.agree(with: terms, over: ranges, life, wanted: wanted) { path ?? $0.first }
    let agreement: Agreement
    switch agreed {
    case .success(let both): agreement = both
    case .failure(let refusal):
      throw BufferError(.refused, "\(importer.name) cannot attach: \(refusal)", buffer: label, holders: [], cause: refusal)
    }
    let record = AttachmentRecord(self, importer, agreement, tag: tag, since: since)
    record.index = attachments.count
    attachments.append(record)
    if agreement.lifetime == .pinned { pins += 1 }
    retainHandle()
    held.unlock()
    return record
  }

  func detach(_ record: AttachmentRecord) {
    LockOrder.mustHoldNoReservation("detach")
    let held = reservation.lock()
    record.end(held)
    pins -= record.pins + (record.agreement.lifetime == .pinned ? 1 : 0)
    record.pins = 0
    let last = attachments.removeLast()
    if last !== record {
      attachments[record.index] = last
      last.index = record.index
    }
    held.unlock()
    releaseHandle()
  }
}
