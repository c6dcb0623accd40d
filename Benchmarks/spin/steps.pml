/* What the line of task T does, at its cursor. Every step that changes anything is in this list. */
#define page taskCursor[T]
      if
      :: lineStep(T) == do_lockDeviceSet -> deviceSetLock = T + 1
      :: lineStep(T) == do_lockTSM -> tsmLock = T + 1
      :: lineStep(T) == do_lockMemory -> memoryLock = T + 1
      :: lineStep(T) == do_lockReservation -> reservation = T + 1
      :: lineStep(T) == do_unlockDeviceSet -> unlock(deviceSetLock, T)
      :: lineStep(T) == do_unlockTSM -> unlock(tsmLock, T)
      :: lineStep(T) == do_unlockMemory -> unlock(memoryLock, T)
      :: lineStep(T) == do_unlockReservation -> unlock(reservation, T)
      :: lineStep(T) == do_openFunction -> openFunction()
      :: lineStep(T) == do_closeFunction -> closeFunction()
      :: lineStep(T) == do_zapHostMapping -> hostMapping = 0
      :: lineStep(T) == do_memoryOn -> memoryOn()
      :: lineStep(T) == do_memoryOff -> memoryOff()
      :: lineStep(T) == do_busMasterOn -> busMasterOn()
      :: lineStep(T) == do_busMasterOff -> busMasterOff()
      :: lineStep(T) == do_powerD3Hot -> powerD3Hot()
      :: lineStep(T) == do_powerD0 -> powerD0()
      :: lineStep(T) == do_resetBegin -> resetBegin()
      :: lineStep(T) == do_resetEnd -> resetEnd()
      :: lineStep(T) == do_exportBuffer -> exportBuffer()
      :: lineStep(T) == do_markRevoked -> markRevoked()
      :: lineStep(T) == do_invalidateImporters -> invalidateImporters()
      :: lineStep(T) == do_restoreBuffer -> restoreBuffer()
      :: lineStep(T) == do_cleanUpBuffer -> cleanUpBuffer()
      :: lineStep(T) == do_getVM -> getVM()
      :: lineStep(T) == do_putVM -> putVM()
      :: lineStep(T) == do_addSlot -> addSlot(true)
      :: lineStep(T) == do_deleteSlot -> deleteSlot()
      :: lineStep(T) == do_takeFrame -> taskHoldsFrame[T] = 1
      :: lineStep(T) == do_installShared -> taskHoldsFrame[T] = 0; isShared[page] = 1
      :: lineStep(T) == do_installMirror -> taskHoldsFrame[T] = 0; mirror[page] = 1
      :: lineStep(T) == do_removeMirror -> mirror[page] = 0
      :: lineStep(T) == do_zapShared -> isShared[page] = 0
      :: lineStep(T) == do_flushShared -> eachPage(flushPage)
      :: lineStep(T) == do_kick -> kick()
      :: lineStep(T) == do_setPrivate -> slotIsPrivate = 1
      :: lineStep(T) == do_setShared -> slotIsPrivate = 0
      :: lineStep(T) == do_bugVM -> bugVM()
      :: lineStep(T) == do_createVIOMMU -> viommuExists = 1
      :: lineStep(T) == do_destroyVIOMMU -> viommuExists = 0
      :: lineStep(T) == do_createVDevice -> vdevice = vdevice_present
      :: lineStep(T) == do_destroyVDevice -> destroyVDevice()
      :: lineStep(T) == do_markBound -> isBound = 1
      :: lineStep(T) == do_markUnbound -> isBound = 0
      :: lineStep(T) == do_spdmCreate -> spdmCreate()
      :: lineStep(T) == do_spdmConnect -> spdmConnect()
      :: lineStep(T) == do_spdmRelay -> spdmRelay()
      :: lineStep(T) == do_spdmDisconnect -> spdmDisconnect()
      :: lineStep(T) == do_spdmDelete -> spdmDelete()
      :: lineStep(T) == do_streamCreate -> streamCreate()
      :: lineStep(T) == do_streamProgramKey -> streamProgramKey()
      :: lineStep(T) == do_streamSetGo -> streamSetGo()
      :: lineStep(T) == do_streamBlock -> streamBlock()
      :: lineStep(T) == do_streamDelete -> streamDelete()
      :: lineStep(T) == do_devifCreate -> createInterface(bindingOwner_vm)
      :: lineStep(T) == do_devifRemove -> devifRemove()
      :: lineStep(T) == do_requestLock -> pose(request_lock)
      :: lineStep(T) == do_requestStop -> pose(request_stop)
      :: lineStep(T) == do_requestState -> pose(request_state)
      :: lineStep(T) == do_requestForGuest -> requestForGuest()
      :: lineStep(T) == do_relay -> relay()
      :: lineStep(T) == do_response -> response()
      :: lineStep(T) == do_mmiomtSet -> mmiomtSet(page)
      :: lineStep(T) == do_mmiomtRemove -> mmiomtRemove(page)
      :: lineStep(T) == do_mmioMap -> mmioMap(page, page)
      :: lineStep(T) == do_mmioBlock -> mmioBlock(page)
      :: lineStep(T) == do_mmioUnmap -> mmioUnmap(page)
      :: lineStep(T) == do_memTrack -> memTrack()
      :: lineStep(T) == do_dmarAdd -> dmarAdd()
      :: lineStep(T) == do_dmarBlock -> dmarBlock()
      :: lineStep(T) == do_dmarRemove -> dmarRemove()
      :: lineStep(T) == do_invalidateEntry -> invalidateEntry()
      :: lineStep(T) == do_invalidateIOTLB -> invalidateIOTLB()
      :: lineStep(T) == do_invalidateProcess -> invalidateProcess()
      :: lineStep(T) == do_pageAdd -> pageAdd()
      :: lineStep(T) == do_pageAug -> pageAug()
      :: lineStep(T) == do_rangeBlock -> rangeBlock()
      :: lineStep(T) == do_pageRemove -> pageRemove()
      :: lineStep(T) == do_vmCreate -> vmCreate()
      :: lineStep(T) == do_vmFinalize -> vmFinalize()
      :: lineStep(T) == do_flushDone -> flushDone()
      :: lineStep(T) == do_cacheWriteBack -> cacheWriteBack()
      :: lineStep(T) == do_keyFree -> keyFree()
      :: lineStep(T) == do_pageReclaim -> pageReclaim()
      :: lineStep(T) == do_rootReclaim -> rootReclaim()
      :: else
      fi;
#undef page
