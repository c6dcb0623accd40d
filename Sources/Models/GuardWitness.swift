import Rules

/// What notices that a guard is gone: a property of a model, or, for what no explorer carries, a table test from the specification.
public enum Witness: Hashable, Sendable, CustomStringConvertible {
  /// The model, its size, whether its VMM is hostile, a fault that goes with it, and the property that breaks.
  case model(ModelKind, pages: UInt8 = 1, isHostile: Bool = false, fault: String? = nil, Property)
  case table

  public var description: String {
    switch self {
    case .model(let kind, let pages, let isHostile, let fault, let property):
      "\(property.id) in check \(kind.rawValue) --pages \(pages)" + (isHostile ? " --hostile" : "") + (fault.map { " --fault \($0)" } ?? "")
    case .table: "a table test (RulesTests)"
    }
  }

  public var isModel: Bool { self != .table }
}

extension Guard {
  /// As found by dropping each guard in each world: the first world in which a property breaks. The full test finds it again.
  public var witness: Witness {
    switch self {
    case .lockFree:
      .model(.privateMMIO, .bufferStaysRevoked)
    case .fencesSignalled, .useInvalidated:
      .model(.privateMMIO, fault: "exporter-skips-unmap-wait", .importerUsesRevokedBuffer)
    case .mappingsGone:
      .model(.privateMMIO, .notReleased)
    case .flushAcknowledged, .kickAcknowledged, .issueBusMaster, .issueReset, .decodeEnabled, .faultLive:
      .model(.privateMMIO, .accessToDisabledFunction)
    case .trackTLBEpoch, .memoryRemoveTLB, .enterOutside, .enterFlushes, .accessTranslates:
      .model(.untrustedHost, .staleTranslationUsed)
    case .trackIOTLBEpoch, .mmioUnmapTLB, .dmarRemoveInvalidated, .memoryRemoveIOTLB:
      .model(.runningInterface, .staleTranslationUsed)
    case .requestSlot, .guestRequestSlot, .invalidateIdle, .lockKeys, .lockConfiguration, .trackingEntersError, .spdmCreateAbsent,
      .spdmConnectCreated,
      .streamCreateSession, .streamCreateAbsent, .streamKeysCreated, .streamSetGoKeys, .streamBlockReady, .streamDeleteUnused,
      .spdmDisconnectUnused, .spdmDeleteDisconnected, .exchangeSlot, .exchangeAnswered,
      .devifCreateRunnable, .devifCreateStream, .requestPresent, .requestAskedByGuest, .responseAnswered, .responseIsSuccess, .removeNoDMA,
      .removeNoMMIO, .validatePresent,
      .metadataEmpty, .metadataRemoveUnmapped, .mmioAcceptPending, .mmioBlockMapped, .invalidateBlocked,
      .dmarAddFree, .dmarAcceptPending, .memoryAugFree, .memoryAugAlive, .memoryAcceptPending, .memoryBlockMapped,
      .finalizeBuilding, .flushDoneNoVCPU, .flushDoneNoDevice, .keyFreeFlushed, .reclaimOwned, .reclaimTornDown, .reclaimRootLast,
      .writeBackBlocked, .enterRunnable:
      .model(.untrustedHost, .booksContradict)
    case .attachRevocable:
      .model(.privateMMIO, .deadlock)
    case .importerMapReservation:
      .model(.privateMMIO, fault: "invalidate-before-mark", .importerUsesRevokedBuffer)
    case .lockState:
      .model(.runningInterface, .booksContradict)
    case .stopScrubs, .tlpT0Unlocked, .issueT1Run, .issueT0Unlocked, .iommuTrusted:
      .model(.runningInterface, .privateByteLeaks)
    case .tlpT1Run, .iommuPrivateNeedsT, .encryptionKey:
      .model(.untrustedHost, .privateByteLeaks)
    case .issuePower:
      .model(.privateMMIO, isHostile: true, .accessToDisabledFunction)
    case .devifCreateAbsent:
      .model(.untrustedHost, .interfaceHasTwoOwners)
    case .removeStopped:
      .model(.privateMMIO, fault: "unbind-without-stop", .booksContradict)
    case .collectProcessed, .guestAsksBeforeCollect, .startNonce:
      .model(.untrustedHost, .runWithoutEvidence)
    case .mmioMapFree:
      .model(.untrustedHost, pages: 2, .booksContradict)
    case .mmioMapMetadata:
      .model(.untrustedHost, pages: 2, .pageMappedTwice)
    case .mmioAcceptHPA:
      .model(.untrustedHost, pages: 2, .wrongPageAccepted)
    case .mmioUnmapStopped:
      .model(.privateMMIO, fault: "unmap-before-stop", .dmaDroppedUnseen)
    case .memoryAddBuilding:
      .model(.untrustedHost, .wrongPageAccepted)
    case .guestChecksBeforeStart, .guestRequestValid, .guestCollectsBeforeCheck, .validateInfo:
      .model(.runningInterface, .runWithoutEvidence)
    case .vdeviceUnbound, .slotSize, .slotOffset, .slotWritable, .slotNoDirtyLog:
      .model(.privateMMIO, isHostile: true, .booksContradict)
    case .openClosed:
      .model(.privateMMIO, isHostile: true, .notReleased)
    case .slotNotHostMapped, .faultSlot, .hostMapUnbound, .hostMapSlot, .bindNotHostMapped:
      .model(.privateMMIO, isHostile: true, .booksContradict)
    case .hostMapLock, .hostMapEnabled:
      .model(.privateMMIO, isHostile: true, .accessToDisabledFunction)
    case .restoreEnabled:
      .model(.privateMMIO, fault: "restore-while-off", .importerUsesRevokedBuffer)
    case .mapLive:
      .model(.privateMMIO, .importerUsesRevokedBuffer)
    case .slotExported:
      .model(.privateMMIO, fault: "slot-without-buffer", .booksContradict)
    case .slotSameVM:
      .model(.privateMMIO, fault: "open-without-vm", .booksContradict)
    case .frameTaken:
      .model(.privateMMIO, fault: "install-without-frame", .accessToDisabledFunction)
    case .bindVM:
      .model(.privateMMIO, fault: "open-drops-vm", .booksContradict)
    case .bindVDevice:
      .model(.privateMMIO, fault: "open-without-vdevice", .booksContradict)
    case .vdeviceViommu:
      .model(.privateMMIO, fault: "open-without-viommu", .booksContradict)
    case .viommuUnused:
      .model(.privateMMIO, fault: "viommu-before-vdevice", .booksContradict)
    case .putUnbound:
      .model(.privateMMIO, fault: "close-stays-bound", .booksContradict)
    // What no explorer carries, or another guard stands behind, is held against a transcribed table, in RulesTests.
    case .importerUnmapReservation, .revokeReservation, .metadataInterface, .invalidateAlive, .dmarAddInterface, .flushDoneNoDMA,
      .exportRegistered, .ioctlOpen,
      .mmioBlockAlive, .mmioUnmapAlive, .dmarRemoveIOTLB, .dmarRemoveInterface,
      .lockEntropy, .reportState, .reportOffset, .startState,
      .runConfigurationSupported, .runConfigurationState, .tlpT1Stream, .issueInterruptT, .issueInterruptState,
      .streamDeleteBlocked, .devifCreateSession, .requestErrorState, .removePresent, .guestRequestErrorState,
      .collectValid, .mmioMapAlive, .mmioMapOwner, .mmioMapStream, .mmioAcceptNew, .mmioUnmapBlocked, .mmioUnmapIOTLB,
      .trackAlive, .dmarAcceptValid, .dmarAcceptLocked, .dmarBlockPresent, .dmarBlockInterface, .dmarRemoveBlocked,
      .memoryAddFree, .memoryRemoveBlocked, .accessVisibility, .guestChecksBeforeAccept, .exportOnce, .restoreReservation, .restoreExported,
      .attachExported, .attachLive, .attachPeer, .slotFresh,
      .viommuVM, .vdeviceUnique, .mailboxError, .chance, .notNow:
      .table
    }
  }
}
