import Rules

/// Neighbouring actions of one actor: they look at much the same of a world.
struct ActionRun {
  enum Actor: Hashable {
    case task(UInt8), chance, caller, guest, importer(UInt8), bystander
  }

  let actor: Actor
  /// Indices into the list of actions.
  private(set) var actions: Range<Int>

  /// The more actions are in a run the more worlds look different to it, and the fewer look-ups a state costs.
  private static let most = 12

  /// Both halves of a run; one action cannot be halved.
  var halves: [ActionRun]? {
    guard actions.count > 1 else { return nil }
    let middle = actions.lowerBound + actions.count / 2
    return [ActionRun(actor: actor, actions: actions.lowerBound..<middle), ActionRun(actor: actor, actions: middle..<actions.upperBound)]
  }

  /// All actions, in their order, cut into runs.
  static func all(_ actions: [Action]) -> [ActionRun] {
    var list: [ActionRun] = []
    for (i, action) in actions.enumerated() {
      if let last = list.indices.last, list[last].actor == action.actor, list[last].actions.count < most || action.isRequest {
        list[last].actions = list[last].actions.lowerBound..<i + 1
      } else {
        list.append(ActionRun(actor: action.actor, actions: i..<i + 1))
      }
    }
    return list
  }
}

extension Action {
  fileprivate var actor: ActionRun.Actor {
    switch self {
    case .advance(let task): .task(task)
    case .failStep: .chance
    case .request, .crashVMM, .misbehave, .call, .mapByHost, .addFlawedSlot, .mapWrongPage, .cycleBusMaster, .setInterrupts, .spoilMailbox:
      .caller
    case .attach(let i), .attachPinned(let i), .map(let i), .use(let i), .finish(let i), .unmap(let i), .detach(let i): .importer(i)
    case .hostTouchesPage, .peerTouchesPage, .hostReads, .hostWrites, .peerTouches, .foreignBind, .sendShared, .streamInsecure: .bystander
    case .enterVCPU, .validate, .validateOther, .askReport, .askStart, .collect, .checkEvidence, .acceptMMIO, .acceptDMA, .beginAccess, .endAccess,
      .acceptMemory, .guestReads, .guestWrites, .startDMA, .finishTrustedDMA, .finishSharedDMA:
      .guest
    }
  }
}
