/*
 * What a VMM can do beyond its procedures, where it is hostile (HOSTILE): ioctls at any time, in any order, with arguments that do
 * not fit. They go through the descriptor, which is there neither before an open has returned it nor after the last close has begun.
 */
#define hasDescriptor (vmmIsAlive && !isOpeningOrClosing)
#define mayCall(rest) ifNow(hasDescriptor, needs(ioctlOpen, isOpen, rest))

#define mayMapByHost \
  mayCall(needs(hostMapUnbound, !isBound, \
  needs(hostMapSlot, !slot, \
  needs(hostMapLock, memoryLock == 0, \
  needs(hostMapEnabled, isEnabled, ACCEPTED)))))

/* COMMAND.BME cleared and set again: whatever was under way is lost. */
#define cycleMatters (dma != dma_none || configurationMatters)
inline cycleBusMaster() { busMasterOff(); busMasterOn() }

#define addsFlawedSlot(hasSize, atStart, isWritable, logsNothing, isOwnVM) \
  :: d_step { accepts(ifNow(hasDescriptor, mayAddSlot(hasSize, atStart, isWritable, logsNothing, isOwnVM))) && \
       (!slot || breaks(booksContradict, !(hasSize && atStart && isWritable && logsNothing))) -> \
       addSlot(hasSize && atStart && isWritable && logsNothing) }

#if HOSTILE
#define hostileActions \
  :: d_step { mayStartWith(powerDown, true) -> start(powerDown, 0) } \
  :: d_step { mayStartWith(powerUp, true) -> start(powerUp, 0) } \
  :: d_step { mayStartWith(export, true) -> start(export, 0) } \
  :: d_step { mayStart1(open, vmmIsAlive && !isOpeningOrClosing) -> start(open, 0) } \
  :: d_step { mayStartWith(convert, true) -> start(convert, 0) } \
  :: d_step { accepts(mayCall(mayDeleteSlot)) -> deleteSlot() } \
  :: d_step { accepts(mayCall(mayAddSlot(true, true, true, true, true))) && !slot -> addSlot(true) } \
  :: d_step { accepts(mayCall(ACCEPTED)) && !slotIsPrivate -> slotIsPrivate = 1 } \
  :: d_step { accepts(mayCall(ACCEPTED)) && slotIsPrivate -> slotIsPrivate = 0 } \
  :: d_step { accepts(mayCall(mayCreateVIOMMU)) && !viommuExists -> viommuExists = 1 } \
  :: d_step { accepts(mayCall(mayDestroyVIOMMU)) && viommuExists -> viommuExists = 0 } \
  :: d_step { accepts(mayCall(mayCreateVDevice)) && vdevice != vdevice_present -> vdevice = vdevice_present } \
  :: d_step { accepts(mayCall(mayDestroyVDevice)) && vdevice != (isOpen -> vdevice_absent : vdevice_tombstone) -> destroyVDevice() } \
  :: d_step { accepts(mayMapByHost) && !hostMapping -> hostMapping = 1 } \
  :: d_step { busMaster && accepts(mayCall(ACCEPTED)) && cycleMatters -> cycleBusMaster() } \
  addsFlawedSlot(false, true, true, true, true) \
  addsFlawedSlot(true, false, true, true, true) \
  addsFlawedSlot(true, true, false, true, true) \
  addsFlawedSlot(true, true, true, false, true) \
  addsFlawedSlot(true, true, true, true, false) \
  :: d_step { accepts(mayRead) && readMatters -> guestReads() }
#else
#define hostileActions
#endif
