/* What the guest does, and what bystanders find when they touch what is not theirs. */

/* TDG.DEVIF.VALIDATE, of the device that the guest expects or of another. */
#define mayValidate(infoMatches) \
  ifNow(guestIsRunning, \
  needs(validatePresent, bindingOwner != bindingOwner_none, \
  needs(validateInfo, infoMatches, \
  ifNow(!isValid && recorded == recorded_locked, ACCEPTED))))
inline validate(infoMatches) { isValid = 1; identityIsOther = !(infoMatches); evidence = evidence_none }

/* TDG.DEVIF.RESPONSE: only here does the record become RUN, or the report reach the TD. */
#define mayCollect \
  ifNow(guestIsRunning, \
  needs(collectValid, isValid, \
  needs(collectProcessed, guestRequest >= guestRequest_reportProcessed, \
  needs(guestAsksBeforeCollect, evidence != evidence_none, ACCEPTED))))
inline collect() {
  if
  :: guestRequest == guestRequest_reportProcessed -> evidence = (evidence == evidence_asked -> evidence_collected : evidence_stale)
  :: guestRequest == guestRequest_startProcessed -> recorded = recorded_run
  :: guestRequest == guestRequest_errorProcessed -> evidence = (evidence == evidence_asked -> evidence_none : evidence)
  /* What was never relayed for this lock proves nothing about it. */
  :: else -> evidence = evidence_stale
  fi;
  guestRequest = guestRequest_available
}

#define mayCheckEvidence \
  ifNow(guestIsRunning, \
  needs(guestCollectsBeforeCheck, evidence == evidence_collected, ACCEPTED))
inline checkEvidence() {
  evidence = (evidence == evidence_collected && !identityIsOther -> evidence_checked : evidence_stale)
}

/*
 * A load or store to a BAR page, decided at translation. Between BLOCK and the end of tracking a vCPU may use what it had cached;
 * between a zap and its flush, which one holder of the reservation does, too. An access that the device rejects leaves no trace, and
 * one that came through a stale translation is broken all the same.
 */
#define mayAccess(rest) ifNow(guestIsRunning && accessKind == accessKind_none, rest)
#define translatesSecurely(p) needs(accessTranslates, tlb[p] == tlb_secure || entry[p] == entry_mmioMapped, ACCEPTED)
#define isStaleSecurely(p) (entry[p] != entry_mmioMapped && entry[p] != entry_mmioBlocked)
#define arrivesSecurely(p) (!answers || accepts(arrivesWithT) || breaks(staleTranslationUsed, isStaleSecurely(p)))
#define mayAccessSecurely(p) mayAccess((accepts(translatesSecurely(p)) && arrivesSecurely(p) -> ACCEPTED : REFUSED))
inline accessSecurely(p) {
  breach(staleTranslationUsed, isStaleSecurely(p));
  /* What the guest writes privately is for a running interface over its own stream. */
  breach(privateByteLeaks, answers && (interface != interface_run || streamIsInsecure));
  breach(accessToDisabledFunction, !answers);
  tlb[p] = tlb_secure;
  accessKind = accessKind_secure;
  accessPage = p
}

#define translatesShared(p) needs(accessTranslates, tlb[p] == tlb_shared || isShared[p], ACCEPTED)
#define isStaleShared(p) (!isShared[p] && reservationIsFree)
#define arrivesShared(p) (!answers || accepts(arrivesWithoutT(p)) || breaks(staleTranslationUsed, isStaleShared(p)))
#define mayAccessShared(p) mayAccess((accepts(translatesShared(p)) && arrivesShared(p) -> ACCEPTED : REFUSED))
inline accessShared(p) {
  breach(staleTranslationUsed, isStaleShared(p));
  breach(accessToDisabledFunction, !answers);
  tlb[p] = tlb_shared;
  accessKind = accessKind_shared;
  accessPage = p
}

#define mayEndAccess ifNow(accessKind != accessKind_none, ACCEPTED)
inline endAccess() { accessKind = accessKind_none; accessPage = 0 }

/* The guest reads its own memory. */
#define mayRead \
  ifNow(guestIsRunning, \
  needs(accessTranslates, memoryTLB == tlb_secure || memoryEntry == entry_mapped, ACCEPTED))
#define readIsStale (memoryEntry != entry_mapped && memoryEntry != entry_blocked)
#define readMatters (memoryIsPoisoned || memoryTLB != tlb_secure || breaks(staleTranslationUsed, readIsStale))
inline guestReads() {
  breach(staleTranslationUsed, readIsStale);
  if
  :: memoryIsPoisoned -> endVM(vmEnd_machineCheck)
  :: else -> memoryTLB = tlb_secure
  fi
}

/*
 * Those who should not: the host's CPU at a page, a transfer of the device's own with T=0, the host's CPU and a peer at guest
 * memory. They change nothing, so all that there is of them is what they break.
 */
#define touchPasses(p) \
  (holds(decodeEnabled, answers) && accepts(arrivesWithoutT(p)))
#define touchLeaks(p) (touchPasses(p) && isTEE(p) && holdsSecrets)
#define touchIsHeard(p) (touchPasses(p) && !answers)
#define sendLeaks (accepts(mayStartSharedDMA) && holdsSecrets)
#define sendIsHeard (accepts(mayStartSharedDMA) && (!busMaster || inReset || power != power_d0))
#define memoryLeaks (memoryEntry != entry_free && (DROP_encryptionKey || DROP_iommuPrivateNeedsT))

/* Another VM wants the interface that this one has; a foreign tenant alone is another world. */
#define mayBindForeign ifNow(bindingOwner == bindingOwner_vm, mayCreateInterface(true))
