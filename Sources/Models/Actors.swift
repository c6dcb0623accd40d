import Rules

/// Who acts in a model, as the list of everything that they may attempt. Its order is the order of labels, so a path's
/// identifier is stable as long as this is.
extension ModelKind {
  public func actions(_ bounds: Bounds, cast: Cast, with optional: OptionalActors = OptionalActors()) -> [Action] {
    switch self {
    case .privateMMIO:
      Self.kernelActions(bounds) + Self.guestActions(bounds) + Self.importerActions(bounds)
        + Self.bystanderActions(bounds) + (cast == .hostileVMM ? Self.hostileActions(bounds) : [])
        + Self.actions(of: optional, bounds)
    case .untrustedHost, .runningInterface: Self.firmwareCalls(bounds) + Self.guestActions(bounds) + Self.bystanderActions(bounds)
    }
  }

  private static func kernelActions(_ bounds: Bounds) -> [Action] {
    var list = (0..<Bounds.tasks).map { Action.advance(task: $0) }
    list.append(.crashVMM)
    for d in 0..<bounds.devices {
      for procedure in [Procedure.bind, .accept, .relay, .unbind, .reset, .memoryOff, .memoryOn, .close, .vmmCrash] {
        list.append(.request(procedure, device: d, page: 0))
      }
      for p in 0..<bounds.pages {
        list += [.request(.faultShared, device: d, page: p), .request(.faultPrivate, device: d, page: p)]
      }
    }
    list.append(.request(.teardown, device: 0, page: 0))
    return list
  }

  private static func guestActions(_ bounds: Bounds) -> [Action] {
    var list: [Action] = [.enterVCPU, .endAccess]
    for d in 0..<bounds.devices {
      list += [
        .validate(device: d), .validateOther(device: d), .askReport(device: d), .collect(device: d), .checkEvidence(device: d), .acceptDMA(device: d),
        .askStart(device: d),
      ]
      list.append(.startDMA(device: d, trusted: true))
      list += (0..<bounds.memory).map { .finishTrustedDMA(device: d, unit: $0) }
      for p in 0..<bounds.pages {
        list += [
          .acceptMMIO(device: d, page: p), .beginAccess(device: d, page: p, secure: true), .beginAccess(device: d, page: p, secure: false),
        ]
      }
    }
    return list
  }

  private static func importerActions(_ bounds: Bounds) -> [Action] {
    (0..<bounds.importers).flatMap { i -> [Action] in
      [
        .attach(importer: i), .attachPinned(importer: i), .map(importer: i), .use(importer: i), .finish(importer: i), .unmap(importer: i),
        .detach(importer: i),
      ]
    }
  }

  /// Those who try what they should not. In a sound world they only ever meet refusals, which cost no state.
  private static func bystanderActions(_ bounds: Bounds) -> [Action] {
    var list: [Action] = []
    for d in 0..<bounds.devices {
      list += [.foreignBind(device: d), .sendShared(device: d)]
      for p in 0..<bounds.pages { list.append(.hostTouchesPage(device: d, page: p)) }
    }
    for m in 0..<bounds.memory { list += [.hostReads(unit: m), .peerTouches(unit: m)] }
    return list
  }

  /// What a VMM can do beyond its own procedures. Linux 7.1, vfio_pci_config.c; Linux 7.1, iommufd; Linux 7.1, KVM.
  /// Of the configuration space that VFIO virtualises, what reaches the hardware: decoding, bus mastering, power and FLR. BARs and
  /// MSI-X end in VFIO's copy, and what else a locked function tracks comes to the same ERROR.
  private static func hostileActions(_ bounds: Bounds) -> [Action] {
    var list: [Action] = []
    for d in 0..<bounds.devices {
      for procedure in [Procedure.powerDown, .powerUp, .export, .open] { list.append(.request(procedure, device: d, page: 0)) }
      for m in 0..<bounds.memory { list.append(.request(.convert, device: d, page: m)) }
      for step in [Step.deleteSlot, .addSlot, .setPrivate, .setShared, .createVIOMMU, .destroyVIOMMU, .createVDevice, .destroyVDevice] {
        list.append(.call(step, device: d, page: 0))
      }
      list += [.mapByHost(device: d), .cycleBusMaster(device: d)] + SlotFlaw.allCases.map { .addFlawedSlot(device: d, flaw: $0) }
    }
    for m in 0..<bounds.memory { list.append(.guestReads(unit: m)) }
    return list
  }

  private static func actions(of optional: OptionalActors, _ bounds: Bounds) -> [Action] {
    var list: [Action] = []
    // Where VFIO hides an extended capability that it does not know, it passes reads and writes of those bytes on as they are
    // (`unassigned_perms`): a write to the IDE capability, like a link that fails, leaves the stream insecure for good. Linux 7.1,
    // vfio_pci_config.c.
    if optional.writesRaw { list += (0..<bounds.devices).map { .streamInsecure(device: $0) } }
    // The same bytes of the DOE capability: a relay comes to an error.
    if optional.spoilsMailbox { list += (0..<bounds.devices).map { .spoilMailbox(device: $0) } }
    // COMMAND.BME, which VFIO passes on.
    if optional.switchesBusMaster {
      list += (0..<bounds.devices).flatMap { [.call(.busMasterOff, device: $0, page: 0), .call(.busMasterOn, device: $0, page: 0)] }
    }
    // KVM_SET_MEMORY_ATTRIBUTES, and the guest's next touch. Linux 7.1, KVM.
    if optional.returnsMemory { list += (0..<bounds.memory).flatMap { [.call(.pageAug, device: 0, page: $0), .acceptMemory(unit: $0)] } }
    for procedure in Procedure.allCases where optional.failing.contains(procedure) {
      list += (0..<Bounds.tasks).map { .failStep(procedure, task: $0) }
    }
    for procedure in OptionalActors.enterable where optional.procedures.contains(procedure) {
      let units = procedure == .convert ? bounds.memory : 1
      for d in 0..<bounds.devices { list += (0..<units).map { .request(procedure, device: d, page: $0) } }
    }
    return list
  }

  /// Every firmware call, and what a host can do to the function beside them.
  private static func firmwareCalls(_ bounds: Bounds) -> [Action] {
    var list: [Action] = []
    for d in 0..<bounds.devices {
      for step in [
        Step.spdmCreate, .spdmConnect, .spdmDisconnect, .streamCreate, .streamProgramKey, .streamBlock, .streamDelete, .devifCreate, .devifRemove,
        .requestLock, .requestStop, .requestState, .relay, .response, .dmarAdd, .dmarBlock, .dmarRemove, .invalidateEntry,
        .memoryOn, .memoryOff,
      ] {
        list.append(.call(step, device: d, page: 0))
      }
      for p in 0..<bounds.pages {
        for step in [Step.mmiomtSet, .mmiomtRemove, .mmioBlock, .mmioUnmap] { list.append(.call(step, device: d, page: p)) }
        for frame in 0..<bounds.pages { list.append(.mapWrongPage(device: d, page: p, frame: frame)) }
      }
      list.append(.streamInsecure(device: d))
    }
    for m in 0..<bounds.memory {
      for step in [Step.rangeBlock, .pageRemove, .pageAug, .pageAdd, .pageReclaim] { list.append(.call(step, device: 0, page: m)) }
      list += [.guestReads(unit: m), .acceptMemory(unit: m)]
    }
    for step in [Step.memTrack, .kick, .invalidateIOTLB, .invalidateProcess, .flushDone, .cacheWriteBack, .keyFree, .rootReclaim, .vmFinalize] {
      list.append(.call(step, device: 0, page: 0))
    }
    // What came later stands last, so that the labels before it stay what they were.
    for d in 0..<bounds.devices {
      for step in [Step.spdmDelete, .streamSetGo, .requestForGuest, .spdmRelay] { list.append(.call(step, device: d, page: 0)) }
    }
    return list
  }
}
