/*
 * Properties of a state, one option of the loop each: Spin asks them once for every state, as our explorer does. What a step broke is
 * in `verdict`, and is found one option later: the step itself and the assertion, as with a broken state the way to it and the
 * assertion. So Spin's depth of an assertion is the length of our path.
 */
#define fails(property, condition) \
  :: d_step { ASKED_##property && (verdict == NUMBER_##property || (condition)) -> assert(NUMBER_##property == 0) }

#define hasOwner (bindingOwner != bindingOwner_none)

/* Secure EPT and metadata table. */
#define outlives(p) (entry[p] != entry_free && !hasOwner && usablePrivateMapping(p))
#define isWrong(p) (entry[p] == entry_mmioMapped && frame[p] != p)
#define isTwice(p, q) (entry[p] != entry_free && entry[q] != entry_free && frame[p] == frame[q])
#if PAGES == 1
#define anyTwice false
#define isSomebodysFrame(f) (entry[0] != entry_free && frame[0] == f)
#elif PAGES == 2
#define anyTwice isTwice(0, 1)
#define isSomebodysFrame(f) ((entry[0] != entry_free && frame[0] == f) || (entry[1] != entry_free && frame[1] == f))
#elif PAGES == 3
#define anyTwice (isTwice(0, 1) || isTwice(0, 2) || isTwice(1, 2))
#define isSomebodysFrame(f) \
  ((entry[0] != entry_free && frame[0] == f) || (entry[1] != entry_free && frame[1] == f) || (entry[2] != entry_free && frame[2] == f))
#else
#define anyTwice (isTwice(0, 1) || isTwice(0, 2) || isTwice(1, 2) || isTwice(0, 3) || isTwice(1, 3) || isTwice(2, 3))
#define isSomebodysFrame(f) \
  ((entry[0] != entry_free && frame[0] == f) || (entry[1] != entry_free && frame[1] == f) \
    || (entry[2] != entry_free && frame[2] == f) || (entry[3] != entry_free && frame[3] == f))
#endif
#define pageContradicts(p) \
  ((metadata[p] == metadata_mapped) != isSomebodysFrame(p) || (metadata[p] == metadata_mapped && !hasOwner) \
    || (entry[p] != entry_free && ((stamp[p] != stamp_current && entry[p] != entry_mmioBlocked) || !hasOwner)))

/* The interface: its record may lag behind the device by the one answer that is not processed, and behind an ERROR. */
#define stopIsAnswered (answer != answer_none && request == request_stop)
#define recordContradicts \
  ((recorded == recorded_locked && interface == interface_configUnlocked && !stopIsAnswered) \
    || (recorded == recorded_run && (interface == interface_configLocked \
      || (interface == interface_configUnlocked && !stopIsAnswered))))
#define interfaceContradicts \
  ((interfaceIsLocked && (!answers || streamIsInsecure)) \
    || (!hasOwner -> interface == interface_run || request != request_none || isValid || dmarIsAccepted \
      : vmIsGone || session != session_connected || stream == stream_absent || isStarting || recordContradicts))

/* The trusted DMA entry and what the IOMMU caches, the session under the stream, the vCPU in its TD. */
#define exchangeContradicts \
  (exchange == exchange_handshake -> session != session_created : \
  (exchange == exchange_key || exchange == exchange_go -> !isStarting : \
  (exchange == exchange_end) != (session == session_ending)))
#define contextContradicts \
  ((dmarInvalidation != dmarInvalidation_pending && !dmarIsBlocked) \
    || (stream != stream_absent && session != session_connected) \
    || (stream == stream_absent && streamKeys != 0) || (stream == stream_ready && streamKeys != ALL_KEYS) \
    || (stream == stream_rxOnly && streamKeys < RECEIVING_KEYS) || exchangeContradicts \
    || (vcpuIsInside && vmLife != vmLife_runnable) \
    || (vmEnd != vmEnd_none && vmMayRunAtAll) \
    || (vmIsGone && (contextIsCached || memoryIOTLB || iotlbFlushIsQueued)))

#define memoryContradicts \
  ((memoryStamp != stamp_current && !entryIsBlocked(memoryEntry)) || (memoryEntry != entry_free && vmLife == vmLife_released))

#define firmwareContradicts \
  (memoryContradicts || (!isFatal && (anyPage(pageContradicts) || interfaceContradicts || contextContradicts)))

#define firmwareProperties \
  fails(interfaceHasTwoOwners, !isFatal && bindingOwner == bindingOwner_both) \
  fails(privateMappingOutlivesInterface, !isFatal && anyPage(outlives)) \
  fails(wrongPageAccepted, !isFatal && anyPage(isWrong)) \
  fails(pageMappedTwice, !isFatal && anyTwice) \
  fails(staleTranslationUsed, false) \
  fails(privateByteLeaks, false) \
  fails(accessToDisabledFunction, false) \
  fails(runWithoutEvidence, false) \
  fails(dmaDroppedUnseen, false)
