/*
 * The twin of the model `untrusted-host`: the firmware's rules against a host that makes any call at any time. The rules are the
 * same files; of the host nothing is left.
 */
#include "law.pml"
#include "world.pml"
#define anySharedReach false
#define reservationIsFree true
#include "function.pml"
#include "sessions.pml"
#include "interface.pml"
#include "mmio.pml"
#include "tracking.pml"
#include "life.pml"
#include "guest.pml"
#include "properties.pml"
#include "guest-actions.pml"

#define nothingProcessed (!isValid && !identityIsOther && guestRequest == guestRequest_available)
#define lossMatters (dma != dma_none || configurationMatters)
#define posesRequest(kind) :: d_step { accepts(mayRequest(kind)) && poseMatters(kind) -> pose(kind) }

#define pageCalls(p) \
  :: d_step { accepts(mayMmiomtSet(p)) && metadata[p] != metadata_data -> mmiomtSet(p) } \
  :: d_step { accepts(mayMmiomtRemove(p)) && metadata[p] != metadata_absent -> mmiomtRemove(p) } \
  :: d_step { accepts(mayMmioBlock(p)) && (entry[p] != entry_mmioBlocked || stamp[p] != stamp_current) -> mmioBlock(p) } \
  :: d_step { accepts(mayMmioUnmap(p)) && (entry[p] != entry_free || stamp[p] != stamp_current || frame[p] != 0 \
       || metadata[frame[p]] != metadata_data) -> mmioUnmap(p) } \
  eachFrameOption(mapsFrame, p)
#define mapsFrame(p, f) \
  :: d_step { accepts(mayMmioMap(p, f)) && (entry[p] != entry_mmioPending || frame[p] != f || metadata[f] != metadata_mapped) \
       -> mmioMap(p, f) }
#if PAGES == 1
#define eachFrameOption(A, p) A(p, 0)
#elif PAGES == 2
#define eachFrameOption(A, p) A(p, 0) A(p, 1)
#elif PAGES == 3
#define eachFrameOption(A, p) A(p, 0) A(p, 1) A(p, 2)
#else
#define eachFrameOption(A, p) A(p, 0) A(p, 1) A(p, 2) A(p, 3)
#endif

active proctype world() {
end:
  do
  DUMP
  firmwareProperties
  fails(booksContradict, firmwareContradicts)

  :: d_step { accepts(maySpdmCreate) && session != session_created -> spdmCreate() }
  :: d_step { accepts(maySpdmConnect) -> spdmConnect() }
  :: d_step { accepts(maySpdmDisconnect) && (sessionIsLive || exchange != exchange_none) -> spdmDisconnect() }
  :: d_step { accepts(maySpdmDelete) && (session != session_none || exchange != exchange_none) -> spdmDelete() }
  :: d_step { accepts(mayStreamCreate) && (stream != stream_created || streamIsInsecure || streamKeys != 0) -> streamCreate() }
  :: d_step { accepts(mayStreamProgramKey) -> streamProgramKey() }
  :: d_step { accepts(mayStreamSetGo) -> streamSetGo() }
  :: d_step { accepts(maySpdmRelay) -> spdmRelay() }
  :: d_step { accepts(mayStreamBlock) && (stream != stream_blocked || !streamIsInsecure || lossMatters) -> streamBlock() }
  :: d_step { accepts(mayStreamDelete) && (stream != stream_absent || streamKeys != 0) -> streamDelete() }
  :: d_step { accepts(mayCreateInterface(false)) && (bindingOwner != bindingOwner_both || recorded != recorded_unlocked ||
       request != request_none || answer != answer_none || !nothingProcessed) -> createInterface(bindingOwner_vm) }
  :: d_step { accepts(mayDevifRemove) && (bindingOwner != bindingOwner_none || request != request_none || answer != answer_none ||
       !nothingProcessed) -> devifRemove() }
  posesRequest(request_lock)
  posesRequest(request_stop)
  posesRequest(request_state)
  :: d_step { accepts(mayRequestForGuest) && (isRequestedByGuest || breaks(booksContradict, true)) -> requestForGuest() }
  :: d_step { accepts(mayRelay) -> relay() }
  :: d_step { accepts(mayResponse) && (request != request_none || answer != answer_none) ->
       if
       :: responseFails -> takeResponse()
       :: else -> response()
       fi
     }
  :: d_step { accepts(mayDmarAdd) && dmar != dmar_pending -> dmarAdd() }
  :: d_step { accepts(mayDmarBlock) && (dmar != dmar_blocked || dmarInvalidation != dmarInvalidation_pending) -> dmarBlock() }
  :: d_step { accepts(mayDmarRemove) && (dmar != dmar_free || dmarInvalidation != dmarInvalidation_pending) -> dmarRemove() }
  :: d_step { accepts(mayInvalidateEntry) && dmarInvalidation != dmarInvalidation_queued -> invalidateEntry() }
  :: d_step { !memoryEnabled -> memoryOn() }
  :: d_step { memoryEnabled -> memoryOff() }
  eachPageOption(pageCalls)
  :: d_step { accepts(mayBecomeInsecure) -> streamBecomesInsecure() }
  :: d_step { accepts(mayRangeBlock) && (memoryEntry != entry_blocked || memoryStamp != stamp_current) -> rangeBlock() }
  :: d_step { accepts(mayPageRemove) && (memoryEntry != entry_free || memoryStamp != stamp_current || memoryIsPoisoned) ->
       pageRemove() }
  :: d_step { accepts(mayPageAug) && memoryEntry != entry_pending -> pageAug() }
  :: d_step { accepts(mayPageAdd) && (memoryEntry != entry_mapped || breaks(wrongPageAccepted, vmLife != vmLife_building)) ->
       pageAdd() }
  :: d_step { accepts(mayPageReclaim) && memoryEntry != entry_free -> pageReclaim() }
  :: d_step { accepts(mayRead) && readMatters -> guestReads() }
  :: d_step { accepts(mayAcceptMemory) && (memoryEntry != entry_mapped || memoryIsPoisoned) -> acceptMemory() }
  :: d_step { accepts(mayMemTrack) && trackMatters -> memTrack() }
  :: d_step { accepts(mayKick) && vcpu == vcpu_insidePrevious -> kick() }
  :: d_step { accepts(mayInvalidateIOTLB) && flushIsDue && (!iotlbFlushIsQueued || ASKED_booksContradict) -> invalidateIOTLB() }
  :: d_step { dmarInvalidation == dmarInvalidation_queued || iotlbFlushIsQueued -> invalidateProcess() }
  :: d_step { accepts(mayFlushDone) -> flushDone() }
  :: d_step { accepts(mayCacheWriteBack) -> cacheWriteBack() }
  :: d_step { accepts(mayKeyFree) -> keyFree() }
  :: d_step { accepts(mayRootReclaim) -> rootReclaim() }
  :: d_step { accepts(mayVmFinalize) && vmLife != vmLife_runnable -> vmFinalize() }

  guestActions
  od
}
