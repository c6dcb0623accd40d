import Sharing

/// What a guard's refusal is called in this room's errors.
extension SharingGuard {
  var code: BufferError.Code {
    switch self {
    case .attachLifetime: .refused
    case .attachLive, .mapLive, .frameLive, .pinLive, .restoreRestorable, .moveLive: .revoked
    case .mapOnce, .frameMapped, .pinAttached, .pinHeld, .takeAwayOnce: .wrongState
    case .frameReservation: .otherReservation
    case .revokeUnpinned, .moveUnpinned, .moveClass: .pinned
    case .takeAwayLetGo, .restoreLetGo, .moveLetGo, .giveUpAsked: .late
    case .useSettled, .takeAwayWorkOver, .restoreWorkOver, .moveWorkOver: .busy
    case .lockOnce, .lockYounger, .lockSlowlyEmptyHanded, .addReserved, .signalOnce, .errorBeforeSignal: .wrongState
    }
  }

  var reason: String {
    switch self {
    case .attachLive, .mapLive, .frameLive, .pinLive, .moveLive: "it is revoked, or is being revoked"
    case .attachLifetime: "no lifetime class is borne by both"
    case .mapOnce: "the attachment is mapped, or over"
    case .frameMapped: "the attachment is not mapped, or was told to let go"
    case .pinAttached: "the attachment is over"
    case .takeAwayOnce: "its exporter has it already"
    case .giveUpAsked: "somebody asked for it for good"
    case .pinHeld: "the attachment has no pin"
    case .frameReservation: "the lock is not this buffer's"
    case .revokeUnpinned, .moveUnpinned: "it is pinned"
    case .moveClass: "it is mapped in a class that does not move"
    case .restoreRestorable: "it does not come back: it is gone, or not revoked yet"
    case .takeAwayLetGo, .restoreLetGo: "old mappings are not gone"
    case .moveLetGo: "it was not let go of"
    case .useSettled: "its bytes are on their way"
    case .takeAwayWorkOver, .restoreWorkOver, .moveWorkOver: "work on it is not over"
    case .lockOnce, .lockYounger, .lockSlowlyEmptyHanded, .addReserved, .signalOnce, .errorBeforeSignal: id
    }
  }
}

extension Buffer {
  func error(_ why: SharingGuard, holders: [String] = []) -> BufferError { error(why.code, why.reason, holders: holders) }
}

extension ReservationError {
  init(_ why: SharingGuard) {
    self =
      switch why {
      case .lockOnce: .already
      case .lockYounger: .deadlock
      case .addReserved: .notReserved
      default: .holdsOthers
      }
  }
}
