/* The exported buffer and its importers. dma-buf.rst; Linux 7.1, VFIO and iommufd. */

#define isUsing(i) importerIsUsing[i]
#define isMapping(i) importerState[i] == importerState_mapped
#define isUsingThoughTold(i) (importerIsInvalidated[i] && importerIsUsing[i])
#define anyImporterMaps anyImporter(isMapping)

/* Somebody can still come to the TEE pages with T=0: an importer, or the guest through a shared entry or what it cached of one. */
#define isReachedShared(p) (isTEE(p) && (isShared[p] || tlb[p] == tlb_shared))
#define anySharedReach (anyPage(isReachedShared) || anyImporterMaps)

#define mayExportBuffer \
  needs(exportRegistered, isOpen, \
  needs(exportOnce, !bufferIsExported, ACCEPTED))
inline exportBuffer() { bufferIsExported = 1; bufferIsRevoked = !isEnabled }

/* The two halves of a revocation: nobody gets a new mapping, and whoever has one is told; then the two waits. */
#define mayMarkRevoked(t) needs(revokeReservation, reservation == t + 1, ACCEPTED)
inline markRevoked() { bufferIsRevoked = 1 }

#define mayInvalidateImporters(t) needs(revokeReservation, reservation == t + 1, ACCEPTED)
#define tellImporter(i) \
  importerIsInvalidated[i] = importerIsInvalidated[i] || (isMapping(i) && !importerIsPinned[i])
inline invalidateImporters() { eachImporter(tellImporter) }

#define mayWaitForFences waitsFor(fencesSignalled, !anyImporter(isUsing), ACCEPTED)
#define mayWaitForMappings waitsFor(mappingsGone, !anyImporterMaps, ACCEPTED)

#define mayRestoreBuffer(t) \
  needs(restoreReservation, reservation == t + 1, \
  needs(restoreExported, bufferIsExported, \
  needs(restoreEnabled, isEnabled, ACCEPTED)))
inline restoreBuffer() {
  /* What was under way when the revocation came is what it was to wait for. */
  breach(importerUsesRevokedBuffer, bufferIsRevoked && anyImporter(isUsingThoughTold));
  bufferIsRevoked = 0
}

/* The exporter leaves: the buffer stays dead, and the slot over it never faults again. */
inline cleanUpBuffer() { bufferIsExported = 0; bufferIsRevoked = 1; slot = 0 }

/* An importer: attach, map, use, finish, unmap, detach. */
#define mayAttach(i, bearsRevocation) \
  ifNow(importerState[i] == importerState_detached, \
  needs(attachExported, bufferIsExported, \
  needs(attachLive, !bufferIsRevoked, \
  needs(attachRevocable, bearsRevocation, ACCEPTED))))
#define mayMap(i) \
  ifNow(importerState[i] == importerState_attached, \
  waitsFor(importerMapReservation, reservation == 0, \
  needs(mapLive, !bufferIsRevoked, ACCEPTED)))
#define mayUse(i) \
  ifNow(isMapping(i) && !importerIsUsing[i], \
  needs(useInvalidated, !importerIsInvalidated[i], ACCEPTED))
#define mayFinish(i) ifNow(importerIsUsing[i], ACCEPTED)
#define mayUnmap(i) \
  ifNow(isMapping(i) && !importerIsUsing[i], \
  waitsFor(importerUnmapReservation, reservation == 0, ACCEPTED))
#define mayDetach(i) ifNow(importerState[i] == importerState_attached, ACCEPTED)

#define importerActs(i) \
  :: d_step { accepts(mayAttach(i, true)) -> importerState[i] = importerState_attached; importerIsPinned[i] = 0 } \
  :: d_step { accepts(mayAttach(i, false)) -> importerState[i] = importerState_attached; importerIsPinned[i] = 1 } \
  :: d_step { accepts(mayMap(i)) -> importerState[i] = importerState_mapped } \
  :: d_step { accepts(mayUse(i)) -> importerIsUsing[i] = 1 } \
  :: d_step { accepts(mayFinish(i)) -> importerIsUsing[i] = 0 } \
  :: d_step { accepts(mayUnmap(i)) -> importerState[i] = importerState_attached; importerIsInvalidated[i] = 0 } \
  :: d_step { accepts(mayDetach(i)) -> importerState[i] = importerState_detached; importerIsPinned[i] = 0 }

/* What is left of a mapping when every importer has finished, and whoever was told has let go. */
#define keepsMapping(i) \
  (isMapping(i) && !(importerIsInvalidated[i] && holds(importerUnmapReservation, reservation == 0)))
