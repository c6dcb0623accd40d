/*
 * Procedures, walked a line at a time. The lines are data: line_<column>[] is the compiled playbook, generated, and in C because an
 * array of Promela's would be part of every state. What a line means is written here.
 */
#define lineStep(t) c_expr { line_step[now.taskPosition[t]] }
#define lineProcedure(t) c_expr { line_procedure[now.taskPosition[t]] }
#define lineIsRepeated(t) c_expr { line_isRepeated[now.taskPosition[t]] }
#define lineHasPurpose(t) c_expr { line_hasPurpose[now.taskPosition[t]] }
#define lineCondition(t) c_expr { line_condition[now.taskPosition[t]] }
#define lineExpects(t) c_expr { line_expects[now.taskPosition[t]] }
#define lineOnBusy(t) c_expr { line_onBusy[now.taskPosition[t]] }
#define lineOnError(t) c_expr { line_onError[now.taskPosition[t]] }
#define lineBusyTarget(t) c_expr { line_busyTarget[now.taskPosition[t]] }
#define lineErrorTarget(t) c_expr { line_errorTarget[now.taskPosition[t]] }
#define lineNext(t) c_expr { line_next[now.taskPosition[t]] }
/* Whether the line behind this one is of the same procedure. */
#define isFollowed(t) c_expr { line_procedure[now.taskPosition[t] + 1] == line_procedure[now.taskPosition[t]] }

#define isIdle(t) (taskPosition[t] == 0)

/* What a step can be made to depend on. `c` is a cursor: a page, or the unit of memory. */
#define ifIs(t, name, value, rest) (lineCondition(t) == if_##name -> value : rest)
#define atPage(c, value) ((c) < PAGES && (value))
#define conditionHolds(t, c) \
  ifIs(t, always, true, \
  ifIs(t, bound, isBound, \
  ifIs(t, interfacePresent, bindingOwner == bindingOwner_vm || bindingOwner == bindingOwner_both, \
  ifIs(t, guestRequested, isRequestedByGuest, \
  ifIs(t, requestOutstanding, request != request_none, \
  ifIs(t, requestAnswered, answer != answer_none, \
  ifIs(t, recordedUnlocked, recorded == recorded_unlocked, \
  ifIs(t, recordedError, recorded == recorded_error, \
  ifIs(t, streamBlocked, stream == stream_blocked, \
  ifIs(t, memoryEnabled, isEnabled, \
  ifIs(t, functionOpen, isOpen, \
  ifIs(t, exported, bufferIsExported, \
  ifIs(t, revoked, bufferIsRevoked, \
  ifIs(t, slotPresent, slot, \
  ifIs(t, slotPrivate, slotIsPrivate, \
  ifIs(t, vdevicePresent, vdevice == vdevice_present, \
  ifIs(t, dmaPresent, dmar == dmar_pending || dmar == dmar_present, \
  ifIs(t, dmaBlocked, dmarIsBlocked, \
  ifIs(t, vmAlive, vmMayRunAtAll, \
  ifIs(t, vmmAlive, vmmIsAlive, \
  ifIs(t, holdsVM, holdsVM, \
  ifIs(t, sessionPresent, session != session_none, \
  ifIs(t, streamPresent, stream != stream_absent, \
  ifIs(t, streamKeysMissing, lacksKeys, \
  ifIs(t, streamStarting, isStarting, \
  ifIs(t, exchangeOutstanding, exchange != exchange_none, \
  ifIs(t, pageTEE, isTEE(c), \
  ifIs(t, pagePrivate, atPage(c, entry[c] != entry_free), \
  ifIs(t, pageMapped, atPage(c, entry[c] == entry_mmioPending || entry[c] == entry_mmioMapped), \
  ifIs(t, pageBlocked, atPage(c, entry[c] == entry_mmioBlocked), \
  ifIs(t, pageMirrored, atPage(c, mirror[c]), \
  ifIs(t, pageShared, atPage(c, isShared[c]), \
  ifIs(t, pageDeclared, atPage(c, metadata[c] != metadata_absent), \
  ifIs(t, memoryPrivate, (c) == 0 && (memoryEntry == entry_mapped || memoryEntry == entry_pending), \
  ifIs(t, memoryBlocked, (c) == 0 && (memoryEntry == entry_blocked || memoryEntry == entry_pendingBlocked), \
  ifIs(t, memoryOwned, (c) == 0 && memoryEntry != entry_free, \
  false))))))))))))))))))))))))))))))))))))

/*
 * The page (or unit) at which a line is performed now. A loop takes no step of its own for what its condition leaves out; a step of
 * pages that is met with a cursor that is none has nothing to do.
 */
#define isStep(t, name) lineStep(t) == do_##name
#define stepIsOfMemory(t) \
  (isStep(t, pageAdd) || isStep(t, pageAug) || isStep(t, rangeBlock) || isStep(t, pageRemove) || isStep(t, pageReclaim))
#define stepIsOfPages(t) \
  (isStep(t, installShared) || isStep(t, installMirror) || isStep(t, removeMirror) || isStep(t, zapShared) || isStep(t, mmiomtSet) \
    || isStep(t, mmiomtRemove) || isStep(t, mmioMap) || isStep(t, mmioBlock) || isStep(t, mmioUnmap))
#define cursorEnd(t) (stepIsOfMemory(t) -> 1 : (stepIsOfPages(t) -> PAGES : 255))
#define isChosen(t, c) (taskCursor[t] <= c && c < cursorEnd(t) && conditionHolds(t, c) == lineExpects(t))
#if PAGES == 1
#define anyChosen(t) isChosen(t, 0)
#define firstChosen(t) 0
#elif PAGES == 2
#define anyChosen(t) (isChosen(t, 0) || isChosen(t, 1))
#define firstChosen(t) (isChosen(t, 0) -> 0 : 1)
#elif PAGES == 3
#define anyChosen(t) (isChosen(t, 0) || isChosen(t, 1) || isChosen(t, 2))
#define firstChosen(t) (isChosen(t, 0) -> 0 : (isChosen(t, 1) -> 1 : 2))
#else
#define anyChosen(t) (isChosen(t, 0) || isChosen(t, 1) || isChosen(t, 2) || isChosen(t, 3))
#define firstChosen(t) (isChosen(t, 0) -> 0 : (isChosen(t, 1) -> 1 : (isChosen(t, 2) -> 2 : 3)))
#endif
#define hasWork(t) (lineIsRepeated(t) -> anyChosen(t) : isChosen(t, taskCursor[t]))
#define cursor(t) (lineIsRepeated(t) -> firstChosen(t) : taskCursor[t])

/* How the line's step is refused. A step that is not in this list never is. */
#define ifDoes(t, name, value, rest) (lineStep(t) == do_##name -> value : rest)
#define refusal(t) \
  ifDoes(t, lockDeviceSet, mayLock1(deviceSetLock), \
  ifDoes(t, lockTSM, mayLock1(tsmLock), \
  ifDoes(t, lockMemory, mayLock1(memoryLock), \
  ifDoes(t, lockReservation, mayLock1(reservation), \
  ifDoes(t, openFunction, mayOpenFunction, \
  ifDoes(t, exportBuffer, mayExportBuffer, \
  ifDoes(t, markRevoked, mayMarkRevoked(t), \
  ifDoes(t, invalidateImporters, mayInvalidateImporters(t), \
  ifDoes(t, waitForFences, mayWaitForFences, \
  ifDoes(t, waitForMappings, mayWaitForMappings, \
  ifDoes(t, restoreBuffer, mayRestoreBuffer(t), \
  ifDoes(t, putVM, mayPutVM, \
  ifDoes(t, addSlot, mayAddSlot(true, true, true, true, true), \
  ifDoes(t, deleteSlot, mayDeleteSlot, \
  ifDoes(t, takeFrame, mayTakeFrame, \
  ifDoes(t, installShared, mayInstallShared(t, cursor(t)), \
  ifDoes(t, installMirror, mayInstallMirror(t, cursor(t)), \
  ifDoes(t, flushShared, mayFlushShared, \
  ifDoes(t, kick, mayKick, \
  ifDoes(t, createVIOMMU, mayCreateVIOMMU, \
  ifDoes(t, destroyVIOMMU, mayDestroyVIOMMU, \
  ifDoes(t, createVDevice, mayCreateVDevice, \
  ifDoes(t, destroyVDevice, mayDestroyVDevice, \
  ifDoes(t, markBound, mayMarkBound, \
  ifDoes(t, spdmCreate, maySpdmCreate, \
  ifDoes(t, spdmConnect, maySpdmConnect, \
  ifDoes(t, spdmRelay, maySpdmRelay, \
  ifDoes(t, spdmDisconnect, maySpdmDisconnect, \
  ifDoes(t, spdmDelete, maySpdmDelete, \
  ifDoes(t, streamCreate, mayStreamCreate, \
  ifDoes(t, streamProgramKey, mayStreamProgramKey, \
  ifDoes(t, streamSetGo, mayStreamSetGo, \
  ifDoes(t, streamBlock, mayStreamBlock, \
  ifDoes(t, streamDelete, mayStreamDelete, \
  ifDoes(t, devifCreate, mayCreateInterface(false), \
  ifDoes(t, devifRemove, mayDevifRemove, \
  ifDoes(t, requestLock, mayRequest(request_lock), \
  ifDoes(t, requestStop, mayRequest(request_stop), \
  ifDoes(t, requestState, mayRequest(request_state), \
  ifDoes(t, requestForGuest, mayRequestForGuest, \
  ifDoes(t, relay, mayRelay, \
  ifDoes(t, response, mayResponse, \
  ifDoes(t, mmiomtSet, mayMmiomtSet(cursor(t)), \
  ifDoes(t, mmiomtRemove, mayMmiomtRemove(cursor(t)), \
  ifDoes(t, mmioMap, mayMmioMap(cursor(t), cursor(t)), \
  ifDoes(t, mmioBlock, mayMmioBlock(cursor(t)), \
  ifDoes(t, mmioUnmap, mayMmioUnmap(cursor(t)), \
  ifDoes(t, memTrack, mayMemTrack, \
  ifDoes(t, dmarAdd, mayDmarAdd, \
  ifDoes(t, dmarBlock, mayDmarBlock, \
  ifDoes(t, dmarRemove, mayDmarRemove, \
  ifDoes(t, invalidateEntry, mayInvalidateEntry, \
  ifDoes(t, invalidateIOTLB, mayInvalidateIOTLB, \
  ifDoes(t, pageAdd, mayPageAdd, \
  ifDoes(t, pageAug, mayPageAug, \
  ifDoes(t, rangeBlock, mayRangeBlock, \
  ifDoes(t, pageRemove, mayPageRemove, \
  ifDoes(t, vmCreate, mayVmCreate, \
  ifDoes(t, vmFinalize, mayVmFinalize, \
  ifDoes(t, flushDone, mayFlushDone, \
  ifDoes(t, cacheWriteBack, mayCacheWriteBack, \
  ifDoes(t, keyFree, mayKeyFree, \
  ifDoes(t, pageReclaim, mayPageReclaim, \
  ifDoes(t, rootReclaim, mayRootReclaim, \
  ACCEPTED))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))

/* A refusal at which the line waits, and tries again, is no step. */
#define isHeld(t, how) \
  ((((lineOnBusy(t) == onBusy_wait) << BUSY | (lineOnError(t) == onError_retry) << REFUSED) >> (how)) & 1)
#define moves(t) (!hasWork(t) || !isHeld(t, refusal(t)))

/*
 * Whether a waiting task waits for ever: neither the other task, nor importers that finish and let go where they were told, nor the
 * end of an access lets it go on. In the world in which all of that is done, these steps have become possible; no other step asks
 * for it.
 */
#define calmRefusal(t) \
  ifDoes(t, waitForFences, ACCEPTED, \
  ifDoes(t, waitForMappings, waitsFor(mappingsGone, !anyImporter(keepsMapping), ACCEPTED), \
  ifDoes(t, flushShared, ACCEPTED, \
  ifDoes(t, deleteSlot, ifNow(slot, waitsFor(flushAcknowledged, !isFrameHeld, ACCEPTED)), \
  ifDoes(t, kick, ACCEPTED, \
  refusal(t))))))
#define movesWhenCalm(t) (!hasWork(t) || !isHeld(t, calmRefusal(t)))
#define waitsForEver(t) \
  (!(!isIdle(1 - t) && moves(1 - t)) && !movesWhenCalm(t) \
    && (isIdle(1 - t) || !movesWhenCalm(1 - t)))
/* What could make a refused call pass is done under the TSM lock: whoever retries with it waits for itself. */
#define isDeadlocked(t) \
  (!isIdle(t) && !moves(t) && (refusal(t) == BUSY && waitsForEver(t) || refusal(t) == REFUSED && tsmLock == t + 1))

/*
 * Who may start which procedure. Only one of each is under way on a device, and none but a fault beside an open or a close. The
 * task that is idle takes it, the first of two.
 */
#define isUnderWay(procedure) (lineProcedure(0) == in_##procedure || lineProcedure(1) == in_##procedure)
#define isOpeningOrClosing (isUnderWay(close) || isUnderWay(open))
#define isInCallThroughFile \
  (isUnderWay(export) || isUnderWay(reset) || isUnderWay(memoryOff) || isUnderWay(memoryOn) || isUnderWay(powerDown) || isUnderWay(powerUp))
#define aTaskIsIdle (isIdle(0) || isIdle(1))
#define mayStart1(procedure, rest) (aTaskIsIdle && ENTRY_##procedure != 0 && (rest) && !isUnderWay(procedure))
#define mayStartWith(procedure, reason) \
  mayStart1(procedure, vmmIsAlive && holds(ioctlOpen, isOpen) && (reason) && !isOpeningOrClosing)
#define mayFault(procedure, reason) mayStart1(procedure, vmmIsAlive && guestIsRunning && slot && (reason))
#define start(procedure, p) \
  if \
  :: isIdle(0) -> taskPosition[0] = ENTRY_##procedure; taskCursor[0] = (lineIsRepeated(0) -> 0 : p) \
  :: else -> taskPosition[1] = ENTRY_##procedure; taskCursor[1] = (lineIsRepeated(1) -> 0 : p) \
  fi
