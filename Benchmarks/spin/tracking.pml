/*
 * TLB epochs and trusted DMA. Of an epoch only its difference to the current one is kept, capped at `older`, as our worlds have it:
 * otherwise there would be no end of states.
 */

/* Before the TD runs nothing can have cached a translation. */
#define isTLBTracked(age) \
  (vmLife == vmLife_building || age == stamp_older || (age == stamp_previous && vcpu != vcpu_insidePrevious))
#define isIOTLBTracked(age) \
  (vmLife == vmLife_building || age == stamp_older || (age == stamp_previous && !iotlbEpochIsOpen))
#define nextAge(age) (age == stamp_current -> stamp_previous : stamp_older)

/* Whether an IOMMU is in the TD's count. */
#define countsForIOTLB (IOTLB_EPOCH_NEEDS_ACCEPTED_DMA -> dmarIsAccepted : bindingOwner != bindingOwner_none)

#define mayMemTrack \
  needs(trackAlive, vmIsOperable, \
  waitsFor(trackTLBEpoch, vcpu != vcpu_insidePrevious, \
  waitsFor(trackIOTLBEpoch, !iotlbEpochIsOpen, ACCEPTED)))
#define agePage(p) stamp[p] = (entry[p] == entry_mmioBlocked -> nextAge(stamp[p]) : stamp[p])
#define pageCanAge(p) (entry[p] == entry_mmioBlocked && stamp[p] != stamp_older)
#define trackMatters \
  (anyPage(pageCanAge) || (entryIsBlocked(memoryEntry) && memoryStamp != stamp_older) \
    || vcpu == vcpu_insideCurrent || vcpu == vcpu_outside || (countsForIOTLB && !iotlbEpochIsOpen))
inline memTrack() {
  eachPage(agePage);
  memoryStamp = (entryIsBlocked(memoryEntry) -> nextAge(memoryStamp) : memoryStamp);
  vcpu = (vcpu == vcpu_insideCurrent -> vcpu_insidePrevious : (vcpu == vcpu_outside -> vcpu_outsideStale : vcpu));
  iotlbEpochIsOpen = iotlbEpochIsOpen || countsForIOTLB
}

/* KVM asks every vCPU of the old epoch to leave; an access that is under way ends first. */
#define mayKick waitsFor(kickAcknowledged, vcpu != vcpu_insidePrevious || accessKind == accessKind_none, ACCEPTED)
inline kick() { vcpu = (vcpu == vcpu_insidePrevious -> vcpu_outsideStale : vcpu) }

/* TDH.VP.ENTER samples the epoch and flushes where it has changed. */
#define mayEnter \
  needs(enterOutside, !vcpuIsInside, \
  needs(enterRunnable, vmLife == vmLife_runnable, \
  ifNow(vmmIsAlive, ACCEPTED)))
#define forgetPage(p) tlb[p] = tlb_none
inline enter() {
  if
  :: vcpu == vcpu_outsideStale && !DROP_enterFlushes -> eachPage(forgetPage); memoryTLB = tlb_none
  :: else
  fi;
  vcpu = vcpu_insideCurrent
}

/* TDH.DMAR.ADD, TDG.DMAR.ACCEPT, TDH.DMAR.BLOCK, TDH.IQINV.REQ, TDH.IQINV.PROC, TDH.DMAR.REMOVE. */
#define mayDmarAdd \
  needs(dmarAddInterface, bindingOwner == bindingOwner_vm || bindingOwner == bindingOwner_both, \
  needs(dmarAddFree, dmar == dmar_free, ACCEPTED))
inline dmarAdd() { dmar = dmar_pending }

#define mayAcceptDMA \
  ifNow(guestIsRunning, \
  needs(guestChecksBeforeAccept, evidenceLooksChecked, \
  needs(dmarAcceptPending, dmar == dmar_pending || dmar == dmar_present, \
  needs(dmarAcceptValid, isValid, \
  needs(dmarAcceptLocked, recorded == recorded_locked || (DMA_IN_RUN && recorded == recorded_run), ACCEPTED)))))
inline acceptDMA() { dmar = dmar_present }

#define mayDmarBlock \
  needs(dmarBlockInterface, bindingOwner != bindingOwner_none, \
  needs(dmarBlockPresent, dmar == dmar_pending || dmar == dmar_present, ACCEPTED))
inline dmarBlock() {
  dmar = (dmar == dmar_pending -> dmar_pendingBlocked : dmar_blocked);
  dmarInvalidation = dmarInvalidation_pending
}

#define mayInvalidateEntry \
  needs(invalidateBlocked, dmarIsBlocked && dmarInvalidation == dmarInvalidation_pending, ACCEPTED)
inline invalidateEntry() { dmarInvalidation = dmarInvalidation_queued }

/* Where no TRACK has made it due it queues nothing, and that is no error. */
#define flushIsDue (iotlbEpochIsOpen && countsForIOTLB)
#define mayInvalidateIOTLB \
  needs(invalidateAlive, vmIsOperable, \
  (flushIsDue -> waitsFor(invalidateIdle, !iotlbFlushIsQueued, ACCEPTED) : ACCEPTED))
inline invalidateIOTLB() {
  breach(booksContradict, flushIsDue && iotlbFlushIsQueued);
  iotlbFlushIsQueued = iotlbFlushIsQueued || flushIsDue
}

/* The latest that an invalidation can take effect. */
inline invalidateProcess() {
  if
  :: dmarInvalidation == dmarInvalidation_queued ->
     dmarInvalidation = dmarInvalidation_done;
     contextIsCached = 0;
     memoryIOTLB = 0
  :: else
  fi;
  if
  :: iotlbFlushIsQueued -> memoryIOTLB = 0; iotlbFlushIsQueued = 0; iotlbEpochIsOpen = 0
  :: else
  fi
}

#define mayDmarRemove \
  needs(dmarRemoveBlocked, dmarIsBlocked, \
  needs(dmarRemoveInvalidated, dmarInvalidation == dmarInvalidation_done, \
  waitsFor(dmarRemoveIOTLB, !iotlbEpochIsOpen || !dmarIsAccepted, \
  needs(dmarRemoveInterface, bindingOwner != bindingOwner_none, ACCEPTED))))
inline dmarRemove() { dmar = dmar_free; dmarInvalidation = dmarInvalidation_pending }
