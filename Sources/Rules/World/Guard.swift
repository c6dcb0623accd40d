/// Every reason for which something can be refused. One name gives the code, the source, the switch and the citation.
///
/// The first group is *busy*: the same attempt may succeed later, so a procedure waits. The rest are refusals.
public enum Guard: Small {
  // Busy.
  case lockFree, fencesSignalled, mappingsGone, flushAcknowledged, kickAcknowledged, trackTLBEpoch, trackIOTLBEpoch
  case requestSlot, importerMapReservation, importerUnmapReservation, guestRequestSlot, invalidateIdle, dmarRemoveIOTLB
  // TDISP, at the device.
  case lockState, lockKeys, lockConfiguration, lockEntropy, reportState, reportOffset, startState, startNonce, stopScrubs
  case runConfigurationSupported, runConfigurationState, trackingEntersError, tlpT1Run, tlpT1Stream, tlpT0Unlocked, issueT1Run
  case issueT0Unlocked, issueInterruptT, issueInterruptState
  // The function.
  case issueBusMaster, issuePower, issueReset, decodeEnabled
  // TDX: SPDM session and IDE stream.
  case spdmCreateAbsent, spdmConnectCreated, streamCreateSession, streamCreateAbsent, streamKeysCreated, streamSetGoKeys
  case streamBlockReady, streamDeleteBlocked, streamDeleteUnused, spdmDisconnectUnused, spdmDeleteDisconnected, exchangeSlot, exchangeAnswered
  // TDX: device interfaces.
  case devifCreateRunnable, devifCreateAbsent, devifCreateSession, devifCreateStream, requestPresent, requestErrorState, requestAskedByGuest
  case responseAnswered, responseIsSuccess, removePresent, removeStopped, removeNoDMA, removeNoMMIO, validatePresent
  case validateInfo, guestRequestValid, guestRequestErrorState, collectProcessed, collectValid
  // TDX: private MMIO.
  case metadataEmpty, metadataInterface, metadataRemoveUnmapped, mmioMapAlive, mmioMapFree, mmioMapMetadata, mmioMapOwner
  case mmioMapStream, mmioAcceptNew, mmioAcceptPending, mmioAcceptHPA, mmioBlockAlive, mmioBlockMapped, mmioUnmapAlive
  case mmioUnmapBlocked, mmioUnmapTLB, mmioUnmapIOTLB, mmioUnmapStopped
  // TDX: tracking and trusted DMA.
  case trackAlive, invalidateBlocked, invalidateAlive, dmarAddFree, dmarAddInterface, dmarAcceptPending, dmarAcceptValid
  case dmarAcceptLocked, dmarBlockPresent, dmarBlockInterface, dmarRemoveBlocked, dmarRemoveInvalidated, dmarRemoveInterface
  case iommuTrusted, iommuPrivateNeedsT, encryptionKey
  // TDX: guest memory.
  case memoryAddBuilding, memoryAddFree, memoryAugFree, memoryAugAlive, memoryAcceptPending, memoryBlockMapped
  case memoryRemoveBlocked, memoryRemoveTLB, memoryRemoveIOTLB
  // Life.
  case finalizeBuilding, flushDoneNoVCPU, flushDoneNoDevice, flushDoneNoDMA, writeBackBlocked, keyFreeFlushed
  case reclaimOwned, reclaimTornDown, reclaimRootLast
  // The vCPU and its guest.
  case enterRunnable, enterOutside, enterFlushes, accessTranslates, accessVisibility, guestChecksBeforeAccept
  case guestChecksBeforeStart, guestCollectsBeforeCheck, guestAsksBeforeCollect
  // The host: VFIO, dma-buf, KVM, iommufd.
  case ioctlOpen, openClosed, exportRegistered, exportOnce, revokeReservation, restoreReservation, restoreEnabled
  case restoreExported, attachExported, attachLive, attachRevocable, attachPeer, mapLive, useInvalidated, slotExported
  case slotFresh, slotSize, slotOffset, slotWritable, slotNoDirtyLog, slotNotHostMapped, slotSameVM, faultSlot, faultLive
  case frameTaken, hostMapUnbound, hostMapSlot, hostMapLock, hostMapEnabled, bindVM, bindVDevice, bindNotHostMapped
  case viommuVM, vdeviceUnique, vdeviceViommu, viommuUnused, vdeviceUnbound, putUnbound
  // No rules, and reasons all the same.
  case mailboxError, chance, notNow

  /// Whether the same attempt may succeed later.
  @inlinable @inline(__always) public var isBusy: Bool { code < Guard.lockState.code }

  /// Whether it can be switched off. A mailbox in error carries nothing, whoever looks away; and `notNow` only says that an honest actor
  /// does not do senseless things.
  public var isLaw: Bool { ![.mailboxError, .chance, .notNow].contains(self) }
  public static var laws: [Guard] { allCases.filter(\.isLaw) }
}
