import Host
import Memory
import PCI
import Primitives
import Rules
import TEE

/// A step with what it is performed on, whoever asked for it.
struct StepCall: Hashable, Sendable {
  let step: Step, device: UInt8, cursor: UInt8
}

/// The effect of an accepted action, by the role that owns it.
extension Machine {
  func perform(
    _ action: Action, _ pending: StepCall?, _ effect: Effect, _ detail: Detail, _ outcome: Outcome
  ) throws(MemoryError) -> Observation {
    var seen = Observation()
    switch action {
    case .advance:
      if let pending { try perform(pending, effect) }
    case .call(let step, let d, let p):
      try perform(StepCall(step: step, device: d, cursor: p), effect)
    case .enterVCPU: module.enter(effect)
    case .acceptMMIO(let d, let p): try module.acceptMMIO(d, p, effect)
    case .acceptDMA(let d): module.acceptDMA(d, effect)
    case .acceptMemory(let m): try module.acceptPage(m, effect)
    case .mapWrongPage(let d, let p, _): try module.mapMMIO(d, p, effect)
    case .collect(let d):
      if effect.before[guestRequest: d] == .reportProcessed, let report = module.reports[Int(d)] {
        seen.bytes = report
        seen.add("report", "\(report.count) bytes")
      }
      if effect.before[guestRequest: d] == .errorProcessed, effect.before[evidence: d] == .asked, evidenceSource == .session {
        evidence = .refused("the device gave no report")
      } else {
        seen.add("evidence", evidenceWord(of: d))
      }
    case .validate(let d), .validateOther(let d), .checkEvidence(let d): seen.add("evidence", evidenceWord(of: d))
    // The nonce of the lock that the TD has seen goes into its START. TDX module, TDG.DEVIF.REQUEST.
    case .askStart(let d): module.sessions[Int(d)].startNonce = module.sessions[Int(d)].lockNonce
    case .streamInsecure(let d): followStream(d, effect)
    case .mapByHost(let d): vfio.mapByHost(d, effect)
    case .addFlawedSlot(let d, let flaw):
      seen.add("flaw", flaw.name)
      try kvm.perform(.addSlot, device: d, cursor: 0, effect)
    case .cycleBusMaster(let d): vfio.cycleBusMaster(d)
    case .setInterrupts(let d): vfio.setInterrupts(d)
    case .spoilMailbox(let d): DOEDriver(hardware).goWithoutObject(d)
    case .beginAccess(let d, let p, let secure): access(d, p, secure: secure, isRefused: false, detail, &seen)
    case .guestReads(let m): try guestReads(m, effect, detail, &seen)
    case .guestWrites(let m): try guestWrites(m, detail, &seen)
    case .hostReads(let m): try hostReads(m, detail, &seen)
    case .hostWrites(let m): try hostWrites(m, detail, &seen)
    case .peerTouches(let m): peerTouches(m, isRefused: false, &seen)
    case .hostTouchesPage(let d, let p): touch(d, p, .hostCPU, isRefused: false, &seen)
    case .peerTouchesPage(let d, let p): touch(d, p, .device(peer(of: d), trusted: false, stream: nil), isRefused: false, &seen)
    case .finishTrustedDMA(let d, let m): finishTrusted(d, m, outcome, &seen)
    case .finishSharedDMA(let d), .sendShared(let d): finishShared(d, &seen)
    case .map(let i): if effect.changed(.importerState, Int(i)) { try importers[Int(i)]?.map() }
    case .unmap(let i): if effect.changed(.importerState, Int(i)) { try importers[Int(i)]?.unmap() }
    case .use(let i): use(i, &seen)
    case .crashVMM: vfio.dropHostMappings(effect)
    case .request, .failStep, .misbehave, .askReport, .endAccess, .startDMA, .attach, .attachPinned, .finish, .detach, .foreignBind:
      break
    }
    return seen
  }

  /// A step of the host: every role looks at it, and the one that it concerns acts. The order matters where frames change hands.
  private func perform(_ pending: StepCall, _ effect: Effect) throws(MemoryError) {
    let (step, d, p) = (pending.step, pending.device, pending.cursor)
    if step == .rootReclaim { try iommufd.perform(step, device: d, effect, sharedFrames: kvm.sharedFrames) }
    try kvm.perform(step, device: d, cursor: p, effect)
    try module.perform(step, device: d, cursor: p, effect)
    if step != .rootReclaim { try iommufd.perform(step, device: d, effect, sharedFrames: kvm.sharedFrames) }
    try vfio.perform(step, device: d, effect)
    if step == .relay { security.answer(d, effect, handsOver: evidenceSource == .handedOver) }
    converse(step, d, effect)
    if step == .pageRemove, effect.changed(.memoryEntry, Int(p)) { pokes[Int(p)] = [] }
  }
}
