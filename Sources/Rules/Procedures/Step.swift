/// One lock-atomic change that a procedure can make. A closed set: everything a host can do wrong is an order of these.
public enum Step: Small {
  // Flow and locks.
  case nothing, jump, fail
  case lockDeviceSet, lockTSM, lockMemory, lockReservation
  case unlockDeviceSet, unlockTSM, unlockMemory, unlockReservation
  // VFIO and the function.
  case openFunction, closeFunction, zapHostMapping
  case memoryOn, memoryOff, busMasterOn, busMasterOff, powerD3Hot, powerD0, resetBegin, resetEnd
  // The buffer.
  case exportBuffer, markRevoked, invalidateImporters, waitForFences, waitForMappings, restoreBuffer, cleanUpBuffer
  // KVM.
  case getVM, putVM, addSlot, deleteSlot, takeFrame, installShared, installMirror, removeMirror, zapShared, flushShared, kick
  case setPrivate, setShared, bugVM
  // iommufd and the TSM core.
  case createVIOMMU, destroyVIOMMU, createVDevice, destroyVDevice, markBound, markUnbound
  // TDX: session and stream.
  case spdmCreate, spdmConnect, spdmRelay, spdmDisconnect, spdmDelete, streamCreate, streamProgramKey, streamSetGo
  case streamBlock, streamDelete
  // TDX: the interface.
  case devifCreate, devifRemove, requestLock, requestStop, requestState, requestForGuest, relay, response
  // TDX: private MMIO.
  case mmiomtSet, mmiomtRemove, mmioMap, mmioBlock, mmioUnmap
  // TDX: tracking and trusted DMA.
  case memTrack, dmarAdd, dmarBlock, dmarRemove, invalidateEntry, invalidateIOTLB, invalidateProcess
  // TDX: guest memory.
  case pageAdd, pageAug, rangeBlock, pageRemove
  // TDX: life.
  case vmCreate, vmFinalize, flushDone, cacheWriteBack, keyFree, pageReclaim, rootReclaim
}

/// What a step is called, who does it, what its failure means by default, and what it does in one line.
public struct StepEntry: Hashable, Sendable {
  /// As procedure files write it after `do:`.
  public let id: String
  /// The lane in which it is drawn, and the lane that it reaches.
  public let lane: String, peer: String?
  /// Repeated for each page (or unit of memory) when the file says `each`.
  public let axis: Axis
  /// What happens on a refusal unless the file says otherwise.
  public let onError: ErrorPolicy
  public let summary: String
}

extension Step {
  public init?(id: String) {
    guard let found = Self.allCases.first(where: { $0.entry.id == id }) else { return nil }
    self = found
  }
  public var id: String { entry.id }

  /// What moves a task or a lock and nothing else: it is never refused for good, and no log of another system has it.
  public var isFlow: Bool { code <= Step.unlockReservation.code && self != .fail }
}
