import Host
import Machine
import Memory
import PCI
import Primitives
import Rules
import TEE

/// Harm that a call does to what was under way, and harm that stands: in page tables, in the host's own objects, in what was left.
extension Judge {
  private static let endings: Set<String> = ["vfio.close", "vfio.memory-off", "vfio.power-d3hot", "vfio.reset-begin"]

  /// A call, with the account as it was before it.
  func sightCall(_ event: Event, _ d: Int, _ before: JudgeAccount, _ host: HostBefore, _ result: JudgeAccount.Result) {
    let it = before.devices[d], name = event.call
    let isAsItStood = ["vfio.memory-off": !it.memory, "vfio.power-d3hot": it.isAsleep, "vfio.bus-master-off": !it.busMaster][name] ?? false
    if Self.endings.contains(name), !isAsItStood {
      let isLocked = it.tdi.state == .locked || it.tdi.state == .run
      if isLocked, hasUsablePage(d) { sight(.mappingOutlivesInterface, event, "\(name) ends device \(d), and the guest still reaches it privately") }
      if before.access?.device == d { sight(.accessToDisabledFunction, event, "\(name) meets an access to device \(d)") }
    }
    let losesDMA =
      Self.endings.contains(name) || ["vfio.bus-master-off", "vfio.open"].contains(name) || (name == "TDH.IDE.STREAM.BLOCK" && result == .done)
    let isDropped = losesDMA && !isAsItStood && it.transfer == .trusted || (name == "TDH.MMIO.UNMAP" && result == .done)
    if isDropped, it.tdi.state == .run, machine.book.parameters.strictDMA, !before.misbehaves {
      sight(.dmaLost, event, "device \(d) runs, and \(name) drops what it has under way")
    }
    // From an answered LOCK on the device rejects T=0 at its TEE pages, and from a restore on nobody waits for importers any more.
    let isLocked = name == "tdisp.relay" && it.tdi.state == .unlocked && account.devices[d].tdi.state == .locked
    if machine.book.cast != .untrustedHost, isLocked, isReachedUnprotected(d) {
      sight(.importerTooLate, event, "device \(d) is locked, and somebody reaches it as before")
    }
    if name == "buffer.restore", host.isRevoked[d], machine.vfio.buffers[d]?.isRevoked == false,
      before.told.contains(where: { before.using.contains($0) && importedDevice($0) == d })
    {
      sight(.importerTooLate, event, "the buffer of device \(d) is given back while an importer that was told is still at work")
    }
    let lives = before.life == .runnable || before.life == .building
    if lives, account.life == .dead, !account.isFatal, !before.misbehaves { sight(.vmLost, event, "\(name) fails, and its VM is given up") }
    for harm in account.wrongs { sight(harm, event, name) }
    account.wrongs = []
  }

  private func secureLeaf(_ d: Int, _ p: Int) -> Leaf<GuestPhysicalAddress>? {
    machine.module.secureEPT?.walk(machine.file.plan.page(UInt8(d), UInt8(p)))
  }

  private func isInTLB(_ d: Int, _ p: Int) -> Bool {
    var tlb = machine.hardware.tlb
    return account.life == .runnable && tlb.lookUp(machine.file.plan.page(UInt8(d), UInt8(p)), in: .vm(KVM.vm)) != nil
  }

  /// An importer, or the guest through KVM's entries and the TLB, at a TEE page.
  private func isReachedUnprotected(_ d: Int) -> Bool {
    if machine.importers.indices.contains(where: { isMapped($0) && importedDevice($0) == d }) { return true }
    return account.devices[d].pages.indices.contains { p in
      let address = machine.file.plan.shared(machine.file.plan.page(UInt8(d), UInt8(p)))
      var tlb = machine.hardware.tlb
      return isTEE(d, p) && (machine.kvm.sharedEPT?.walk(address) != nil || tlb.lookUp(address, in: .vm(KVM.vm)) != nil)
    }
  }

  private func hasUsablePage(_ d: Int) -> Bool {
    account.devices[d].pages.indices.contains { secureLeaf(d, $0)?.attributes.isAccessible == true || isCachedForUse(d, $0) }
  }

  /// A vCPU that is outside while an epoch passes flushes when it enters: what it holds it never uses.
  private func isCachedForUse(_ d: Int, _ p: Int) -> Bool {
    isInTLB(d, p) && (account.isInside || account.sampledEpoch == account.epoch)
  }

  /// - Parameter isOver: no task is at work any more. The judge knows tasks by the locks that they hold, and one that gave up in the
  ///   middle holds its locks for ever: whoever knows says so.
  func sightState(_ event: Event, isOver: Bool = false) {
    // What the firmware keeps of a TD that it found fatal goes with the TD.
    let isFatal = account.isFatal && account.life != .released
    for d in account.devices.indices {
      if !isFatal { sightSecureEPT(d, event) }
      if machine.book.cast != .untrustedHost { sightHost(d, event, isFatal: isFatal, isOver: isOver) }
    }
    for i in account.using where !isOnBus(importedDevice(i)) {
      sight(.importerTooLate, event, "importer \(i) is at work on device \(importedDevice(i)), which does not answer")
    }
    for i in machine.importers.indices where isMapped(i) && !isOnBus(importedDevice(i)) {
      sight(.accessToDisabledFunction, event, "importer \(i) maps device \(importedDevice(i)), which does not answer")
    }
  }

  private func sightSecureEPT(_ d: Int, _ event: Event) {
    let it = account.devices[d]
    var targets: Set<HostPhysicalAddress> = []
    for p in it.pages.indices {
      guard let leaf = secureLeaf(d, p) else { continue }
      let isOpen = leaf.attributes.isAccessible
      if !it.hasObject, isOpen || isCachedForUse(d, p) { sight(.mappingOutlivesInterface, event, "page \(p) of device \(d) is mapped for nobody") }
      if !it.hasObject, !isOpen { sight(.booksContradict, event, "page \(p) of device \(d) has an entry and no interface") }
      if isOpen, leaf.target != machine.hardware.page(UInt8(d), UInt8(p)) {
        sight(.wrongPage, event, "page \(p) of device \(d) leads to \(leaf.target)")
      }
      if !targets.insert(leaf.target).inserted { sight(.pageMappedTwice, event, "\(leaf.target) has two entries") }
    }
    // An entry that the TD never accepted is the host's own litter.
    let hasContext = it.context.isAccepted && machine.hardware.iommu.trustedContext(of: machine.id(UInt8(d))) != nil
    if hasContext, !it.hasObject { sight(.booksContradict, event, "device \(d) has trusted DMA and no interface") }
  }

  /// Slots, buffers, mirrors and identifiers, and the references that keep them.
  private func sightHost(_ d: Int, _ event: Event, isFatal: Bool, isOver: Bool) {
    let it = account.devices[d], plan = machine.file.plan, pages = it.pages.indices.map { plan.page(UInt8(d), UInt8($0)) }
    let buffer = machine.vfio.buffers[d], hasSlot = machine.kvm.slots[d] != nil, isHostMapped = machine.vfio.hostMappings[d]
    let hasVIOMMU = machine.iommufd.viommus[d] != nil, hasVDevice = machine.iommufd.vdevices[d] != nil
    let isShared = pages.contains { machine.kvm.sharedEPT?.walk(plan.shared($0)) != nil }
    let contradictions = [
      ("its VM was given back before its interface was free", it.wasPutTooEarly && it.hasObject && !isFatal),
      ("bound without a VM or a vDEVICE", it.isBound && (!it.holdsVM || !hasVDevice)), ("a vDEVICE without its vIOMMU", hasVDevice && !hasVIOMMU),
      ("a slot without a VM or a buffer", hasSlot && (!it.holdsVM || buffer == nil)),
      ("mapped by the VMM, and bound or behind a slot", isHostMapped && (hasSlot || it.isBound)),
      ("shared pages without a slot", isShared && !hasSlot),
    ]
    for (what, isSo) in contradictions where isSo { sight(.booksContradict, event, "device \(d): \(what)") }
    if isHostMapped, !isOnBus(d) { sight(.accessToDisabledFunction, event, "the VMM maps device \(d), which is not on the bus") }
    if it.hasLostReference { sight(.leftBehind, event, "device \(d) holds its VM twice, and will let go once") }
    guard account.isAtRest(d) || isOver else { return }
    let isConnected = it.session == .connected && it.stream == .ready
    // Who drops the lock of the conversation has still its end before him.
    if isOver, !isConnected, it.session != .none || it.stream != .absent, !account.misbehaves {
      sight(.leftBehind, event, "device \(d) is half connected: session \(it.session), stream \(it.stream)")
    }
    if isOver, !it.hasObject, it.tdi.state != .unlocked, !account.misbehaves {
      sight(.leftBehind, event, "device \(d) is \(it.tdi.state), and the firmware has no object for it")
    }
    if buffer?.isRevoked == true, isHostMapped { sight(.entryOutlivesRevocation, event, "the VMM still maps the revoked buffer of device \(d)") }
    if it.isOpen {
      let isBack = isOnBus(d) || machine.hardware.functions[d].isInReset
      let mayRun = account.life == .runnable && account.vmmIsAlive && machine.book.cast == .behaved
      if hasSlot, machine.kvm.isPrivate[d], !it.isBound, mayRun {
        sight(.staysPrivate, event, "the slot over device \(d) is private for nobody")
      }
      if buffer?.isRevoked == true, isBack { sight(.staysRevoked, event, "the buffer of device \(d), which answers, is revoked") }
      // Of a VM that has ended the mirror goes at once, and the entries with its teardown. Who unbinds without locks looks idle.
      let lives = (account.life == .runnable || account.life == .building) && !account.isFatal
      for p in pages.indices where lives && !takesLocksAway && (machine.kvm.mirror?.walk(pages[p]) != nil) != (secureLeaf(d, p) != nil) {
        sight(.booksContradict, event, "KVM's mirror of page \(p) of device \(d) is not what the secure EPT says")
      }
      return
    }
    let isMirrored = pages.contains { machine.kvm.mirror?.walk($0) != nil }
    let isImported = machine.importers.indices.contains { importedDevice($0) == d && isMapped($0) }
    let hasFirmware = !isFatal && (it.hasObject || it.context != .free || it.pages.indices.contains { secureLeaf(d, $0) != nil })
    let left = [
      ("bound", it.isBound), ("a reference on the VM", it.holdsVM), ("vIOMMU", hasVIOMMU), ("vDEVICE", hasVDevice), ("buffer", buffer != nil),
      ("the VMM's mapping", isHostMapped), ("shared entries", isShared), ("mirror entries", isMirrored), ("importers' mappings", isImported),
      ("the firmware's entries", hasFirmware), ("decoding", it.memory), ("bus mastering", it.busMaster),
      ("a reset", machine.hardware.functions[d].isInReset),
    ]
    for (what, isThere) in left where isThere { sight(.leftBehind, event, "device \(d) is closed, and not gone: \(what)") }
  }
}
