import Host
import Machine
import Memory
import PCI
import Primitives
import Rules
import TEE

/// What an event does to the account. Which step a task performed is the event's name; what came of it is the judge's own finding.
extension Judge {
  /// TDX Connect: of these calls the host's KVM takes any refusal but "busy" for its own defect, and gives the VM up.
  private static let mustNotFail: Set<String> = [
    "TDH.DEVIF.REMOVE", "TDH.MMIOMT.REMOVE", "TDH.MMIO.BLOCK", "TDH.MMIO.UNMAP", "TDH.MEM.TRACK", "TDH.DMAR.BLOCK", "TDH.DMAR.REMOVE",
    "TDH.IQINV.REQ(PASIDTE)", "TDH.IQINV.REQ(IOTLB)", "TDH.IQINV.PROC", "TDH.MEM.RANGE.BLOCK", "TDH.MEM.PAGE.REMOVE",
  ]

  func perform(_ action: Action, _ event: Event, _ before: HostBefore) {
    switch action {
    case .advance(let task): step(event, task: Int(task), frame: nil, before, isProcedure: true)
    case .call: step(event, task: 0, frame: nil, before, isProcedure: false)
    case .mapWrongPage(_, _, let frame): step(event, task: 0, frame: Int(frame), before, isProcedure: false)
    case .crashVMM where account.vmmIsAlive:
      account.vmmIsAlive = false
      account.endVM(isFatal: false)
    case .streamInsecure(let d) where account.devices[Int(d)].stream != .absent && !account.devices[Int(d)].isInsecure:
      sightLostDMA(of: Int(d), event)
      account.devices[Int(d)].isInsecure = true
      account.devices[Int(d)].change()
    case .enterVCPU:
      guard !account.isInside, account.life == .runnable, account.vmmIsAlive else { return }
      if account.sampledEpoch != account.epoch { account.mayBeCached = [:] }
      (account.isInside, account.sampledEpoch) = (true, account.epoch)
    case .misbehave: account.misbehaves = true
    case .cycleBusMaster(let d) where account.vmmIsAlive && account.devices[Int(d)].busMaster:
      sightLostDMA(of: Int(d), event)
      account.devices[Int(d)].change()
    // Message Control is tracked with the table that it is for. PCIe 6.0 table 11-2.
    case .setInterrupts(let d) where account.vmmIsAlive && machine.file.parameters.locksMessages:
      guard [JudgedInterface.State.locked, .run].contains(account.devices[Int(d)].tdi.state) else { return }
      sightLostDMA(of: Int(d), event)
      account.devices[Int(d)].change()
    case .endAccess: account.access = nil
    case .finish(let i): account.using.remove(Int(i))
    case .unmap(let i): if !isMapped(Int(i)) { account.told.remove(Int(i)) }
    default: guest(action, before)
    }
  }

  /// A step of a procedure, or a call made directly: name and place are the event's.
  private func step(_ event: Event, task: Int, frame: Int?, _ before: HostBefore, isProcedure: Bool) {
    let place = event.object.flatMap { places[$0] } ?? (0, 0, 0)
    let (d, plan) = (place.device, machine.file.plan)
    var host = HostView(before: before, lines: watchedLines)
    host.hasSlot = machine.kvm.slots[d] != nil
    host.isRevoked = machine.vfio.buffers[d]?.isRevoked ?? true
    host.pageIsPrivate = machine.kvm.isPrivate[d] && isTEE(d, place.page)
    host.sharedAddresses = account.devices[d].pages.indices.map { plan.shared(plan.page(UInt8(d), UInt8($0))).rawValue }
    host.hasVDevice = machine.iommufd.vdevices[d] != nil
    host.isHostMapped = machine.vfio.hostMappings[d]
    host.mappedImporters = machine.importers.indices.filter { isMapped($0) && importedDevice($0) == d }
    let old = account
    let result = account.call(event.call, d, place.page, place.unit, task: task, frame: frame, host: host)
    if isProcedure, result == .error, Self.mustNotFail.contains(event.call), !forgiven.contains(event.call) { account.endVM(isFatal: false) }
    sightCall(event, d, old, before, result)
  }

  /// The guest's calls into the module.
  private func guest(_ action: Action, _ before: HostBefore) {
    guard account.guestRuns else { return }
    switch action {
    case .acceptMemory(let m):
      guard account.units[Int(m)].state == .pending, let line = watchedLines[Int(m)] else { return }
      account.units[Int(m)].state = .mapped
      account.lines[line] = .init(isOwned: true)
    case .validate(let d), .askReport(let d), .askStart(let d), .collect(let d), .checkEvidence(let d), .acceptDMA(let d), .acceptMMIO(let d, _):
      var it = account.devices[Int(d)]
      defer { account.devices[Int(d)] = it }
      switch action {
      case .validate: if it.hasObject, it.recorded == .locked, !it.isValid { (it.isValid, it.evidence) = (true, .none) }
      case .askReport:
        guard it.hasObject, it.isValid, !it.isTalkOfGuest, it.asked == nil, it.waiting == nil, it.recorded == .locked, it.evidence == .none
        else { return }
        (it.asked, it.evidence) = (.init(message: .report), .asked)
      case .askStart:
        guard it.hasObject, it.isValid, !it.isTalkOfGuest, it.asked == nil, it.waiting == nil, it.recorded == .locked, it.looksChecked,
          it.context == .present
        else { return }
        it.asked = .init(message: .start)
      case .collect:
        // What it did not ask for since it validated is not for it.
        guard it.isValid, let talk = it.waiting, it.evidence != .none else { return }
        it.waiting = nil
        if talk.isError {
          if it.evidence == .asked { it.evidence = .none }
        } else if talk.message == .report {
          it.evidence = it.evidence == .asked ? .collected : .ofAnotherLock
        } else {
          it.recorded = .run
        }
      case .checkEvidence: if it.evidence == .collected { it.evidence = .checked }
      case .acceptDMA:
        if it.looksChecked, it.context == .pending, it.isValid, it.recorded == .locked { it.context = .present }
      case .acceptMMIO(_, let p):
        let entry = it.pages[Int(p)].entry
        if it.looksChecked, entry.state == .pending, entry.frame == Int(p) { it.pages[Int(p)].entry.state = .mapped }
      default: break
      }
    default: break
    }
  }
}
