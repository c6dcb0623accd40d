import Modelling
import Restriction

/// What must hold. Each looks at ghosts and beliefs, and never asks a guard of the books whether all is well.
extension HeapSteps {
  @ModelBuilder var properties: [ModelBuilder.Part] {
    let f = fields
    if asked.contains(.clearByteReachable) {
      Property.always(HeapProperty.clearByteReachable.sentence) { state in (0..<pages).allSatisfy { isOutOfReach($0, state) } }
    }
    if asked.contains(.twoOwners) { Property.always(HeapProperty.twoOwners.sentence) { state in (0..<pages).allSatisfy { hasOneOwner($0, state) } } }
    if asked.contains(.unscrubbedHandedOut) { Property.always(HeapProperty.unscrubbedHandedOut.sentence) { !$0[f.dirtyHandOut] } }
    if asked.contains(.unknownCookieObeyed) { Property.always(HeapProperty.unknownCookieObeyed.sentence) { !$0[f.strangerServed] } }
    Property.sometimes("a loan holds a clear frame") { state in
      (0..<pages).contains { state[f.kernelLent, $0] != 0 && state[f.content, $0] == .video }
    }
    Property.sometimes("both uses have clear bytes at once") { state in
      state[f.content].contains(.video) && state[f.content].contains(.payment)
    }
    Property.sometimes("the kernel has everything back that it ever lent, and the carve-out") { state in
      state[f.isWindingDown] && (0..<pages).allSatisfy { state[f.kernelOwns, $0] }
    }
  }

  @ModelBuilder var promise: [ModelBuilder.Part] {
    let f = fields
    Property.leadsTo(
      HeapProperty.lendNotReclaimed.sentence, from: { state in state[f.isWindingDown] && state[f.kernelLent].contains { $0 != 0 } },
      to: { state in state[f.kernelLent].allSatisfy { $0 == 0 } })
  }

  /// Clear bytes, and every master that is not meant to see them.
  private func isOutOfReach(_ page: Int, _ state: State) -> Bool {
    let content = state[fields.content, page]
    guard content == .video || content == .payment else { return true }
    let world = world(state)
    return HeapWorld.masters.indices.allSatisfy { master in
      HeapWorld.isEntitled(master, to: content) || !world.decide(.read, page: page, by: MasterIndex(UInt8(master))).isAccepted
    }
  }

  /// The kernel, a loan, clients and the books, each with its own idea of whose a page is.
  private func hasOneOwner(_ page: Int, _ state: State) -> Bool {
    let recorded = state[fields.recorded, page].state, hands = state[fields.hands, page]
    let isKernels = recorded == .ordinary || recorded == .registered
    let loans = (0..<2).count { state[fields.loanStage, $0] != .none && state[fields.loanPage, $0] == page }
    var isHandedOut = false
    if case .handedOut = recorded { isHandedOut = true }
    guard isBooted(state) else { return true }
    return state[fields.kernelOwns, page] == isKernels
      && loans == (state[fields.kernelLent, page] == 0 ? 0 : 1)
      && hands == (isHandedOut ? 1 : 0)
      && (!state[fields.mapped, page] || isHandedOut)
      && state[fields.sharedWithTA, page] == (recorded == .registered)
  }
}
