import Sharing
import Synchronization

/// What a buffer remembers of one attachment. Importers get it in `letGo` and `restored`; everybody else has an `Attachment`.
///
/// Everything that changes is guarded by the buffer's reservation.
public final class AttachmentRecord: @unchecked Sendable {
  public let buffer: Buffer
  public let importer: any Importer
  public let agreement: Agreement
  public let since: MonotonicTime
  /// A number of the importer's own: which of its slots, regions or mappings this is (`importer_priv`).
  public let tag: Int

  /// Where the attachment stands.
  public enum State: Hashable, Sendable {
    case attached
    case mapped
    /// Mapped still, and told to let go.
    case told(Notice)
    case detached

    /// As the rules see it, to whom it does not matter why somebody was told.
    @inline(__always) var stage: AttachmentStage {
      switch self {
      case .attached: .attached
      case .mapped: .mapped
      case .told: .told
      case .detached: .detached
      }
    }
  }
  public private(set) var state = State.attached
  /// Its place in the buffer's list.
  var index = -1
  /// The number of the mapping that it has, or had last: another one is an earlier mapping's.
  private(set) var mapping: UInt64 = 0
  /// Pins beyond those of its class.
  var pins = 0

  init(_ buffer: Buffer, _ importer: any Importer, _ agreement: Agreement, tag: Int, since: MonotonicTime) {
    (self.buffer, self.importer, self.agreement, self.tag, self.since) = (buffer, importer, agreement, tag, since)
  }

  public var isMapped: Bool { state.stage.isMapped }

  /// Makes the memory the importer's to use, until it unmaps.
  ///
  /// An importer of a movable buffer then waits for `KERNEL` fences itself before it touches the memory.
  /// - Throws: `.revoked`, `.wrongState` if it is mapped, `.otherReservation`.
  @inline(__always) public func map(_ held: borrowing Reservation.Held) throws(BufferError) -> RangeList {
    guard held.isLock(of: buffer.reservation) else { throw buffer.error(.otherReservation, "the lock is not this buffer's") }
    if let why = law.refusalToMap(buffer.life, state.stage) { throw buffer.error(why, holders: [importer.name]) }
    state = .mapped
    mapping &+= 1
    buffer.mappings.increment()
    return buffer.ranges
  }

  /// Lets go. Unmapping what is not mapped does nothing: a `letGo` may have been quicker.
  @inline(__always) public func unmap(_ held: borrowing Reservation.Held) {
    guard held.isLock(of: buffer.reservation), isMapped else { return }
    state = .attached
    buffer.mappings.decrement()
  }

  func tell(_ notice: Notice, _ held: borrowing Reservation.Held) {
    guard case .mapped = state else { return }
    state = .told(notice)
    importer.letGo(self, notice, held)
  }

  /// The revocation was given up: it never came.
  func untell(_ held: borrowing Reservation.Held) { if case .told = state { state = .mapped } }

  func end(_ held: borrowing Reservation.Held) {
    unmap(held)
    state = .detached
  }
}
