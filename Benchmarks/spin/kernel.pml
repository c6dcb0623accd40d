/* The host's kernel: locks, VFIO and iommufd, the TSM core's mark, and KVM's slot with its entries. */

#define mayLock1(lock) waitsFor(lockFree, lock == 0, ACCEPTED)
/* Unlocking what another holds takes nothing from the holder. */
inline unlock(lock, t) {
  breach(unheldUnlock, lock != t + 1);
  lock = (lock == t + 1 -> 0 : lock)
}
/* What a lock guards is done by whoever holds it; opening and closing set the function's state under the device set's alone. */
#define opensOrCloses(t) (lineProcedure(t) == in_open || lineProcedure(t) == in_close || lineProcedure(t) == in_vmmCrash)
#define isOfDeviceSet(t) (isStep(t, openFunction) || isStep(t, closeFunction) || isStep(t, getVM) || isStep(t, putVM))
#define isOfFunction(t) \
  (isStep(t, memoryOn) || isStep(t, memoryOff) || isStep(t, busMasterOn) || isStep(t, busMasterOff) || isStep(t, powerD3Hot) \
    || isStep(t, powerD0) || isStep(t, resetBegin) || isStep(t, resetEnd))
#define isOfMemoryLock(t) \
  (isStep(t, zapHostMapping) || isStep(t, exportBuffer) || isStep(t, markRevoked) || isStep(t, invalidateImporters) \
    || isStep(t, restoreBuffer) || isStep(t, cleanUpBuffer))
#define isOfTSM(t) \
  (isStep(t, spdmCreate) || isStep(t, spdmConnect) || isStep(t, spdmRelay) || isStep(t, spdmDisconnect) || isStep(t, spdmDelete) \
    || isStep(t, streamCreate) || isStep(t, streamProgramKey) || isStep(t, streamSetGo) || isStep(t, streamBlock) || isStep(t, streamDelete) \
    || isStep(t, devifCreate) || isStep(t, devifRemove) || isStep(t, requestLock) || isStep(t, requestStop) || isStep(t, requestState) \
    || isStep(t, requestForGuest) || isStep(t, relay) || isStep(t, response) || isStep(t, mmiomtSet) || isStep(t, mmiomtRemove) \
    || isStep(t, dmarAdd) || isStep(t, dmarBlock) || isStep(t, dmarRemove) || isStep(t, markBound) || isStep(t, markUnbound))
#define lacksLock(t) \
  ((isOfDeviceSet(t) && deviceSetLock != t + 1) || (isOfFunction(t) && !(opensOrCloses(t) && deviceSetLock == t + 1) && memoryLock != t + 1) \
    || (isOfMemoryLock(t) && memoryLock != t + 1) || (isOfTSM(t) && tsmLock != t + 1) \
    || (isStep(t, takeFrame) && reservation != t + 1))
#define holdsAnyLock(t) (deviceSetLock == t + 1 || tsmLock == t + 1 || memoryLock == t + 1 || reservation == t + 1)

#define mayOpenFunction needs(openClosed, !isOpen, ACCEPTED)
inline openFunction() {
  isOpen = 1;
  busMasterOff()
}
inline closeFunction() { judgeEndOfInterface(); memoryEnabled = 0; busMaster = 0; isOpen = 0; loseDMA() }

/* VFIO notes one reference: what is taken beside it nobody gives back. */
inline getVM() { breach(notReleased, holdsVM && vmMayRunAtAll); holdsVM = holdsVM || vmMayRunAtAll }
#define mayPutVM needs(putUnbound, !isBound, ACCEPTED)
/* Unbind comes first, all of it. */
inline putVM() { breach(booksContradict, holdsVM && bindingOwner == bindingOwner_vm && !isFatal); holdsVM = 0 }

#define mayCreateVIOMMU needs(viommuVM, holdsVM, ACCEPTED)
#define mayDestroyVIOMMU needs(viommuUnused, vdevice != vdevice_present, ACCEPTED)
#define mayCreateVDevice \
  needs(vdeviceViommu, viommuExists, \
  needs(vdeviceUnique, vdevice == vdevice_absent, ACCEPTED))
#define mayDestroyVDevice needs(vdeviceUnbound, !isBound, ACCEPTED)
/* Gone with its device it leaves a tombstone: its identifier never comes back. */
inline destroyVDevice() { vdevice = (isOpen -> vdevice_absent : vdevice_tombstone) }

#define mayMarkBound \
  needs(bindVM, holdsVM && vmLife == vmLife_runnable, \
  needs(bindVDevice, vdevice == vdevice_present, \
  needs(bindNotHostMapped, !hostMapping, ACCEPTED)))

/* A slot over the buffer: of its size, from its start, writable, without a dirty log, and of the VM that the device is assigned to. */
#define mayAddSlot(hasSize, atStart, isWritable, logsNothing, isOwnVM) \
  needs(slotExported, bufferIsExported, \
  needs(slotSize, hasSize, \
  needs(slotOffset, atStart, \
  needs(slotWritable, isWritable, \
  needs(slotNoDirtyLog, logsNothing, \
  needs(slotNotHostMapped, !hostMapping, \
  needs(slotSameVM, isOwnVM && holdsVM, \
  needs(slotFresh, !slot, ACCEPTED))))))))
inline addSlot(suitsBuffer) { slot = 1; breach(booksContradict, !(suitsBuffer)) }

#define isInSharedAccess (accessKind == accessKind_shared)
#define isFrameHeld (taskHoldsFrame[0] || taskHoldsFrame[1])
#define mayDeleteSlot \
  ifNow(slot, \
  waitsFor(flushAcknowledged, !isInSharedAccess && !isFrameHeld, ACCEPTED))
#define dropShared(p) isShared[p] = 0; tlb[p] = (tlb[p] == tlb_shared -> tlb_none : tlb[p])
inline deleteSlot() { eachPage(dropShared); slot = 0 }

/* The frame behind the slot is good only while the reservation is held; an entry is written for the frame that was taken. */
#define mayTakeFrame \
  needs(faultSlot, slot, \
  needs(faultLive, !bufferIsRevoked, ACCEPTED))
#define isPrivate(p) (isTEE(p) && slotIsPrivate)
#define mayInstallShared(t, p) \
  needs(frameTaken, taskHoldsFrame[t], \
  needs(accessVisibility, !isPrivate(p), ACCEPTED))
#define mayInstallMirror(t, p) \
  needs(frameTaken, taskHoldsFrame[t], \
  needs(accessVisibility, isPrivate(p), ACCEPTED))

#define mayFlushShared waitsFor(flushAcknowledged, !isInSharedAccess, ACCEPTED)
#define flushPage(p) tlb[p] = (tlb[p] == tlb_shared && !isShared[p] -> tlb_none : tlb[p])
