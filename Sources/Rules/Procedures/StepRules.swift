/// What each step does. One call, one change.
extension Stage {
  /// Performs `step` for `task` on device `d`; `p` is the cursor: a page, or a unit of guest memory.
  @inlinable public mutating func run(_ step: Step, task: UInt8, _ d: UInt8, _ p: UInt8, _ book: borrowing Rulebook) -> Outcome {
    switch step {
    case .nothing, .jump: return .accepted
    case .fail: return .accepted
    case .lockDeviceSet: return lock(.deviceSetLock, 0, by: task, book)
    case .lockTSM: return lock(.tsmLock, Int(d), by: task, book)
    case .lockMemory: return lock(.memoryLock, Int(d), by: task, book)
    case .lockReservation: return lock(.reservation, Int(d), by: task, book)
    case .unlockDeviceSet: return unlock(.deviceSetLock, 0, by: task, book)
    case .unlockTSM: return unlock(.tsmLock, Int(d), by: task, book)
    case .unlockMemory: return unlock(.memoryLock, Int(d), by: task, book)
    case .unlockReservation: return unlock(.reservation, Int(d), by: task, book)

    case .openFunction: return openFunction(d, book)
    case .closeFunction: return closeFunction(d, book)
    case .zapHostMapping: return zapHostMapping(d)
    case .memoryOn: return setMemory(d, true, book)
    case .memoryOff: return setMemory(d, false, book)
    case .busMasterOn: return setBusMaster(d, true, book)
    case .busMasterOff: return setBusMaster(d, false, book)
    case .powerD3Hot: return setPower(d, .d3hot, book)
    case .powerD0: return setPower(d, .d0, book)
    case .resetBegin: return beginReset(d, book)
    case .resetEnd: return endReset(d)

    case .exportBuffer: return exportBuffer(d, book)
    case .markRevoked: return markRevoked(d, by: task, book)
    case .invalidateImporters: return invalidateImporters(d, by: task, book)
    case .waitForFences: return waitForFences(d, book)
    case .waitForMappings: return waitForMappings(d, book)
    case .restoreBuffer: return restoreBuffer(d, by: task, book)
    case .cleanUpBuffer: return cleanUpBuffer(d)

    case .getVM: return getVM(d, book)
    case .putVM: return putVM(d, book)
    case .addSlot: return addSlot(d, SlotRequest(), book)
    case .deleteSlot: return deleteSlot(d, book)
    case .takeFrame: return takeFrame(d, task: task, book)
    case .installShared: return installShared(d, p, task: task, book)
    case .installMirror: return installMirror(d, p, task: task, book)
    case .removeMirror:
      self[mirror: d, p] = false
      return .accepted
    case .zapShared: return zapShared(d, p)
    case .flushShared: return flushShared(d, book)
    case .kick: return kick(book)
    case .setPrivate: return setVisibility(d, isPrivate: true)
    case .setShared: return setVisibility(d, isPrivate: false)
    case .bugVM: return killVM(book)

    case .createVIOMMU: return createVIOMMU(d, book)
    case .destroyVIOMMU: return destroyVIOMMU(d, book)
    case .createVDevice: return createVDevice(d, book)
    case .destroyVDevice: return destroyVDevice(d, book)
    case .markBound: return markBound(d, book)
    case .markUnbound: return markUnbound(d)

    case .spdmCreate: return createSession(d, book)
    case .spdmConnect: return connectSession(d, book)
    case .spdmRelay: return relayExchange(d, book)
    case .spdmDisconnect: return disconnectSession(d, book)
    case .spdmDelete: return deleteSession(d, book)
    case .streamCreate: return createStream(d, book)
    case .streamProgramKey: return programKey(d, book)
    case .streamSetGo: return setStreamGo(d, book)
    case .streamBlock: return blockStream(d, book)
    case .streamDelete: return deleteStream(d, book)

    case .devifCreate: return createInterface(d, for: .vm, book)
    case .devifRemove: return removeInterface(d, book)
    case .requestLock: return request(.lock, d, book)
    case .requestStop: return request(.stop, d, book)
    case .requestState: return request(.state, d, book)
    case .requestForGuest: return requestForGuest(d, book)
    case .relay: return relay(d, book)
    case .response: return response(d, book)

    case .mmiomtSet: return setMetadata(d, p, book)
    case .mmiomtRemove: return removeMetadata(d, p, book)
    case .mmioMap: return mapMMIO(d, p, frame: p, book)
    case .mmioBlock: return blockMMIO(d, p, book)
    case .mmioUnmap: return unmapMMIO(d, p, book)

    case .memTrack: return track(book)
    case .dmarAdd: return addDMA(d, book)
    case .dmarBlock: return blockDMA(d, book)
    case .dmarRemove: return removeDMA(d, book)
    case .invalidateEntry: return queueEntryInvalidation(d, book)
    case .invalidateIOTLB: return queueIOTLBInvalidation(book)
    case .invalidateProcess: return processInvalidations(book)

    case .pageAdd: return addMemory(p, book)
    case .pageAug: return augmentMemory(p, book)
    case .rangeBlock: return blockMemory(p, book)
    case .pageRemove: return removeMemory(p, book)

    case .vmCreate: return createVM(book)
    case .vmFinalize: return finalizeVM(book)
    case .flushDone: return flushDone(book)
    case .cacheWriteBack: return writeBackCaches(book)
    case .keyFree: return freeKey(book)
    case .pageReclaim: return reclaimMemory(p, book)
    case .rootReclaim: return reclaimRoot(book)
    }
  }

  /// KVM_BUG_ON. A rule of the host, not of the firmware: the code is one thing, the consequence another.
  @inlinable mutating func killVM(_ book: borrowing Rulebook) -> Outcome {
    let wasAlive = vmLife == .runnable || vmLife == .building
    endVM(by: .kvm, book)
    return book.accepted(unless: wasAlive && !flag(.vmmMisbehaved), .hostKillsVM)
  }
}
