import Primitives
import Rules

/// What an action is called in a log: lane, peer, call, and the object in the platform's words.
public struct ActionName: Hashable, Sendable {
  public var actor: String, peer: String?, call: String, object: String?
  /// Locks, jumps and lines that are passed by.
  public var isBookkeeping = false

  init(_ actor: String, _ peer: String?, _ call: String, _ object: String? = nil) {
    (self.actor, self.peer, self.call, self.object) = (actor, peer, call, object)
  }
}

/// The names of one machine's parts, and with them of everything that can be attempted in it. A machine names its events with
/// this, and whoever reads a log without a machine names what the rules would have done.
public struct ActionNames: Hashable, Sendable {
  public struct Page: Hashable, Sendable {
    public var bar: Int, offset: UInt64
    public init(bar: Int, offset: UInt64) { (self.bar, self.offset) = (bar, offset) }
  }
  /// `0000:01:00.0`, in the order of their numbers.
  public let devices: [String]
  public let pages: [[Page]]
  /// Where the units of private guest memory begin.
  public let units: [GuestPhysicalAddress]
  /// Nil where a number has no importer.
  public let importers: [String?]

  public init(devices: [String], pages: [[Page]], units: [GuestPhysicalAddress], importers: [String?]) {
    (self.devices, self.pages, self.units, self.importers) = (devices, pages, units, importers)
  }

  /// `device`, or `device:0000:02:00.0` where there are several.
  public func lane(_ d: UInt8) -> String { devices.count > 1 ? "device:\(devices[Int(d)])" : "device" }
  public func importerLane(_ i: UInt8) -> String {
    guard let name = importers[Int(i)] else { return "importer:\(i)" }
    return importers.count > 1 ? "importer:\(name)" : "importer"
  }

  /// `0000:01:00.0/BAR0+0x1000`.
  public func text(page p: UInt8, of d: UInt8) -> String {
    let page = pages[Int(d)][Int(p)]
    return "\(devices[Int(d)])/BAR\(page.bar)+0x\(String(page.offset, radix: 16))"
  }
  public func text(unit m: UInt8) -> String { "gpa \(units[Int(m)])" }

  /// A device other than `d`: another one of the machine, or a card that nobody uses.
  func peer(of d: UInt8) -> String {
    devices.count > 1 ? devices[(Int(d) + 1) % devices.count] : RequesterID(rawValue: 0xFE00).description
  }

  /// What the action is called if it is attempted in this world: an advance is called what its task does next.
  public func name(of action: Action, in world: some Stage, _ book: Rulebook) -> ActionName {
    guard action.fits(book.bounds) else { return ActionName("host", nil, action.description) }
    func device(_ d: UInt8) -> String { devices[Int(d)] }
    func importer(_ i: UInt8, _ peer: String, _ call: String) -> ActionName {
      ActionName(importerLane(i), peer, call, "buffer \(i % book.bounds.devices)")
    }
    switch action {
    case .request(let procedure, let d, let p):
      let isOfPage = procedure == .faultShared || procedure == .faultPrivate
      let object = procedure == .createVM || procedure == .teardown ? nil : isOfPage ? text(page: p, of: d) : device(d)
      return ActionName(procedure.requester, procedure.requester == "guest" ? "kvm" : nil, procedure.id, object)
    case .advance(let task), .failStep(_, let task): return name(of: task, in: world, book)
    case .crashVMM: return ActionName("vmm", nil, "exit")
    case .misbehave: return ActionName("vmm", nil, "stops behaving")
    case .enterVCPU: return ActionName("kvm", "guest", "TDH.VP.ENTER")
    case .validate(let d), .validateOther(let d): return ActionName("guest-tsm", "firmware", "TDG.DEVIF.VALIDATE", device(d))
    case .askReport(let d): return ActionName("guest-tsm", "firmware", "TDG.DEVIF.REQUEST(REPORT)", device(d))
    case .askStart(let d): return ActionName("guest-tsm", "firmware", "TDG.DEVIF.REQUEST(START)", device(d))
    case .collect(let d): return ActionName("guest-tsm", "firmware", "TDG.DEVIF.RESPONSE", device(d))
    case .checkEvidence(let d): return ActionName("guest-tsm", nil, "policy.check", device(d))
    case .acceptMMIO(let d, let p): return ActionName("guest-tsm", "firmware", "TDG.MMIO.ACCEPT", text(page: p, of: d))
    case .acceptDMA(let d): return ActionName("guest-tsm", "firmware", "TDG.DMAR.ACCEPT", device(d))
    case .beginAccess(let d, let p, let secure):
      return ActionName("guest", lane(d), "MMIO T=\(secure ? 1 : 0)", text(page: p, of: d))
    case .endAccess: return ActionName("guest", nil, "MMIO complete")
    case .acceptMemory(let m): return ActionName("guest", "firmware", "TDG.MEM.PAGE.ACCEPT", text(unit: m))
    case .guestReads(let m): return ActionName("guest", nil, "memory read", text(unit: m))
    case .guestWrites(let m): return ActionName("guest", nil, "memory write", text(unit: m))
    case .startDMA(let d, let trusted): return ActionName(lane(d), nil, "DMA issue T=\(trusted ? 1 : 0)", device(d))
    case .finishTrustedDMA(let d, let m): return ActionName(lane(d), "guest", "DMA T=1", text(unit: m))
    case .finishSharedDMA(let d), .sendShared(let d): return ActionName(lane(d), "guest", "DMA T=0", device(d))
    case .attach(let i), .attachPinned(let i): return importer(i, "vfio", "dmabuf.attach")
    case .map(let i): return importer(i, "vfio", "dmabuf.map")
    case .use(let i): return importer(i, lane(i % book.bounds.devices), "P2P read T=0")
    case .finish(let i): return importer(i, "vfio", "fence signal")
    case .unmap(let i): return importer(i, "vfio", "dmabuf.unmap")
    case .detach(let i): return importer(i, "vfio", "dmabuf.detach")
    case .hostTouchesPage(let d, let p): return ActionName("host", lane(d), "MMIO touch T=0", text(page: p, of: d))
    case .peerTouchesPage(let d, let p): return ActionName("device:\(peer(of: d))", lane(d), "P2P touch T=0", text(page: p, of: d))
    case .hostReads(let m): return ActionName("host", "guest", "memory read", text(unit: m))
    case .hostWrites(let m): return ActionName("host", "guest", "memory write", text(unit: m))
    case .peerTouches(let m): return ActionName("device:\(peer(of: 0))", "guest", "DMA touch T=0", text(unit: m))
    case .call(let step, let d, let p):
      return ActionName(
        book.cast == .untrustedHost ? "host" : "vmm", step.entry.peer ?? step.entry.lane, step.id, object(of: step, d, p, book.bounds))
    case .mapByHost(let d): return ActionName("vmm", "vfio", "mmap", device(d))
    case .addFlawedSlot(let d, _): return ActionName("vmm", "kvm", Step.addSlot.id, "buffer of \(device(d))")
    case .cycleBusMaster(let d): return ActionName("vmm", "vfio", "bus master off and on", device(d))
    case .setInterrupts(let d): return ActionName("vmm", "vfio", "VFIO_DEVICE_SET_IRQS", device(d))
    case .spoilMailbox(let d): return ActionName("vmm", lane(d), "DOE GO, nothing written", device(d))
    case .foreignBind(let d): return ActionName("kvm", "firmware", "TDH.DEVIF.CREATE", device(d))
    case .mapWrongPage(let d, let p, _): return ActionName("kvm", "firmware", "TDH.MMIO.MAP", text(page: p, of: d))
    case .streamInsecure(let d): return ActionName(lane(d), nil, "IDE stream insecure", device(d))
    }
  }

  /// A step in the lane that its entry names; a line that is passed by is bookkeeping, as locks and jumps are.
  private func name(of task: UInt8, in world: some Stage, _ book: Rulebook) -> ActionName {
    guard let pending = world.pendingStep(of: task, book) else {
      let position = world[.taskPosition, Int(task)]
      guard position != 0 else { return ActionName("vfio", nil, "idle") }
      let line = book.playbook[position]
      var name = ActionName(line.step.entry.lane, nil, "pass \(line.step.id)")
      name.isBookkeeping = true
      return name
    }
    let entry = pending.step.entry
    var peer = entry.peer
    if peer == "device" { peer = lane(pending.device) }
    if peer == "importer" {
      let one = (0..<book.bounds.importers).filter { $0 % book.bounds.devices == pending.device && importers[Int($0)] != nil }
      peer = one.count == 1 ? importerLane(one[0]) : nil
    }
    var name = ActionName(entry.lane, peer, entry.id, object(of: pending.step, pending.device, pending.cursor, book.bounds))
    name.isBookkeeping = pending.step.code <= Step.unlockReservation.code && pending.step != .fail
    return name
  }

  private func object(of step: Step, _ d: UInt8, _ cursor: UInt8, _ bounds: Bounds) -> String? {
    switch step.entry.axis {
    case .page: cursor < bounds.pages ? text(page: cursor, of: d) : nil
    case .memory: cursor < bounds.memory ? text(unit: cursor) : nil
    case .device: devices[Int(d)]
    case .world, .task, .importer: nil
    }
  }
}
