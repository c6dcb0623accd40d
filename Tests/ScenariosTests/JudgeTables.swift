import Host
import Machine
import Memory
import PCI
import Primitives
import Rules
import TEE

/// The account against the bytes of page tables, caches and configuration space.
extension Judge {
  func compareTables(after what: String) {
    for d in account.devices.indices {
      comparePages(d, what)
      compareFunction(d, what)
    }
    for m in account.units.indices {
      let leaf = machine.module.secureEPT?.walk(machine.file.plan.privateUnits[m].base)
      expect("\(what): secure entry of unit \(m)", describe(leaf), describe(account.units[m].state))
    }
    for (m, line) in watchedLines.enumerated() where line != account.watched[m] { find("\(what): unit \(m) has another frame") }
    // The owner that the memory controller keeps of each line.
    for line in watchedLines.compactMap({ $0 }) {
      let state = machine.hardware.encryption.state(ofLineAt: HostPhysicalAddress(line)), believed = account.lines[line] ?? .init()
      if believed.isPoisoned || state.isPoisoned { continue }
      expect("\(what): the line at \(hexadecimal(line)) is the TD's", state.owner == machine.module.key, believed.isOwned)
    }
    // What a CPU has cached must be among what it may have cached.
    for entry in machine.hardware.tlb.entries where account.mayBeCached[entry.leaf.start.rawValue] != entry.leaf.target.rawValue {
      find("\(what): the TLB holds \(entry.leaf.start) -> \(entry.leaf.target), which should be gone")
    }
  }

  private func comparePages(_ d: Int, _ what: String) {
    let plan = machine.file.plan
    for (p, page) in account.devices[d].pages.enumerated() {
      let address = plan.page(UInt8(d), UInt8(p))
      let leaf = machine.module.secureEPT?.walk(address)
      expect("\(what): secure entry of page \(p) of device \(d)", describe(leaf), describe(page.entry.state))
      if let leaf, leaf.target != machine.hardware.page(UInt8(d), UInt8(page.entry.frame)) {
        find("\(what): the secure entry of page \(p) leads to \(leaf.target)")
      }
      let shared = machine.kvm.sharedEPT?.walk(plan.shared(address))
      expect("\(what): shared entry of page \(p) of device \(d)", shared != nil, page.isShared)
      if let shared, shared.target != machine.hardware.page(UInt8(d), UInt8(p)) { find("\(what): page \(p) is shared at \(shared.target)") }
    }
  }

  private func compareFunction(_ d: Int, _ what: String) {
    let it = account.devices[d], function = machine.hardware.functions[d]
    if !it.isInReset {
      expect("\(what): COMMAND.MEM of device \(d)", function.registers.command.contains(.memorySpace), it.memory)
      expect("\(what): COMMAND.BME of device \(d)", function.registers.command.contains(.busMaster), it.busMaster)
      expect("\(what): D3hot of device \(d)", function.registers.powerState == .d3hot, it.isAsleep)
    }
    expect("\(what): a window of device \(d)", machine.hardware.map.target(of: machine.hardware.page(UInt8(d), 0)) != .nothing, it.answers)
    expect("\(what): secrets of device \(d)", function.engine.read(CopyEnginePage.secrets.offset, width: 8), it.secret)
    let context = machine.hardware.iommu.trustedContext(of: machine.id(UInt8(d)))?.state.rawValue ?? "free"
    expect("\(what): trusted context of device \(d)", context, it.context.name)
    let tag = TranslationContext.device(machine.id(UInt8(d)), trusted: true)
    let starts = Set(machine.hardware.iommu.cache.entries.filter { $0.context == tag }.map(\.leaf.start.rawValue))
    let units = machine.file.plan.privateUnits.indices.filter { starts.contains(machine.file.plan.privateUnits[$0].base.rawValue) }
    expect("\(what): units of device \(d) in the IOTLB", Set(units), it.cachedUnits)
    let holdsContext = machine.hardware.iommu.holdsContext(of: machine.id(UInt8(d)), trusted: true)
    expect("\(what): the context of device \(d) in the IOMMU's cache", holdsContext, it.contextIsCached)
  }

  private func describe(_ leaf: Leaf<GuestPhysicalAddress>?) -> String {
    leaf.map { $0.attributes.isAccessible ? "open" : "closed" } ?? "none"
  }
  private func describe(_ state: JudgeAccount.Entry.State) -> String {
    switch state {
    case .free: "none"
    case .mapped: "open"
    case .pending, .blocked, .pendingBlocked: "closed"
    }
  }
  private func expect<V: Equatable>(_ what: String, _ seen: V, _ believed: V) {
    if seen != believed { find("\(what) is \(seen), the judge believes \(believed)") }
  }

  /// The host's CPU tries every page and every unit.
  func lookAround(after what: String) {
    look = .nowhere
    defer { look = .around }
    for d in machine.devices {
      for p in 0..<machine.book.bounds.pages where findings.isEmpty { perform(.hostTouchesPage(device: d, page: p)) }
    }
    for m in machine.file.plan.privateUnits.indices where findings.isEmpty { perform(.hostReads(unit: UInt8(m))) }
    if !findings.isEmpty { find("while looking around after \(what)") }
  }
}
