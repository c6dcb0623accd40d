/* The function: who decodes and who masters the bus, its resets and its transfers. What it was doing may end with it. */

/* PCIe 6.0 section 11.2.6: every change that is made here is one that a locked interface tracks. */
inline configurationChanged() {
  if
  :: interfaceIsLocked && !DROP_trackingEntersError -> interface = interface_error; nonceIsLive = 0
  :: else
  fi
}
#define configurationMatters (interfaceIsLocked && !DROP_trackingEntersError)

/* The device can no longer finish what it had issued. */
inline loseDMA() {
  breach(dmaDroppedUnseen, STRICT_DMA && dma == dma_trusted && interface == interface_run && !vmmMisbehaved);
  dma = dma_none;
  configurationChanged()
}

/* What must not be left of an interface whose life ends; asked before the change. */
#define usablePrivateMapping(p) (entry[p] == entry_mmioMapped || (tlb[p] == tlb_secure && vcpu != vcpu_outsideStale))
inline judgeEndOfInterface() {
  breach(privateMappingOutlivesInterface, anyPage(usablePrivateMapping) && interfaceIsLocked);
  breach(accessToDisabledFunction, accessKind != accessKind_none)
}

inline memoryOn() { memoryEnabled = 1 }
/* What is written as it stands changes nothing. */
inline memoryOff() {
  if
  :: memoryEnabled -> judgeEndOfInterface(); memoryEnabled = 0; loseDMA()
  :: else
  fi
}
inline busMasterOn() { busMaster = 1 }
inline busMasterOff() {
  if
  :: busMaster -> busMaster = 0; loseDMA()
  :: else
  fi
}
inline powerD0() { power = power_d0 }
inline powerD3Hot() {
  if
  :: power != power_d3hot -> judgeEndOfInterface(); power = power_d3hot; loseDMA()
  :: else
  fi
}
/* FLR leaves session and stream intact, and a locked interface in ERROR until STOP. */
inline resetBegin() { judgeEndOfInterface(); inReset = 1; loseDMA() }
inline resetEnd() { inReset = 0; power = power_d0 }

/* The table of PCIe 6.0 section 11.2.3 for a request that reaches the function: T=1, and T=0. */
#define arrivesWithT \
  needs(tlpT1Run, interface == interface_run, \
  needs(tlpT1Stream, !streamIsInsecure, ACCEPTED))
#define arrivesWithoutT(p) \
  (isTEE(p) -> needs(tlpT0Unlocked, interface == interface_configUnlocked, ACCEPTED) : ACCEPTED)

/* PCIe 6.0 section 11.2.4: what may leave it. */
#define mayIssue(rest) \
  ifNow(dma == dma_none, \
  needs(issueBusMaster, busMaster, \
  needs(issuePower, power == power_d0, \
  needs(issueReset, !inReset, rest))))
#define mayStartTrustedDMA mayIssue(needs(issueT1Run, interface == interface_run, ACCEPTED))
#define mayStartSharedDMA mayIssue(needs(issueT0Unlocked, interface == interface_configUnlocked, ACCEPTED))

inline startTrustedDMA() { dma = dma_trusted }

/* The transfer reaches the IOMMU: a context first, cached or in the table, and under it a page of guest memory. */
#define mayFinishTrustedDMA ifNow(dma == dma_trusted, ACCEPTED)
#define findsContext holds(iommuTrusted, contextIsCached || dmar == dmar_present)
inline finishTrustedDMA() {
  dma = dma_none;
  if
  :: findsContext && (memoryIOTLB || memoryEntry == entry_mapped) ->
     /* A transfer that the guest never agreed to has read its memory. */
     breach(privateByteLeaks, !contextIsCached && dmar != dmar_present);
     breach(staleTranslationUsed, (contextIsCached && dmar == dmar_free) ||
       (memoryIOTLB && memoryEntry != entry_mapped && memoryEntry != entry_blocked));
     contextIsCached = 1;
     memoryIOTLB = 1;
     holdsSecrets = 1
  :: else ->
     breach(dmaDroppedUnseen, STRICT_DMA && interface == interface_run && !vmmMisbehaved);
     contextIsCached = (findsContext -> 1 : contextIsCached)
  fi
}
