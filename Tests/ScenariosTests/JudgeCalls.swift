/// The calls of host, guest and firmware by their platform names, judged from scratch: TDX module specification, TDX Connect,
/// PCI Express chapter 11. What the host's own software does (slots, buffers) is not judged but looked at.
extension JudgeAccount {
  enum Result { case done, busy, error }

  /// A call of the host on device `d`, its page `p`, memory unit `m`, as far as the call has them.
  mutating func call(_ name: String, _ d: Int, _ p: Int, _ m: Int, task: Int, frame: Int?, host: HostView) -> Result {
    func when(_ condition: Bool) -> Result { condition ? .done : .error }
    if let result = lock(name, d, task) { return result }
    switch name {
    case "vfio.open":
      guard !devices[d].isOpen else { return .error }
      // Bus mastering is cleared: a change where it was set.
      if devices[d].busMaster { devices[d].change() }
      (devices[d].isOpen, devices[d].busMaster) = (true, false)
    case "vfio.close":
      (devices[d].memory, devices[d].busMaster, devices[d].isOpen) = (false, false, false)
      endAccessLife(d)
    case "vfio.memory-on": devices[d].memory = true
    // What is written as it stands is no change.
    case "vfio.memory-off":
      guard devices[d].memory else { break }
      devices[d].memory = false
      endAccessLife(d)
    case "vfio.bus-master-on": devices[d].busMaster = true
    case "vfio.bus-master-off":
      guard devices[d].busMaster else { break }
      devices[d].busMaster = false
      devices[d].change()
    case "vfio.power-d3hot":
      guard !devices[d].isAsleep else { break }
      devices[d].isAsleep = true
      devices[d].forget()
      endAccessLife(d)
    case "vfio.power-d0": devices[d].isAsleep = false
    case "vfio.reset-begin":
      devices[d].isInReset = true
      devices[d].forget()
      endAccessLife(d)
    case "vfio.reset-end": (devices[d].isInReset, devices[d].isAsleep) = (false, false)

    case "kvm.take-frame":
      frameOfDevice[task] = host.hasSlot && !host.isRevoked ? d : nil
      return when(frameOfDevice[task] != nil)
    case "kvm.install-shared":
      // Whoever is refused gives the frame back.
      defer { frameOfDevice[task] = nil }
      guard frameOfDevice[task] != nil, !host.pageIsPrivate else { return .error }
      devices[d].pages[p].isShared = true
    case "kvm.install-mirror":
      defer { frameOfDevice[task] = nil }
      guard frameOfDevice[task] != nil, host.pageIsPrivate else { return .error }
    case "kvm.zap-shared": devices[d].pages[p].isShared = false
    case "kvm.flush-tlb", "kvm.delete-slot":
      if let access, !access.isSecure, access.device == d { return .busy }
      if name == "kvm.delete-slot" {
        // A fault that has looked its frame up is awaited.
        if frameOfDevice.contains(d) { return .busy }
        // The slot is looked at after the call: still there means it was not deleted.
        guard host.before.hasSlot[d], !host.hasSlot else { return .error }
        for q in devices[d].pages.indices { devices[d].pages[q].isShared = false }
      }
      for q in devices[d].pages.indices where !devices[d].pages[q].isShared { mayBeCached[host.sharedAddresses[q]] = nil }
    case "kvm.kick":
      guard isInside, sampledEpoch < epoch else { return .done }
      if access != nil { return .busy }
      isInside = false
    case "kvm.bug": endVM(isFatal: false)
    case "kvm.get" where life == .runnable || life == .building:
      devices[d].hasLostReference = devices[d].hasLostReference || devices[d].holdsVM
      devices[d].holdsVM = true
    case "kvm.put":
      guard !devices[d].isBound else { return .error }
      devices[d].wasPutTooEarly = devices[d].wasPutTooEarly || (devices[d].holdsVM && devices[d].hasObject)
      devices[d].holdsVM = false
    case "tsm.mark-bound":
      guard devices[d].holdsVM, life == .runnable, host.hasVDevice, !host.isHostMapped else { return .error }
      devices[d].isBound = true
    case "tsm.mark-unbound": devices[d].isBound = false
    case "buffer.invalidate":
      guard locks["reservation \(d)"] == task else { return .error }
      told.formUnion(host.mappedImporters)

    case "TDH.MNG.CREATE":
      guard life == .absent else { return .error }
      life = .building
    case "TDH.MR.FINALIZE":
      guard life == .building else { return .error }
      life = .runnable
    case "TDH.MNG.VPFLUSHDONE":
      guard !isInside, !hasObjects, !queuesEverything else { return .error }
      guard !hasAcceptedDMA, !devices.contains(where: { $0.invalidation == .queued }) else { return .error }
      guard life == .runnable || life == .building || life == .dead else { return .error }
      life = .blocked
    case "TDH.PHYMEM.CACHE.WB":
      guard life == .blocked else { return .error }
      life = .writtenBack
    case "TDH.MNG.KEY.FREEID":
      guard life == .writtenBack else { return .error }
      life = .tornDown
    case "TDH.PHYMEM.PAGE.RECLAIM":
      guard life == .tornDown else { return .error }
      release(m, host)
    case "TDH.PHYMEM.PAGE.RECLAIM(TDR)":
      guard life == .tornDown, !units.contains(where: { $0.state != .free }) else { return .error }
      life = .released
      iotlbOwed = false
      for q in devices.indices {
        for r in devices[q].pages.indices { (devices[q].pages[r].entry, devices[q].pages[r].metadata) = (Entry(), .absent) }
      }
      mayBeCached = [:]
    case "TDH.MEM.TRACK":
      if !isOperable { return .error }
      if isInside, sampledEpoch == epoch - 1 { return .busy }
      if iotlbOwed { return .busy }
      epoch += 1
      // The IOMMUs with a PASID entry that the TD has accepted are counted, and none else.
      iotlbOwed = hasAcceptedDMA
    default: return connect(name, d) ?? memory(name, m, host) ?? mmio(name, d, p, frame: frame) ?? trusted(name, d) ?? .done
    }
    return .done
  }

  /// Who unlocks what another holds takes nothing from him.
  private mutating func lock(_ name: String, _ d: Int, _ task: Int) -> Result? {
    let words = name.split(separator: " ")
    guard words.count == 2, words[0] == "lock" || words[0] == "unlock" else { return nil }
    let key = words[1] == "device-set" ? "device-set" : "\(words[1]) \(d)"
    if words[0] == "lock" {
      guard locks[key] == nil else { return .busy }
      locks[key] = task
    } else if locks[key] == task {
      locks[key] = nil
    }
    return .done
  }

  /// The function stops answering.
  private mutating func endAccessLife(_ d: Int) { devices[d].change() }

  /// SPDM, IDE, the interface's object, and the TDISP conversation.
  mutating func connect(_ name: String, _ d: Int) -> Result? {
    var it = devices[d]
    defer { devices[d] = it }
    switch name {
    case "TDH.SPDM.CREATE":
      guard it.session == .none else { return .error }
      it.session = .created
    case "TDH.SPDM.CONNECT":
      guard it.session == .created else { return .error }
      if let early = it.converse(.handshake) { return early }
      it.session = .connected
    case "TDH.SPDM.DISCONNECT":
      guard it.stream == .absent else { return .error }
      if it.session == .created { it.exchange = nil }
      guard it.session == .connected || it.session == .ending else { return .done }
      it.session = .ending
      if let early = it.converse(.end) { return early }
      it.session = .created
    case "TDH.SPDM.DELETE":
      guard it.session != .connected, it.session != .ending else { return .error }
      (it.session, it.exchange) = (.none, nil)
    case "TDH.IDE.STREAM.CREATE":
      guard it.session == .connected, it.stream == .absent else { return .error }
      (it.stream, it.keys, it.isInsecure) = (.created, 0, false)
    case "TDH.IDE.STREAM.KM(KEY_PROG)":
      guard it.isStarting, it.keys < 6 else { return .error }
      if let early = it.converse(.key) { return early }
      it.keys += 1
    case "TDH.IDE.STREAM.KM(K_SET_GO)":
      guard it.stream == .created && it.keys >= 3 || it.stream == .rxOnly && it.keys == 6 else { return .error }
      if let early = it.converse(.go) { return early }
      it.stream = it.stream == .created ? .rxOnly : .ready
    case "spdm.relay":
      guard it.exchange?.isAnswered == false else { return .error }
      it.exchange?.isAnswered = true
    case "TDH.IDE.STREAM.BLOCK":
      guard it.stream == .ready || it.isStarting else { return .error }
      (it.stream, it.isInsecure, it.exchange) = (.blocked, true, nil)
      it.change()
    case "TDH.IDE.STREAM.DELETE":
      guard it.stream == .blocked, !it.hasObject else { return .error }
      (it.stream, it.keys) = (.absent, 0)
    case "TDH.DEVIF.CREATE":
      guard isOperable, !it.hasObject, it.session == .connected, it.stream == .ready else { return .error }
      (it.hasObject, it.recorded) = (true, .unlocked)
      it.forgetTalk()
    case "TDH.DEVIF.REMOVE":
      guard it.hasObject, it.recorded == .unlocked || it.stream == .blocked, !it.context.isAccepted else { return .error }
      guard isFatal || !it.pages.contains(where: { $0.metadata == .mapped }) else { return .error }
      it.hasObject = false
      it.forgetTalk()
    case "TDH.DEVIF.REQUEST(LOCK)", "TDH.DEVIF.REQUEST(STOP)", "TDH.DEVIF.REQUEST(STATE)":
      let message: JudgedInterface.Message = name.hasSuffix("(LOCK)") ? .lock : name.hasSuffix("(STOP)") ? .stop : .state
      guard it.hasObject, it.recorded != .error || message != .lock else { return .error }
      if it.conversation != nil { return .busy }
      it.conversation = Conversation(message: message)
    case "TDH.DEVIF.REQUEST(TD)":
      guard it.hasObject, it.recorded != .error else { return .error }
      if it.conversation != nil { return .busy }
      guard let asked = it.asked else { return .error }
      (it.conversation, it.asked) = (asked, nil)
    case "tdisp.relay":
      guard var talk = it.conversation, !talk.isAnswered else { return .error }
      let mayLock = it.session == .connected && it.stream == .ready && !it.isInsecure && it.answers
      talk.isError = talk.isOld || !it.tdi.answer(talk.message, mayLock: mayLock)
      (talk.isAnswered, talk.reported) = (true, it.tdi.state)
      if !talk.isError, talk.message == .lock || talk.message == .stop { it.transfer = nil }
      if !talk.isError, talk.message == .lock {
        if it.asked?.message == .start { it.asked?.isOld = true }
        it.evidence = it.evidence == .none || it.evidence == .asked ? .none : .ofAnotherLock
      }
      if talk.message == .stop { it.forget() }
      if !talk.isError, talk.message == .start, it.evidence != .checked || !it.isValid { wrongs.append(.runUnchecked) }
      it.conversation = talk
    case "TDH.DEVIF.RESPONSE":
      guard let talk = it.conversation, talk.isAnswered else { return .error }
      it.conversation = nil
      if talk.message == .report || talk.message == .start {
        it.waiting = talk
        return .done
      }
      guard !talk.isError else { return .error }
      switch talk.message {
      case .lock: it.recorded = .locked
      case .stop:
        it.recorded = .unlocked
        it.withdraw()
      case .state:
        it.recorded = talk.reported
        if talk.reported == .error { it.withdraw() }
      case .report, .start: break
      }
    default: return nil
    }
    return .done
  }
}

extension JudgeAccount.Device {
  /// A call that needs the device: nothing where the answer is there, and taken with it.
  fileprivate mutating func converse(_ kind: Exchange) -> JudgeAccount.Result? {
    guard let out = exchange else {
      exchange = (kind, false)
      return .done
    }
    guard out.of == kind, out.isAnswered else { return .error }
    exchange = nil
    return nil
  }
}

/// What stood before a call: the watched line of each unit, the slot of each device, whether its buffer was revoked.
struct HostBefore { let lines: [UInt64?], hasSlot: [Bool], isRevoked: [Bool] }

/// What the judge looks up of the host's own objects around a call: they are bytes of the host, not verdicts.
struct HostView {
  let before: HostBefore
  var hasSlot = false, isRevoked = true, pageIsPrivate = false, hasVDevice = false, isHostMapped = false
  var mappedImporters: [Int] = []
  /// The line of each unit that is watched.
  var lines: [UInt64?]
  /// Each page of the device in the guest's shared half.
  var sharedAddresses: [UInt64] = []
}
