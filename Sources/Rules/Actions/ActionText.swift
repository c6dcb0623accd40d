extension Action {
  /// The first words of all actions' texts.
  public static let verbs = [
    "request", "advance", "crash-vmm", "misbehave", "enter-vcpu", "validate", "validate-other", "ask-report", "ask-start", "collect",
    "check-evidence", "accept-mmio", "accept-dma", "access-private", "access-shared", "end-access", "accept-memory", "guest-reads",
    "guest-writes", "start-trusted-dma", "start-shared-dma", "finish-trusted-dma", "finish-shared-dma", "send-shared", "attach",
    "attach-pinned", "map", "use", "finish", "unmap", "detach", "host-touches-page", "peer-touches-page", "host-reads", "host-writes",
    "peer-touches", "call", "map-by-host", "add-flawed-slot", "cycle-bus-master", "foreign-bind", "map-wrong-page", "stream-insecure",
    "set-interrupts", "spoil-mailbox", "fail-step",
  ]
}

/// An action as one line of text: what logs and path files hold. Reading gives back the same action, or nil.
extension Action: LosslessStringConvertible {
  public var description: String {
    switch self {
    case .request(let procedure, let d, let p): "request \(procedure.id) \(d) \(p)"
    case .advance(let t): "advance \(t)"
    case .failStep(let procedure, let t): "fail-step \(procedure.id) \(t)"
    case .crashVMM: "crash-vmm"
    case .misbehave: "misbehave"
    case .enterVCPU: "enter-vcpu"
    case .validate(let d): "validate \(d)"
    case .validateOther(let d): "validate-other \(d)"
    case .askReport(let d): "ask-report \(d)"
    case .askStart(let d): "ask-start \(d)"
    case .collect(let d): "collect \(d)"
    case .checkEvidence(let d): "check-evidence \(d)"
    case .acceptMMIO(let d, let p): "accept-mmio \(d) \(p)"
    case .acceptDMA(let d): "accept-dma \(d)"
    case .beginAccess(let d, let p, let secure): "\(secure ? "access-private" : "access-shared") \(d) \(p)"
    case .endAccess: "end-access"
    case .acceptMemory(let m): "accept-memory \(m)"
    case .guestReads(let m): "guest-reads \(m)"
    case .guestWrites(let m): "guest-writes \(m)"
    case .startDMA(let d, let trusted): "\(trusted ? "start-trusted-dma" : "start-shared-dma") \(d)"
    case .finishTrustedDMA(let d, let m): "finish-trusted-dma \(d) \(m)"
    case .finishSharedDMA(let d): "finish-shared-dma \(d)"
    case .sendShared(let d): "send-shared \(d)"
    case .attach(let i): "attach \(i)"
    case .attachPinned(let i): "attach-pinned \(i)"
    case .map(let i): "map \(i)"
    case .use(let i): "use \(i)"
    case .finish(let i): "finish \(i)"
    case .unmap(let i): "unmap \(i)"
    case .detach(let i): "detach \(i)"
    case .hostTouchesPage(let d, let p): "host-touches-page \(d) \(p)"
    case .peerTouchesPage(let d, let p): "peer-touches-page \(d) \(p)"
    case .hostReads(let m): "host-reads \(m)"
    case .hostWrites(let m): "host-writes \(m)"
    case .peerTouches(let m): "peer-touches \(m)"
    case .call(let step, let d, let p): "call \(step.name) \(d) \(p)"
    case .mapByHost(let d): "map-by-host \(d)"
    case .addFlawedSlot(let d, let flaw): "add-flawed-slot \(d) \(flaw.code)"
    case .cycleBusMaster(let d): "cycle-bus-master \(d)"
    case .setInterrupts(let d): "set-interrupts \(d)"
    case .spoilMailbox(let d): "spoil-mailbox \(d)"
    case .foreignBind(let d): "foreign-bind \(d)"
    case .mapWrongPage(let d, let p, let f): "map-wrong-page \(d) \(p) \(f)"
    case .streamInsecure(let d): "stream-insecure \(d)"
    }
  }

  public init?(_ text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard let verb = words.first else { return nil }
    /// The operands after the verb and `skipped` more words, if there are exactly `count` of them.
    func operands(_ count: Int, after skipped: Int = 0) -> [UInt8]? {
      let rest = words.dropFirst(1 + skipped)
      let numbers = rest.compactMap { UInt8($0) }
      return rest.count == count && numbers.count == count ? numbers : nil
    }
    switch verb {
    case "crash-vmm" where words.count == 1: self = .crashVMM
    case "misbehave" where words.count == 1: self = .misbehave
    case "enter-vcpu" where words.count == 1: self = .enterVCPU
    case "end-access" where words.count == 1: self = .endAccess
    case "request":
      guard words.count > 1, let procedure = Procedure(id: words[1]), let n = operands(2, after: 1) else { return nil }
      self = .request(procedure, device: n[0], page: n[1])
    case "fail-step":
      guard words.count > 1, let procedure = Procedure(id: words[1]), let n = operands(1, after: 1) else { return nil }
      self = .failStep(procedure, task: n[0])
    case "call":
      guard words.count > 1, let step = Step.allCases.first(where: { $0.name == words[1] }), let n = operands(2, after: 1) else { return nil }
      self = .call(step, device: n[0], page: n[1])
    default:
      if let n = operands(1), let action = Self.unary(verb, n[0]) { self = action; return }
      if let n = operands(2), let action = Self.binary(verb, n[0], n[1]) { self = action; return }
      guard verb == "map-wrong-page", let n = operands(3) else { return nil }
      self = .mapWrongPage(device: n[0], page: n[1], frame: n[2])
    }
  }

  private static func unary(_ verb: String, _ n: UInt8) -> Action? {
    switch verb {
    case "advance": .advance(task: n)
    case "validate": .validate(device: n)
    case "validate-other": .validateOther(device: n)
    case "ask-report": .askReport(device: n)
    case "ask-start": .askStart(device: n)
    case "collect": .collect(device: n)
    case "check-evidence": .checkEvidence(device: n)
    case "accept-dma": .acceptDMA(device: n)
    case "accept-memory": .acceptMemory(unit: n)
    case "guest-reads": .guestReads(unit: n)
    case "guest-writes": .guestWrites(unit: n)
    case "start-trusted-dma": .startDMA(device: n, trusted: true)
    case "start-shared-dma": .startDMA(device: n, trusted: false)
    case "finish-shared-dma": .finishSharedDMA(device: n)
    case "send-shared": .sendShared(device: n)
    case "attach": .attach(importer: n)
    case "attach-pinned": .attachPinned(importer: n)
    case "map": .map(importer: n)
    case "use": .use(importer: n)
    case "finish": .finish(importer: n)
    case "unmap": .unmap(importer: n)
    case "detach": .detach(importer: n)
    case "host-reads": .hostReads(unit: n)
    case "host-writes": .hostWrites(unit: n)
    case "peer-touches": .peerTouches(unit: n)
    case "map-by-host": .mapByHost(device: n)
    case "cycle-bus-master": .cycleBusMaster(device: n)
    case "set-interrupts": .setInterrupts(device: n)
    case "spoil-mailbox": .spoilMailbox(device: n)
    case "foreign-bind": .foreignBind(device: n)
    case "stream-insecure": .streamInsecure(device: n)
    default: nil
    }
  }

  private static func binary(_ verb: String, _ a: UInt8, _ b: UInt8) -> Action? {
    switch verb {
    case "accept-mmio": .acceptMMIO(device: a, page: b)
    case "access-private": .beginAccess(device: a, page: b, secure: true)
    case "access-shared": .beginAccess(device: a, page: b, secure: false)
    case "finish-trusted-dma": .finishTrustedDMA(device: a, unit: b)
    case "add-flawed-slot": Int(b) < SlotFlaw.allCases.count ? .addFlawedSlot(device: a, flaw: SlotFlaw(code: b)) : nil
    case "host-touches-page": .hostTouchesPage(device: a, page: b)
    case "peer-touches-page": .peerTouchesPage(device: a, page: b)
    default: nil
    }
  }
}

extension Action {
  /// Whether every index lies inside the world: asked of actions that come from a file, before anything is performed.
  public func fits(_ bounds: Bounds) -> Bool {
    func device(_ d: UInt8) -> Bool { d < bounds.devices }
    func page(_ d: UInt8, _ p: UInt8) -> Bool { d < bounds.devices && p < bounds.pages }
    switch self {
    case .crashVMM, .misbehave, .enterVCPU, .endAccess: return true
    case .advance(let t), .failStep(_, let t): return t < Bounds.tasks
    case .request(.convert, let d, let m): return device(d) && m < bounds.memory
    case .request(_, let d, let p): return page(d, p)
    case .call(let step, let d, let p): return d < bounds.devices && p < step.cursorEnd(bounds) && p < max(bounds.pages, bounds.memory)
    case .validate(let d), .validateOther(let d), .addFlawedSlot(let d, _), .askReport(let d), .askStart(let d), .collect(let d),
      .checkEvidence(let d), .acceptDMA(let d),
      .startDMA(let d, _), .finishSharedDMA(let d), .sendShared(let d), .mapByHost(let d), .cycleBusMaster(let d),
      .setInterrupts(let d), .spoilMailbox(let d),
      .foreignBind(let d), .streamInsecure(let d):
      return device(d)
    case .acceptMMIO(let d, let p), .beginAccess(let d, let p, _), .hostTouchesPage(let d, let p), .peerTouchesPage(let d, let p):
      return page(d, p)
    case .mapWrongPage(let d, let p, let f): return page(d, p) && f < bounds.pages
    case .finishTrustedDMA(let d, let m): return device(d) && m < bounds.memory
    case .acceptMemory(let m), .guestReads(let m), .guestWrites(let m), .hostReads(let m), .hostWrites(let m), .peerTouches(let m):
      return m < bounds.memory
    case .attach(let i), .attachPinned(let i), .map(let i), .use(let i), .finish(let i), .unmap(let i), .detach(let i): return i < bounds.importers
    }
  }
}
