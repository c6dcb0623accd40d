import Sharing

/// What the models of buffers are asked, in one sentence each.
public enum BufferProperty: String, CaseIterable, Hashable, Sendable {
  case takenAwayUnreachable = "nobody can reach memory that was taken away"
  case pinnedUndisturbed = "who pinned it is not told to let go"
  case oldNotUsedAfterRestore = "nothing of before is left when a buffer is back"
  case goneForGood = "what was taken for good does not come back"
  case nothingKept = "nothing is kept for a buffer that is gone"
  case everyRevocationEnds = "every revocation ends"
  case withheldEnds = "what was withheld is taken away at last"
  case lockOrder = "locks are taken in their order"
  case earlierFrame = "no importer uses a frame of an earlier place"
  case emptyPlace = "no importer uses a place before the bytes are there"
  case everyMoveEnds = "every move ends"
  case oneHolder = "a lock has one holder"
  case somebodyGetsOn = "somebody can always get on"
  case everybodyGetsAll = "everybody gets all locks at some time", secondGetsAll = "so does party 1", thirdGetsAll = "so does party 2"
  case sawStaysTrue = "what a waiter saw stays true"
  case callbackOnce = "the callback is called once"
  case callbackCalled = "who is signalled had the callback called"
  case everyFenceSignalled = "every fence is signalled"

  public var sentence: String { rawValue }
  /// The sentence as one word, as verdicts and lists have it.
  public var name: String { rawValue.split(separator: " ").joined(separator: "-") }
}

extension BufferModel {
  /// What it is asked; besides, what it is to reach.
  public var properties: [BufferProperty] {
    switch self {
    case .bufferRevoke:
      [
        .takenAwayUnreachable, .pinnedUndisturbed, .oldNotUsedAfterRestore, .goneForGood, .nothingKept, .lockOrder,
        .everyRevocationEnds, .withheldEnds,
      ]
    case .bufferMove: [.earlierFrame, .emptyPlace, .pinnedUndisturbed, .lockOrder, .everyMoveEnds]
    case .reservationTickets: [.oneHolder, .lockOrder, .somebodyGetsOn, .everybodyGetsAll, .secondGetsAll, .thirdGetsAll]
    case .fenceLifetime: [.sawStaysTrue, .callbackOnce, .callbackCalled, .everyFenceSignalled]
    }
  }

  /// The guards that a model asks and misses; the others are missed by the table in the tests of `Sharing`.
  public var guards: [SharingGuard] {
    switch self {
    case .bufferRevoke:
      [
        .attachLifetime, .mapLive, .pinLive, .revokeUnpinned, .takeAwayWorkOver, .takeAwayLetGo, .giveUpAsked, .restoreRestorable, .restoreLetGo,
        .restoreWorkOver,
      ]
    case .bufferMove: [.frameReservation, .useSettled, .moveUnpinned, .moveLetGo, .moveWorkOver]
    case .reservationTickets: [.lockOnce, .lockYounger, .lockSlowlyEmptyHanded]
    case .fenceLifetime: [.signalOnce, .errorBeforeSignal]
    }
  }

  /// The property that breaks without a guard.
  public static func property(missing guardName: SharingGuard) -> BufferProperty? {
    switch guardName {
    case .attachLifetime: .withheldEnds
    case .mapLive: .everyRevocationEnds
    case .pinLive, .revokeUnpinned, .moveUnpinned: .pinnedUndisturbed
    case .takeAwayWorkOver, .takeAwayLetGo: .takenAwayUnreachable
    case .restoreRestorable, .giveUpAsked: .goneForGood
    case .restoreLetGo, .restoreWorkOver: .oldNotUsedAfterRestore
    case .frameReservation, .moveLetGo, .moveWorkOver: .earlierFrame
    case .useSettled: .emptyPlace
    case .lockOnce, .lockYounger, .lockSlowlyEmptyHanded: .somebodyGetsOn
    case .signalOnce: .callbackOnce
    case .errorBeforeSignal: .sawStaysTrue
    case .attachLive, .mapOnce, .frameLive, .frameMapped, .pinAttached, .pinHeld, .takeAwayOnce, .moveLive, .moveClass, .addReserved: nil
    }
  }
}
