import Host
import Memory
import PCI
import Primitives
import Rules
import TEE

/// What the bytes say, against what the rules say. The roles obey, so nothing should ever be found; a sentence here is a
/// defect of the machine or of a rule.
extension Machine {
  public func audit() -> [String] {
    var found = troubles
    for d in devices {
      auditFunction(d, &found)
      auditDMA(d, &found)
      auditSession(d, &found)
      for p in 0..<book.bounds.pages { auditPage(d, p, &found) }
    }
    for m in 0..<book.bounds.memory { auditUnit(m, &found) }
    auditBuffers(&found)
    return found
  }

  private func expect(_ what: String, _ bytes: Bool, _ rules: Bool, _ found: inout [String]) {
    if bytes != rules { found.append("\(what): bytes say \(bytes), rules say \(rules)") }
  }

  private func auditPage(_ d: UInt8, _ p: UInt8, _ found: inout [String]) {
    let place = text(page: p, of: d)
    let address = file.plan.page(d, p), entry = world[entry: d, p]
    let leaf = module.secureEPT?.walk(address)
    expect("secure EPT leaf of \(place)", leaf != nil, entry != .free, &found)
    if let leaf {
      expect("access through the secure EPT to \(place)", leaf.attributes.isAccessible, entry == .mmioMapped, &found)
      if leaf.target != hardware.page(d, world[frame: d, p]) { found.append("\(place) leads to \(leaf.target)") }
    }
    let shared = kvm.sharedEPT?.walk(file.plan.shared(address))
    expect("shared EPT leaf of \(place)", shared != nil, world[isShared: d, p], &found)
    if let shared, shared.target != hardware.page(d, p) { found.append("\(place) is shared at \(shared.target)") }
    expect("mirror of \(place)", kvm.mirror?.walk(address) != nil, world[mirror: d, p], &found)
    // After the VM's end nobody looks into its TLB any more, and rules and bytes forget at different times.
    guard tellsOfTLB else { return }
    expect("TLB, secure, of \(place)", isCached(address), world[tlb: d, p] == .secure, &found)
    expect("TLB, shared, of \(place)", isCached(file.plan.shared(address)), world[tlb: d, p] == .shared, &found)
  }

  /// Without the EPT's own guard rules let pass what no table leads to.
  private var tellsOfTLB: Bool { world.vmLife == .runnable && !book.law.isDropped(.accessTranslates) }

  private func isCached(_ address: GuestPhysicalAddress) -> Bool {
    var copy = hardware.tlb
    return copy.lookUp(address, in: .vm(KVM.vm)) != nil
  }

  private func auditUnit(_ m: UInt8, _ found: inout [String]) {
    let unit = file.plan.privateUnits[Int(m)], place = text(unit: m)
    let entry = world[memoryEntry: m], leaf = module.secureEPT?.walk(unit.base)
    expect("secure EPT leaf of \(place)", leaf != nil, entry != .free, &found)
    if let leaf {
      expect("access through the secure EPT to \(place)", leaf.attributes.isAccessible, entry == .mapped, &found)
      if leaf.size != unit.size { found.append("\(place) is mapped by \(leaf.size.bytes) bytes") }
    }
    if tellsOfTLB { expect("TLB of \(place)", isCached(unit.base), world[memoryTLB: m] == .secure, &found) }
    guard entry == .mapped || entry == .blocked, let frame = module.unitFrames[Int(m)], world.vmLife == .runnable else { return }
    let lost = pokes[Int(m)].contains { line in
      let state = hardware.encryption.state(ofLineAt: HostPhysicalAddress(frame.start.rawValue + line))
      return state.isPoisoned || state.owner != module.key
    }
    expect("a line of \(place) is not the guest's", lost, world.flag(.memoryIsPoisoned, m), &found)
  }

  private func auditFunction(_ d: UInt8, _ found: inout [String]) {
    let function = hardware.functions[Int(d)], place = id(d).description
    expect("reset of \(place)", function.isInReset, world.flag(.inReset, d), &found)
    if !function.isInReset {
      let command = function.registers.command
      expect("COMMAND.MEM of \(place)", command.contains(.memorySpace), world.flag(.memoryEnabled, d), &found)
      expect("COMMAND.BME of \(place)", command.contains(.busMaster), world.flag(.busMaster, d), &found)
      if function.registers.capabilities[.powerManagement] != nil {
        expect("D3hot of \(place)", function.registers.powerState == .d3hot, world[power: d] == .d3hot, &found)
        expect("decoding of \(place)", function.decodes, world.answers(d), &found)
      }
    }
    if let mailbox = function.registers.mailboxes.first {
      expect("error bit of the mailbox of \(place)", mailbox.hasError, world[answer: d] == .mailboxError, &found)
    }
    let isOnBus = hardware.map.target(of: hardware.page(d, 0)) != .nothing
    expect("window of \(place)", isOnBus, function.decodes, &found)
    expect(
      "IOAS of \(place)", hardware.iommu.sharedContext(of: id(d)) != nil, world.flag(.isOpen, d) && kvm.sharedEPT != nil, &found)
  }

  /// What the device has of session and stream; without all guards the rules go on where no device would.
  private func auditSession(_ d: UInt8, _ found: inout [String]) {
    guard evidenceSource == .session, book.law == Law() else { return }
    // A key whose answer is still out is the device's already, and not yet the rules'.
    let isInsecure = world[stream: d] == .absent || world.flag(.streamIsInsecure, d)
    guard isInsecure || world[stream: d] == .ready else { return }
    expect("stream of \(id(d)) protected by six keys of the session", isProtected(d), !isInsecure, &found)
  }

  private func auditDMA(_ d: UInt8, _ found: inout [String]) {
    guard !book.law.isDropped(.iommuTrusted) else { return }
    let place = id(d).description
    let state = hardware.iommu.trustedContext(of: id(d))?.state
    let expected: IOMMU.TrustedState? =
      switch world[dmar: d] {
      case .free: nil
      case .pending: .pending
      case .present: .present
      case .blocked, .pendingBlocked: .blocked
      }
    if state != expected {
      found.append("trusted context of \(place): \(state.map(\.rawValue) ?? "none"), rules say \(world[dmar: d])")
    }
    expect("cached context of \(place)", hardware.iommu.holdsContext(of: id(d), trusted: true), world.flag(.contextIsCached, d), &found)
    let cached = hardware.iommu.cache.entries.filter { $0.context == .device(id(d), trusted: true) }
    for (m, unit) in file.plan.privateUnits.enumerated() {
      let isCached = cached.contains { $0.leaf.start.rawValue == unit.base.rawValue }
      expect("IOTLB of \(place) for unit \(m)", isCached, world.isInIOTLB(d, UInt8(m)), &found)
    }
    let isQueued = module.queue.contains(.entry(device: d))
    expect("queued invalidation of \(place)", isQueued, world[dmarInvalidation: d] == .queued, &found)
  }

  private func auditBuffers(_ found: inout [String]) {
    expect("queued IOTLB invalidation", module.queue.contains(.everything), world.flag(.iotlbFlushIsQueued), &found)
    for d in devices {
      let buffer = vfio.buffers[Int(d)]
      expect("buffer \(d)", buffer != nil, world.flag(.bufferIsExported, d), &found)
      if let buffer { expect("revocation of buffer \(d)", buffer.isRevoked, world.flag(.bufferIsRevoked, d), &found) }
      expect("slot over buffer \(d)", kvm.slots[Int(d)] != nil, world.flag(.slot, d), &found)
      expect("attribute of the pages of device \(d)", kvm.isPrivate[Int(d)], world.flag(.slotIsPrivate, d), &found)
      expect("host mapping of buffer \(d)", vfio.hostMappings[Int(d)], world.flag(.hostMapping, d), &found)
      expect("vIOMMU of \(id(d))", iommufd.viommus[Int(d)] != nil, world.flag(.viommuExists, d), &found)
      expect("vDEVICE of \(id(d))", iommufd.vdevices[Int(d)] != nil, world[vdevice: d] == .present, &found)
    }
    for (i, importer) in importers.enumerated() {
      guard let importer else { continue }
      expect(
        "mapping of \(importer.name)", importer.table.walk(BufferImporter.base) != nil, world[importer: UInt8(i)] == .mapped, &found
      )
    }
  }
}
