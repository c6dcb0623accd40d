import Documents
import Rules

extension ProcedureFile {
  /// Reactions to what never comes: a `busy` of a step that is never told to wait, an `error` of one that is never refused. They do
  /// nothing, and whoever wrote them expects something of them.
  public var uselessReactions: [DocumentError] {
    steps.flatMap { step -> [DocumentError] in
      var found: [DocumentError] = []
      if step.busy.policy != .wait, !step.step.mayBeBusy {
        found.append(
          DocumentError(.contradiction, at: step.position, "`busy` does nothing: \(quoted(step.step.id)) is never busy", expected: "no `busy`"))
      }
      if step.error.policy != step.step.entry.onError, step.step.isFlow {
        found.append(
          DocumentError(
            .contradiction, at: step.position, "`error` does nothing: \(quoted(step.step.id)) is never refused for good", expected: "no `error`"))
      }
      return found
    }
  }
}

extension Step {
  /// Whether a guard that is busy (`Guard.isBusy`) is asked when it is performed: the same attempt may succeed later.
  public var mayBeBusy: Bool {
    switch self {
    case .lockDeviceSet, .lockTSM, .lockMemory, .lockReservation, .waitForFences, .waitForMappings, .deleteSlot, .flushShared, .kick, .memTrack,
      .requestLock, .requestStop, .requestState, .requestForGuest, .invalidateIOTLB, .dmarRemove:
      true
    default: false
    }
  }
}
