/*
 * The device interface and the conversation about it: a request is posed, the host relays it, the device answers, and a book
 * changes only when the response is processed. PCIe 6.0 section 11.3; TDX Connect.
 */

/* The module no longer vouches for the interface. */
inline withdraw() { isValid = 0; identityIsOther = 0 }
/* What was said through an object begins and ends with it. */
inline forgetConversation() {
  request = request_none;
  answer = answer_none;
  guestRequest = guestRequest_available;
  evidence = (evidence == evidence_asked -> evidence_none : evidence);
  withdraw()
}

/* TDH.DEVIF.CREATE, for this VM or for a foreign one. */
#define mayCreateInterface(isForeign) \
  needs(devifCreateRunnable, vmIsOperable || isForeign, \
  needs(devifCreateAbsent, bindingOwner == bindingOwner_none, \
  needs(devifCreateSession, session == session_connected, \
  needs(devifCreateStream, stream == stream_ready, ACCEPTED))))
inline createInterface(owner) {
  bindingOwner = (bindingOwner == bindingOwner_none -> owner : bindingOwner_both);
  recorded = recorded_unlocked;
  forgetConversation()
}

/* MMIO.UNMAP and DEVIF.REMOVE look at the record, or at a blocked stream. The device is never asked. */
#define isRecordedStopped (recorded == recorded_unlocked || stream == stream_blocked)
#define pageIsMapped(p) metadata[p] == metadata_mapped
#define mayDevifRemove \
  needs(removePresent, bindingOwner != bindingOwner_none, \
  needs(removeStopped, isRecordedStopped, \
  needs(removeNoDMA, !dmarIsAccepted, \
  needs(removeNoMMIO, !anyPage(pageIsMapped) || vmEnd == vmEnd_machineCheck, ACCEPTED))))
inline devifRemove() {
  bindingOwner = bindingOwner_none;
  forgetConversation()
}

/* A message that is on its way must not be forgotten for another. */
inline pose(kind) {
  breach(booksContradict, request != request_none);
  request = kind;
  answer = answer_none
}
#define poseMatters(kind) (request != kind || answer != answer_none || breaks(booksContradict, request != request_none))

/* TDH.DEVIF.REQUEST: LOCK, STOP and GET_STATE are the host's. */
#define mayRequest(kind) \
  needs(requestPresent, bindingOwner != bindingOwner_none, \
  needs(requestErrorState, recorded != recorded_error || kind == request_stop || kind == request_state, \
  waitsFor(requestSlot, request == request_none, ACCEPTED)))

/* TDH.DEVIF.REQUEST for the TD: generates what the TD has asked for. */
#define isRequestedByGuest \
  (guestRequest != guestRequest_available && guestRequest < guestRequest_generated)
#define mayRequestForGuest \
  needs(requestPresent, bindingOwner != bindingOwner_none, \
  needs(requestErrorState, recorded != recorded_error, \
  waitsFor(requestSlot, request == request_none, \
  needs(requestAskedByGuest, isRequestedByGuest, ACCEPTED))))
inline requestForGuest() {
  if
  :: guestRequest == guestRequest_reportRequested -> pose(request_report); guestRequest = guestRequest_generated
  :: guestRequest == guestRequest_startRequested -> pose(request_start); guestRequest = guestRequest_generated
  :: guestRequest == guestRequest_oldStartRequested -> pose(request_oldStart); guestRequest = guestRequest_generated
  :: else -> breach(booksContradict, true)
  fi
}

/* TDG.DEVIF.REQUEST: REPORT and START are the TD's. */
#define isGuestsMessage (request == request_report || isStart)
#define isStart (request == request_start || request == request_oldStart)
#define isAvailable (guestRequest == guestRequest_available)
inline ask(kind) {
  breach(booksContradict, !isAvailable);
  guestRequest = kind
}
#define askMatters(kind) (guestRequest != kind || breaks(booksContradict, !isAvailable))
#define mayAsk(rest) \
  ifNow(guestIsRunning && bindingOwner != bindingOwner_none, \
  needs(guestRequestValid, isValid, \
  needs(guestRequestErrorState, recorded != recorded_error, \
  waitsFor(guestRequestSlot, isAvailable, rest))))
#define wasSeenLocked (recorded == recorded_locked || recorded == recorded_error)
#define mayAskReport mayAsk(ifNow(evidence == evidence_none && wasSeenLocked, ACCEPTED))
#define mayAskStart \
  mayAsk(needs(guestChecksBeforeStart, evidenceLooksChecked, \
  ifNow(wasSeenLocked && (dmar == dmar_present || DMA_IN_RUN), ACCEPTED)))

/* What the device makes of a message. */
#define mayLock \
  needs(lockState, interface == interface_configUnlocked, \
  needs(lockKeys, session == session_connected && stream == stream_ready && !streamIsInsecure, \
  needs(lockConfiguration, answers, ACCEPTED)))
#define mayReport needs(reportState, interfaceIsLocked, ACCEPTED)
#define mayStart \
  needs(startState, interface == interface_configLocked, \
  needs(startNonce, nonceIsLive && request == request_start, ACCEPTED))

#define mayRelay ifNow(request != request_none && answer == answer_none, ACCEPTED)
inline relay() {
  if
  :: request == request_lock && accepts(mayLock) ->
     /* LOCK drains the device. Who is rejected from here on had to be revoked before. */
     interface = interface_configLocked;
     nonceIsLive = 1;
     dma = dma_none;
     evidence = (evidence <= evidence_asked -> evidence_none : evidence_stale);
     guestRequest = (guestRequest == guestRequest_startRequested -> guestRequest_oldStartRequested : guestRequest);
     answer = answer_success;
     breach(importerUsesRevokedBuffer, anySharedReach)
  :: request == request_stop ->
     holdsSecrets = holdsSecrets && DROP_stopScrubs;
     interface = interface_configUnlocked;
     nonceIsLive = 0;
     dma = dma_none;
     answer = answer_success
  :: request == request_report && accepts(mayReport) -> answer = answer_success
  :: isStart && accepts(mayStart) ->
     interface = interface_run;
     nonceIsLive = 0;
     answer = answer_success;
     breach(runWithoutEvidence, evidence != evidence_checked || !isValid)
  :: request == request_state -> answer = answer_isUnlocked + interface
  :: else -> answer = answer_errorResponse
  fi
}

/*
 * TDH.DEVIF.RESPONSE. An ERROR changes no record: the message is taken away, and the caller learns of it (it fails). What belongs to
 * the TD only waits for it, an ERROR as well.
 */
#define mayResponse needs(responseAnswered, request != request_none && answer != answer_none, ACCEPTED)
#define responseFails (answer == answer_errorResponse && !isGuestsMessage && !DROP_responseIsSuccess)
inline takeResponse() { request = request_none; answer = answer_none }
inline response() {
  if
  :: isGuestsMessage && answer == answer_errorResponse -> guestRequest = guestRequest_errorProcessed
  :: request == request_lock -> recorded = recorded_locked
  :: request == request_stop -> recorded = recorded_unlocked; withdraw()
  :: request == request_report && answer != answer_errorResponse -> guestRequest = guestRequest_reportProcessed
  :: isStart && answer != answer_errorResponse -> guestRequest = guestRequest_startProcessed
  :: request == request_state ->
     recorded = (answer >= answer_isUnlocked -> answer - answer_isUnlocked : recorded);
     if
     :: recorded == recorded_error -> withdraw()
     :: else
     fi
  :: else
  fi;
  takeResponse()
}
