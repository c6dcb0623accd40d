/* Properties of a state of the host: the kernel's objects, what a closed device leaves behind, what does not come back. */

#define isSharedWithoutSlot(p) (isShared[p] && !slot)
#define kernelContradicts \
  ((isBound && (!holdsVM || vdevice != vdevice_present)) \
    || (vdevice == vdevice_present && !viommuExists) \
    || (slot && (!holdsVM || !bufferIsExported)) \
    || (hostMapping && (slot || isBound)) \
    || anyPage(isSharedWithoutSlot))

#define isLeftOfKernel(p) (mirror[p] || isShared[p])
#define isLeftOfFirmware(p) (entry[p] != entry_free || metadata[p] != metadata_absent)
#define leavesSomething \
  (isBound || holdsVM || vdevice == vdevice_present || viommuExists || bufferIsExported || hostMapping \
    || memoryEnabled || busMaster || inReset \
    || anyPage(isLeftOfKernel) || anyImporterMaps \
    || (!isFatal && (anyPage(isLeftOfFirmware) || bindingOwner == bindingOwner_vm || dmar != dmar_free)))

#define isMirroredWrongly(p) (mirror[p] != (entry[p] != entry_free))
#define mirrorContradicts (vmEnd == vmEnd_none && anyPage(isMirroredWrongly))

#define isHalfConnected \
  (!vmmMisbehaved && !(session == session_none -> stream == stream_absent : session == session_connected && stream == stream_ready))

#define isLockedForNobody \
  (!vmmMisbehaved && bindingOwner == bindingOwner_none && interface != interface_configUnlocked)

#define nobodyIsAtWork (isIdle(0) && isIdle(1))
#define usesDisabledFunction(i) (importerIsUsing[i] && !answers)
/* Until it has unmapped, an importer may read ahead. */
#define mapsDisabledFunction(i) (isMapping(i) && !answers)

#define hostProperties \
  fails(booksContradict, firmwareContradicts || kernelContradicts) \
  fails(accessToDisabledFunction, hostMapping && !answers) \
  fails(notReleased, nobodyIsAtWork && (isHalfConnected || isLockedForNobody)) \
  fails(notReleased, nobodyIsAtWork && !isOpen && leavesSomething) \
  fails(slotStaysPrivate, nobodyIsAtWork && isOpen && !HOSTILE && slotIsPrivate && slot && !isBound && vmLife == vmLife_runnable && vmmIsAlive) \
  fails(bufferStaysRevoked, nobodyIsAtWork && isOpen && bufferIsRevoked && bufferIsExported && (answers || inReset)) \
  fails(booksContradict, nobodyIsAtWork && isOpen && mirrorContradicts) \
  fails(importerUsesRevokedBuffer, anyImporter(usesDisabledFunction)) \
  fails(accessToDisabledFunction, anyImporter(mapsDisabledFunction)) \
  fails(hostKillsVM, false) \
  fails(deadlock, false) \
  fails(unheldUnlock, false) \
  fails(unlockedStep, false) \
  fails(falseSuccess, false) \
  fails(falseFailure, false)
