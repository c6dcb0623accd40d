/* Private MMIO: the metadata table and the MMIO leaves of the secure EPT. `p` is the guest's page, `f` the device's. */

#define mayMmiomtSet(p) \
  needs(metadataInterface, bindingOwner != bindingOwner_none, \
  needs(metadataEmpty, metadata[p] == metadata_absent, ACCEPTED))
inline mmiomtSet(p) { metadata[p] = metadata_data }

#define mayMmiomtRemove(p) needs(metadataRemoveUnmapped, metadata[p] == metadata_data, ACCEPTED)
inline mmiomtRemove(p) { metadata[p] = metadata_absent }

#define mayMmioMap(p, f) \
  needs(mmioMapAlive, vmIsOperable, \
  needs(mmioMapOwner, bindingOwner == bindingOwner_vm || bindingOwner == bindingOwner_both, \
  needs(mmioMapStream, stream != stream_blocked, \
  needs(mmioMapFree, entry[p] == entry_free, \
  needs(mmioMapMetadata, metadata[f] == metadata_data, ACCEPTED)))))
inline mmioMap(p, f) { entry[p] = entry_mmioPending; frame[p] = f; metadata[f] = metadata_mapped }

/* TDG.MMIO.ACCEPT: the guest names the page that it expects. */
#define mayAcceptMMIO(p) \
  ifNow(guestIsRunning, \
  needs(guestChecksBeforeAccept, evidenceLooksChecked, \
  needs(mmioAcceptNew, !entryIsAccessible(entry[p]), \
  needs(mmioAcceptPending, entry[p] == entry_mmioPending || entryIsAccessible(entry[p]), \
  needs(mmioAcceptHPA, frame[p] == p, ACCEPTED)))))
inline acceptMMIO(p) { entry[p] = entry_mmioMapped }

#define mayMmioBlock(p) \
  needs(mmioBlockAlive, vmIsOperable, \
  needs(mmioBlockMapped, entry[p] == entry_mmioMapped || entry[p] == entry_mmioPending, ACCEPTED))
inline mmioBlock(p) { entry[p] = entry_mmioBlocked; stamp[p] = stamp_current }

/* Blocked, held by no TLB and by no IOMMU, and the interface recorded as stopped. */
#define mayMmioUnmap(p) \
  needs(mmioUnmapAlive, vmIsOperable, \
  needs(mmioUnmapBlocked, entry[p] == entry_mmioBlocked, \
  needs(mmioUnmapTLB, isTLBTracked(stamp[p]), \
  needs(mmioUnmapIOTLB, isIOTLBTracked(stamp[p]), \
  needs(mmioUnmapStopped, isRecordedStopped, ACCEPTED)))))
inline mmioUnmap(p) {
  breach(dmaDroppedUnseen, STRICT_DMA && interface == interface_run && !vmmMisbehaved);
  metadata[frame[p]] = metadata_data;
  entry[p] = entry_free;
  stamp[p] = stamp_current;
  frame[p] = 0
}
