import Rules

extension Action {
  /// Everything that can be attempted in a world of these bounds by those who are there: what an event without an action may
  /// have been.
  static func all(in bounds: Bounds, cast: Cast) -> [Action] {
    let devices = 0..<bounds.devices, pages = 0..<bounds.pages, units = 0..<bounds.memory
    var list: [Action] = (0..<Bounds.tasks).map { .advance(task: $0) } + [.crashVMM, .misbehave, .enterVCPU, .endAccess]
    // An untrusted host has no procedures: it makes calls.
    let procedures = cast == .untrustedHost ? [] : Procedure.allCases.dropFirst()
    for procedure in procedures { list += (0..<Bounds.tasks).map { .failStep(procedure, task: $0) } }
    for d in devices {
      for procedure in procedures {
        let count = procedure.isFault ? bounds.pages : procedure == .convert ? bounds.memory : 1
        list += (0..<count).map { .request(procedure, device: d, page: $0) }
      }
      list += [
        .validate(device: d), .validateOther(device: d), .askReport(device: d), .askStart(device: d), .collect(device: d),
        .checkEvidence(device: d), .acceptDMA(device: d), .startDMA(device: d, trusted: true), .startDMA(device: d, trusted: false),
        .finishSharedDMA(device: d), .sendShared(device: d), .mapByHost(device: d), .cycleBusMaster(device: d), .foreignBind(device: d),
        .streamInsecure(device: d), .setInterrupts(device: d), .spoilMailbox(device: d),
      ]
      for p in pages {
        list += [
          .acceptMMIO(device: d, page: p), .beginAccess(device: d, page: p, secure: true), .beginAccess(device: d, page: p, secure: false),
          .hostTouchesPage(device: d, page: p), .peerTouchesPage(device: d, page: p),
        ]
      }
      list += units.map { .finishTrustedDMA(device: d, unit: $0) }
      list += SlotFlaw.allCases.map { .addFlawedSlot(device: d, flaw: $0) }
    }
    for m in units {
      list += [.acceptMemory(unit: m), .guestReads(unit: m), .guestWrites(unit: m), .hostReads(unit: m), .hostWrites(unit: m), .peerTouches(unit: m)]
    }
    for i in 0..<bounds.importers {
      list += [
        .attach(importer: i), .attachPinned(importer: i), .map(importer: i), .use(importer: i), .finish(importer: i), .unmap(importer: i),
        .detach(importer: i),
      ]
    }
    return (cast == .behaved ? list : list + calls(in: bounds, cast: cast)).filter { $0.fits(bounds) }
  }

  /// Calls outside any procedure. A hostile VMM has its ioctls, an untrusted host every call of the firmware.
  private static func calls(in bounds: Bounds, cast: Cast) -> [Action] {
    var list: [Action] = []
    for d in 0..<bounds.devices {
      for step in Step.allCases where !step.isFlow {
        guard cast == .untrustedHost ? step.isUntrustedHosts : step.isHostileVMMs else { continue }
        let count: UInt8
        switch step.entry.axis {
        case .page: count = bounds.pages
        case .memory: count = bounds.memory
        default: count = 1
        }
        list += (0..<count).map { .call(step, device: d, page: $0) }
      }
      guard cast == .untrustedHost else { continue }
      for p in 0..<bounds.pages { list += (0..<bounds.pages).map { .mapWrongPage(device: d, page: p, frame: $0) } }
    }
    return list
  }
}

extension Step {
  /// Calls of the firmware, and what a host does to the function beside them.
  fileprivate var isUntrustedHosts: Bool { code >= Step.spdmCreate.code || [.memoryOn, .memoryOff, .kick].contains(self) }
  /// Ioctls of KVM and iommufd.
  fileprivate var isHostileVMMs: Bool {
    [.addSlot, .deleteSlot, .setPrivate, .setShared, .createVIOMMU, .destroyVIOMMU, .createVDevice, .destroyVDevice].contains(self)
  }
}
