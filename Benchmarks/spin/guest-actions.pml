/* The guest, its device, those who should not, and the foreign VM: the same in every model. */
#if PAGES == 1
#define eachPageOption(A) A(0)
#elif PAGES == 2
#define eachPageOption(A) A(0) A(1)
#elif PAGES == 3
#define eachPageOption(A) A(0) A(1) A(2)
#else
#define eachPageOption(A) A(0) A(1) A(2) A(3)
#endif
#if IMPORTERS == 0
#define eachImporterOption(A)
#elif IMPORTERS == 1
#define eachImporterOption(A) A(0)
#elif IMPORTERS == 2
#define eachImporterOption(A) A(0) A(1)
#elif IMPORTERS == 3
#define eachImporterOption(A) A(0) A(1) A(2)
#else
#define eachImporterOption(A) A(0) A(1) A(2) A(3)
#endif

#define guestPageActions(p) \
  :: d_step { accepts(mayAcceptMMIO(p)) && entry[p] != entry_mmioMapped -> acceptMMIO(p) } \
  :: d_step { accepts(mayAccessSecurely(p)) -> accessSecurely(p) } \
  :: d_step { accepts(mayAccessShared(p)) -> accessShared(p) }

#define guestActions \
  :: d_step { accepts(mayEnter) && vcpu != vcpu_insideCurrent -> enter() } \
  :: d_step { accepts(mayEndAccess) -> endAccess() } \
  :: d_step { accepts(mayValidate(true)) -> validate(true) } \
  :: d_step { accepts(mayValidate(false)) -> validate(false) } \
  :: d_step { accepts(mayAskReport) -> ask(guestRequest_reportRequested); evidence = evidence_asked } \
  :: d_step { accepts(mayCollect) && (guestRequest != guestRequest_available || evidence != evidence_stale) -> collect() } \
  :: d_step { accepts(mayCheckEvidence) && evidence != evidence_stale -> checkEvidence() } \
  :: d_step { accepts(mayAcceptDMA) && dmar != dmar_present -> acceptDMA() } \
  :: d_step { accepts(mayAskStart) && askMatters(guestRequest_startRequested) -> ask(guestRequest_startRequested) } \
  :: d_step { accepts(mayStartTrustedDMA) -> startTrustedDMA() } \
  :: d_step { accepts(mayFinishTrustedDMA) -> finishTrustedDMA() } \
  eachPageOption(guestPageActions) \
  :: d_step { breaks(privateByteLeaks, anyPage(touchLeaks) || sendLeaks || memoryLeaks) -> verdict = NUMBER_privateByteLeaks } \
  :: d_step { breaks(accessToDisabledFunction, anyPage(touchIsHeard) || sendIsHeard) \
       -> verdict = NUMBER_accessToDisabledFunction } \
  :: d_step { accepts(mayBindForeign) -> createInterface(bindingOwner_foreign) }
