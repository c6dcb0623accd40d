/* Guest memory, and the life of the VM and of its monitor. */

/* The books of a TD that the firmware found fatal are closed with it. */
#define isFatal (vmEnd == vmEnd_machineCheck && vmLife != vmLife_released)

#define mayPageAdd \
  needs(memoryAddBuilding, vmLife == vmLife_building, \
  needs(memoryAddFree, memoryEntry == entry_free, ACCEPTED))
inline pageAdd() {
  breach(wrongPageAccepted, vmLife != vmLife_building);
  memoryEntry = entry_mapped
}

#define mayPageAug \
  needs(memoryAugAlive, vmLife == vmLife_runnable, \
  needs(memoryAugFree, memoryEntry == entry_free || memoryEntry == entry_removed, ACCEPTED))
inline pageAug() { memoryEntry = entry_pending }

#define mayAcceptMemory \
  ifNow(guestIsRunning, \
  needs(memoryAcceptPending, memoryEntry == entry_pending, ACCEPTED))
inline acceptMemory() { memoryEntry = entry_mapped; memoryIsPoisoned = 0 }

#define mayRangeBlock needs(memoryBlockMapped, memoryEntry == entry_mapped || memoryEntry == entry_pending, ACCEPTED)
inline rangeBlock() {
  memoryEntry = (memoryEntry == entry_pending -> entry_pendingBlocked : entry_blocked);
  memoryStamp = stamp_current
}

#define mayPageRemove \
  needs(memoryRemoveBlocked, memoryEntry == entry_blocked || memoryEntry == entry_pendingBlocked, \
  needs(memoryRemoveTLB, isTLBTracked(memoryStamp), \
  needs(memoryRemoveIOTLB, isIOTLBTracked(memoryStamp), ACCEPTED)))
inline pageRemove() { memoryEntry = entry_free; memoryStamp = stamp_current; memoryIsPoisoned = 0 }

/* The VM will not run again: its guest believes nothing but what its START on the way rests on. */
inline endVM(who) {
  if
  :: vmMayRunAtAll ->
     vmLife = vmLife_dead;
     vmEnd = who;
     vcpu = vcpu_outsideStale;
     accessKind = accessKind_none;
     accessPage = 0;
     evidence = (request == request_start || guestRequest == guestRequest_startRequested -> evidence : evidence_none);
     eachPage(forgetPage);
     memoryTLB = tlb_none
  :: else
  fi
}

/* KVM_BUG_ON. */
inline bugVM() {
  breach(hostKillsVM, vmMayRunAtAll && !vmmMisbehaved);
  endVM(vmEnd_kvm)
}

#define mayCrash ifNow(vmmIsAlive, ACCEPTED)
inline crashVMM() { vmmIsAlive = 0; hostMapping = 0; endVM(vmEnd_owner) }

#define mayVmCreate ifNow(vmLife == vmLife_absent, ACCEPTED)
inline vmCreate() { vmLife = vmLife_building }

#define mayVmFinalize needs(finalizeBuilding, vmLife == vmLife_building, ACCEPTED)
inline vmFinalize() { vmLife = vmLife_runnable }

/* From here on down: the end of a TD. */
#define mayFlushDone \
  ifNow(vmLife != vmLife_absent && !vmIsGone, \
  needs(flushDoneNoVCPU, !vcpuIsInside, \
  needs(flushDoneNoDevice, bindingOwner == bindingOwner_none, \
  needs(flushDoneNoDMA, dmarInvalidation != dmarInvalidation_queued && !dmarIsAccepted && !iotlbFlushIsQueued, ACCEPTED))))
inline flushDone() { vmLife = vmLife_blocked; vmEnd = (vmEnd == vmEnd_none -> vmEnd_owner : vmEnd) }

#define mayCacheWriteBack \
  ifNow(vmLife <= vmLife_blocked, \
  needs(writeBackBlocked, vmLife == vmLife_blocked, ACCEPTED))
inline cacheWriteBack() { vmLife = vmLife_writtenBack }

#define mayKeyFree \
  ifNow(vmLife <= vmLife_writtenBack, \
  needs(keyFreeFlushed, vmLife == vmLife_writtenBack, ACCEPTED))
inline keyFree() {
  breach(booksContradict, vmLife != vmLife_writtenBack);
  vmLife = vmLife_tornDown
}

/* What the TD no longer has, another may have by now. */
#define mayPageReclaim \
  needs(reclaimOwned, memoryEntry != entry_free, \
  needs(reclaimTornDown, vmLife == vmLife_tornDown, ACCEPTED))
inline pageReclaim() {
  breach(booksContradict, memoryEntry == entry_free || vmLife != vmLife_tornDown);
  memoryEntry = entry_free;
  memoryStamp = stamp_current;
  memoryTLB = tlb_none;
  memoryIsPoisoned = 0
}

#define mayRootReclaim \
  ifNow(vmLife == vmLife_tornDown, \
  needs(reclaimRootLast, memoryEntry == entry_free, ACCEPTED))
#define dropPage(p) \
  if \
  :: entry[p] != entry_free -> \
     entry[p] = entry_free; metadata[frame[p]] = metadata_absent; frame[p] = 0; stamp[p] = stamp_current \
  :: else \
  fi
inline rootReclaim() {
  vmLife = vmLife_released;
  iotlbEpochIsOpen = 0;
  eachPage(dropPage)
}
