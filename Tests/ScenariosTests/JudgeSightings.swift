import Host
import Machine
import Memory
import PCI
import Primitives
import Rules
import TEE

/// Harm that an access does, seen from what stood in tables and caches before it, and from where it was translated to and what
/// came. That the account would have had it refused changes nothing: a byte that moved has moved.
extension Judge {
  /// What an access is about to go through.
  struct Glance {
    /// A cache answers, with what no table holds any more.
    var isStale = false
    /// No cache answers, and the device's context was never agreed to.
    var isForeign = false
    /// The buffer behind the page is revoked, and nobody is at work on it.
    var isRevoked = false
    var answers = true, holdsPrivate = false
  }

  func importedDevice(_ i: Int) -> Int { i % account.devices.count }
  func isMapped(_ i: Int) -> Bool { machine.importers[i]?.table.walk(BufferImporter.base) != nil }
  /// By the bus itself: somebody has a window where the page lies.
  func isOnBus(_ d: Int) -> Bool { machine.hardware.map.target(of: machine.hardware.page(UInt8(d), 0)) != .nothing }
  /// The buffer is revoked, and nobody is in the middle of it.
  private func isRevoked(_ d: Int) -> Bool { machine.vfio.buffers[d]?.isRevoked == true && !account.isReserved(d) }
  /// Something private is in the device: as the account has it, or because bytes are there that should be gone.
  private func holdsPrivate(_ d: Int) -> Bool {
    let it = account.devices[d]
    return it.holdsPrivate || machine.hardware.functions[d].engine.read(CopyEnginePage.secrets.offset, width: 8) != it.secret
  }

  func glance(before action: Action) -> Glance {
    var glance = Glance()
    switch action {
    case .beginAccess(let d, let p, let secure):
      let plan = machine.file.plan, page = plan.page(d, p), address = secure ? page : plan.shared(page)
      var tlb = machine.hardware.tlb
      glance.answers = isOnBus(Int(d))
      glance.isRevoked = !secure && isRevoked(Int(d))
      guard let cached = tlb.lookUp(address, in: .vm(KVM.vm)) else { break }
      let table = secure ? machine.module.secureEPT : machine.kvm.sharedEPT
      let isAnew = secure && account.devices[Int(d)].pages[Int(p)].entry.state == .pending
      glance.isStale = isGone(cached.target, table?.walk(address), isAnew: isAnew)
      // Between a zap and its flush the vCPU may still use what it has: both are done in one hold of the reservation.
      if !secure, account.isReserved(Int(d)) { glance.isStale = false }
    case .guestReads(let m):
      var tlb = machine.hardware.tlb
      let base = machine.file.plan.privateUnits[Int(m)].base
      guard let cached = tlb.lookUp(base, in: .vm(KVM.vm)) else { break }
      glance.isStale = isGone(cached.target, machine.module.secureEPT?.walk(base), isAnew: account.units[Int(m)].state == .pending)
    case .finishTrustedDMA(let d, let m):
      let tag = TranslationContext.device(machine.id(d), trusted: true), base = machine.file.plan.privateUnits[Int(m)].base
      let cached = machine.hardware.iommu.cache.entries.filter { $0.context == tag }
      let context = account.devices[Int(d)].context
      // A context that was agreed to stays in the IOMMU's cache when it is blocked, with or without a unit that was reached under it.
      glance.isForeign = cached.isEmpty && !account.devices[Int(d)].contextIsCached && context != .present
      if let leaf = cached.first(where: { $0.leaf.start.rawValue == base.rawValue })?.leaf {
        let hasContext = context != .free && machine.hardware.iommu.trustedContext(of: machine.id(d)) != nil
        glance.isStale = !hasContext || isGone(leaf.target, machine.module.secureEPT?.walk(base), isAnew: false)
      }
    case .sendShared(let d), .finishSharedDMA(let d):
      let it = account.devices[Int(d)]
      (glance.answers, glance.holdsPrivate) = (it.busMaster && !it.isAsleep && !it.isInReset, holdsPrivate(Int(d)))
    case .hostTouchesPage(let d, _), .peerTouchesPage(let d, _): glance.holdsPrivate = holdsPrivate(Int(d))
    case .use(let i): glance.isRevoked = isRevoked(importedDevice(Int(i)))
    default: break
    }
    return glance
  }

  /// What a cache holds stands in no table any more. A leaf that is closed is still there: until the epoch is over hardware may
  /// use what it has of it, unless it was made anew meanwhile.
  private func isGone(_ cached: HostPhysicalAddress, _ leaf: Leaf<GuestPhysicalAddress>?, isAnew: Bool) -> Bool {
    guard let leaf, leaf.target == cached else { return true }
    return !leaf.attributes.isAccessible && isAnew
  }

  func sight(_ action: Action, _ seen: Attempt, _ glance: Glance) {
    let event = seen.event
    let wasTranslated = event.accesses.contains { if case .physical = $0.result { true } else { false } }
    let brought = seen.values.contains { $0 != .max }
    let place = event.object ?? ""
    switch action {
    case .beginAccess(let d, _, let secure):
      guard wasTranslated else { return }
      let it = account.devices[Int(d)]
      if glance.isStale { sight(.staleTranslation, event, "\(event.call) at \(place) through what only the TLB holds") }
      if glance.isRevoked { sight(.entryOutlivesRevocation, event, "\(event.call) at \(place) of a revoked buffer") }
      if !glance.answers { sight(.accessToDisabledFunction, event, "\(event.call) at \(place), where nobody answers") }
      let isHeard = secure && glance.answers && brought && (it.tdi.state != .run || it.isInsecure)
      if isHeard { sight(.byteLeaked, event, "\(event.call) at \(place) is heard by an interface that does not run") }
    case .guestReads:
      if wasTranslated, glance.isStale { sight(.staleTranslation, event, "\(place) through what only the TLB holds") }
    case .finishTrustedDMA(let d, _):
      if wasTranslated, glance.isStale { sight(.staleTranslation, event, "\(place) through what only the IOTLB holds") }
      if wasTranslated, glance.isForeign { sight(.byteLeaked, event, "device \(d) reads \(place), and nobody accepted its DMA") }
      let runs = account.devices[Int(d)].tdi.state == .run && !account.misbehaves
      let isFault = event.accesses.contains { if case .fault = $0.result { true } else { false } }
      if runs, isFault, machine.book.parameters.strictDMA { sight(.dmaLost, event, "device \(d) runs, and its transfer is dropped") }
    case .use(let i):
      if !seen.values.isEmpty, glance.isRevoked { sight(.entryOutlivesRevocation, event, "importer \(i) begins to use a revoked buffer") }
    case .sendShared(let d), .finishSharedDMA(let d):
      guard wasTranslated else { return }
      if glance.holdsPrivate { sight(.byteLeaked, event, "device \(d) sends T=0 with private bytes inside") }
      if !glance.answers { sight(.accessToDisabledFunction, event, "device \(d) sends and must not") }
    case .hostTouchesPage(let d, let p), .peerTouchesPage(let d, let p):
      if brought, glance.holdsPrivate, isTEE(Int(d), Int(p)) { sight(.byteLeaked, event, "\(event.call) of TEE memory at \(place)") }
    case .hostReads(let m), .peerTouches(let m):
      let isOwned = watchedLines[Int(m)].flatMap { account.lines[$0] }?.isOwned == true
      if isOwned, seen.bytes.contains(where: { $0 != 0 }) { sight(.byteLeaked, event, "\(event.call) of \(place)") }
    default: break
    }
  }

  /// A running device's own transfer that nobody will finish.
  func sightLostDMA(of d: Int, _ event: Event) {
    let it = account.devices[d]
    guard machine.book.parameters.strictDMA, !account.misbehaves, it.transfer == .trusted, it.tdi.state == .run else { return }
    sight(.dmaLost, event, "device \(d) runs, and \(event.call) drops its transfer")
  }
}
