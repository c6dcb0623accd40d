import Primitives
import Rules
import TEE

/// Who acts in which lane, under which name, on what.
extension Machine {
  /// `device`, or `device:0000:02:00.0` where there are several.
  public func lane(_ d: UInt8) -> String { book.bounds.devices > 1 ? "device:\(id(d))" : "device" }
  public func importerLane(_ i: UInt8) -> String {
    guard let importer = importers[Int(i)] else { return "importer:\(i)" }
    return book.bounds.importers > 1 ? "importer:\(importer.name)" : "importer"
  }

  func event(for action: Action, _ pending: StepCall?) -> Event {
    let name = name(of: action, pending)
    return Event(
      index: events.count, actor: name.actor, peer: name.peer, call: name.call, object: name.object, action: action.description,
      isBookkeeping: name.isBookkeeping)
  }

  /// `0000:01:00.0/BAR0+0x1000`.
  public func text(page p: UInt8, of d: UInt8) -> String {
    let page = hardware.functions[Int(d)].pages[Int(p)]
    return "\(id(d))/BAR\(page.bar)+0x\(String(page.offset, radix: 16))"
  }

  func text(unit m: UInt8) -> String { "gpa \(file.plan.privateUnits[Int(m)].base)" }

  /// A field's place by name.
  func place(of field: Field, _ index: Int) -> String {
    let pages = Int(book.bounds.pages)
    return switch field.axis {
    case .world: "\(field)"
    case .memory: "\(field)[\(text(unit: UInt8(index)))]"
    case .task: "\(field)[task \(index)]"
    case .importer: "\(field)[\(importers[index]?.name ?? String(index))]"
    case .device: "\(field)[\(id(UInt8(index)))]"
    case .page: "\(field)[\(id(UInt8(index / pages)))/\(index % pages)]"
    }
  }

  struct ActionName {
    var actor: String, peer: String?, call: String, object: String?
    var isBookkeeping = false
    init(_ actor: String, _ peer: String?, _ call: String, _ object: String? = nil) {
      (self.actor, self.peer, self.call, self.object) = (actor, peer, call, object)
    }
  }

  private func name(of action: Action, _ pending: StepCall?) -> ActionName {
    guard action.fits(book.bounds) else { return ActionName("host", nil, action.description) }
    func device(_ d: UInt8) -> String { id(d).description }
    func importer(_ i: UInt8, _ peer: String, _ call: String) -> ActionName {
      ActionName(importerLane(i), peer, call, "buffer \(i % book.bounds.devices)")
    }
    switch action {
    case .request(let procedure, let d, let p):
      let isOfPage = procedure == .faultShared || procedure == .faultPrivate
      let object = procedure == .createVM || procedure == .teardown ? nil : isOfPage ? text(page: p, of: d) : device(d)
      return ActionName(procedure.requester, procedure.requester == "guest" ? "kvm" : nil, procedure.id, object)
    case .advance(let task): return name(of: pending, task)
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
      let pending = StepCall(step: step, device: d, cursor: p)
      return ActionName(
        book.cast == .untrustedHost ? "host" : "vmm", step.entry.peer ?? step.entry.lane, step.id, object(of: pending))
    case .mapByHost(let d): return ActionName("vmm", "vfio", "mmap", device(d))
    case .addFlawedSlot(let d, _): return ActionName("vmm", "kvm", Step.addSlot.id, "buffer of \(device(d))")
    case .cycleBusMaster(let d): return ActionName("vmm", "vfio", "bus master off and on", device(d))
    case .foreignBind(let d): return ActionName("kvm", "firmware", "TDH.DEVIF.CREATE", device(d))
    case .mapWrongPage(let d, let p, _): return ActionName("kvm", "firmware", "TDH.MMIO.MAP", text(page: p, of: d))
    case .streamInsecure(let d): return ActionName(lane(d), nil, "IDE stream insecure", device(d))
    }
  }

  /// A step in the lane that its entry names; a line that is passed by is bookkeeping, as locks and jumps are.
  private func name(of pending: StepCall?, _ task: UInt8) -> ActionName {
    guard let pending else {
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
    var name = ActionName(entry.lane, peer, entry.id, object(of: pending))
    name.isBookkeeping = pending.step.code <= Step.unlockReservation.code && pending.step != .fail
    return name
  }

  private func object(of pending: StepCall) -> String? {
    switch pending.step.entry.axis {
    case .page: pending.cursor < book.bounds.pages ? text(page: pending.cursor, of: pending.device) : nil
    case .memory: pending.cursor < book.bounds.memory ? text(unit: pending.cursor) : nil
    case .device: id(pending.device).description
    case .world, .task, .importer: nil
    }
  }
}
