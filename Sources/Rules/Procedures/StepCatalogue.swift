extension Step {
  public var entry: StepEntry {
    switch self {
    case .nothing:
      StepEntry(id: "nothing", lane: "vfio", peer: nil, axis: .device, onError: .abandon, summary: "does nothing; a place to jump to")
    case .jump:
      StepEntry(id: "jump", lane: "vfio", peer: nil, axis: .device, onError: .abandon, summary: "goes on at the step named in `to`")
    case .fail:
      StepEntry(id: "fail", lane: "vfio", peer: "vmm", axis: .device, onError: .abandon, summary: "returns an error to the caller")
    case .lockDeviceSet:
      StepEntry(
        id: "lock device-set", lane: "vfio", peer: nil, axis: .world, onError: .abandon, summary: "takes the lock of the device set; waits for it")
    case .lockTSM:
      StepEntry(
        id: "lock tsm", lane: "tsm", peer: nil, axis: .device, onError: .abandon, summary: "takes the lock of the device's TSM context; waits for it")
    case .lockMemory:
      StepEntry(
        id: "lock memory", lane: "vfio", peer: nil, axis: .device, onError: .abandon,
        summary: "takes the device's memory_lock for writing; waits for it")
    case .lockReservation:
      StepEntry(
        id: "lock reservation", lane: "vfio", peer: nil, axis: .device, onError: .abandon, summary: "takes the buffer's reservation; waits for it")
    case .unlockDeviceSet:
      StepEntry(id: "unlock device-set", lane: "vfio", peer: nil, axis: .world, onError: .abandon, summary: "drops the lock of the device set")
    case .unlockTSM:
      StepEntry(id: "unlock tsm", lane: "tsm", peer: nil, axis: .device, onError: .abandon, summary: "drops the lock of the TSM context")
    case .unlockMemory:
      StepEntry(id: "unlock memory", lane: "vfio", peer: nil, axis: .device, onError: .abandon, summary: "drops memory_lock")
    case .unlockReservation:
      StepEntry(id: "unlock reservation", lane: "vfio", peer: nil, axis: .device, onError: .abandon, summary: "drops the reservation")
    case .openFunction:
      StepEntry(id: "vfio.open", lane: "vfio", peer: "device", axis: .device, onError: .abandon, summary: "opens the function; bus mastering is off")
    case .closeFunction:
      StepEntry(
        id: "vfio.close", lane: "vfio", peer: "device", axis: .device, onError: .abandon,
        summary: "disables the function: decoding and bus mastering off, nobody has it")
    case .zapHostMapping:
      StepEntry(id: "vfio.zap", lane: "vfio", peer: nil, axis: .device, onError: .abandon, summary: "removes the VMM's own mappings of the BARs")
    case .memoryOn:
      StepEntry(id: "vfio.memory-on", lane: "vfio", peer: "device", axis: .device, onError: .abandon, summary: "COMMAND.MEM = 1 reaches the hardware")
    case .memoryOff:
      StepEntry(
        id: "vfio.memory-off", lane: "vfio", peer: "device", axis: .device, onError: .abandon, summary: "COMMAND.MEM = 0 reaches the hardware")
    case .busMasterOn:
      StepEntry(
        id: "vfio.bus-master-on", lane: "vfio", peer: "device", axis: .device, onError: .abandon, summary: "COMMAND.BME = 1 reaches the hardware")
    case .busMasterOff:
      StepEntry(
        id: "vfio.bus-master-off", lane: "vfio", peer: "device", axis: .device, onError: .abandon, summary: "COMMAND.BME = 0 reaches the hardware")
    case .powerD3Hot:
      StepEntry(
        id: "vfio.power-d3hot", lane: "vfio", peer: "device", axis: .device, onError: .abandon,
        summary: "the function enters D3hot and loses its state")
    case .powerD0:
      StepEntry(id: "vfio.power-d0", lane: "vfio", peer: "device", axis: .device, onError: .abandon, summary: "the function enters D0")
    case .resetBegin:
      StepEntry(
        id: "vfio.reset-begin", lane: "vfio", peer: "device", axis: .device, onError: .abandon, summary: "function-level reset: the function is away")
    case .resetEnd:
      StepEntry(
        id: "vfio.reset-end", lane: "vfio", peer: "device", axis: .device, onError: .abandon,
        summary: "the function is back, its saved configuration restored")
    case .exportBuffer:
      StepEntry(
        id: "buffer.export", lane: "vfio", peer: nil, axis: .device, onError: .abandon,
        summary: "exports the BAR's ranges as a buffer (revoked while memory is off)")
    case .markRevoked:
      StepEntry(
        id: "buffer.mark-revoked", lane: "vfio", peer: nil, axis: .device, onError: .abandon,
        summary: "no new mapping from here on; needs the reservation")
    case .invalidateImporters:
      StepEntry(
        id: "buffer.invalidate", lane: "vfio", peer: "importer", axis: .device, onError: .abandon,
        summary: "tells every importer to let go; needs the reservation")
    case .waitForFences:
      StepEntry(
        id: "buffer.wait-fences", lane: "vfio", peer: "importer", axis: .device, onError: .abandon, summary: "waits for all fences, BOOKKEEP included"
      )
    case .waitForMappings:
      StepEntry(
        id: "buffer.wait-unmapped", lane: "vfio", peer: "importer", axis: .device, onError: .abandon, summary: "waits until every mapping is gone")
    case .restoreBuffer:
      StepEntry(
        id: "buffer.restore", lane: "vfio", peer: nil, axis: .device, onError: .abandon,
        summary: "un-revokes; needs the reservation and a function that is enabled")
    case .cleanUpBuffer:
      StepEntry(
        id: "buffer.cleanup", lane: "vfio", peer: nil, axis: .device, onError: .abandon, summary: "the exporter leaves its buffer, which stays dead")
    case .getVM:
      StepEntry(id: "kvm.get", lane: "vfio", peer: "kvm", axis: .device, onError: .abandon, summary: "takes a reference on the VM")
    case .putVM:
      StepEntry(id: "kvm.put", lane: "vfio", peer: "kvm", axis: .device, onError: .abandon, summary: "drops the reference on the VM")
    case .addSlot:
      StepEntry(id: "kvm.add-slot", lane: "vmm", peer: "kvm", axis: .device, onError: .abandon, summary: "a guest memory slot over the whole buffer")
    case .deleteSlot:
      StepEntry(
        id: "kvm.delete-slot", lane: "vmm", peer: "kvm", axis: .device, onError: .abandon,
        summary: "deletes the slot: zap and flush under the MMU lock")
    case .takeFrame:
      StepEntry(
        id: "kvm.take-frame", lane: "kvm", peer: "vfio", axis: .device, onError: .abandon,
        summary: "looks the frame up; good only while the reservation is held")
    case .installShared:
      StepEntry(
        id: "kvm.install-shared", lane: "kvm", peer: nil, axis: .page, onError: .abandon, summary: "writes the shared EPT entry for the frame taken")
    case .installMirror:
      StepEntry(
        id: "kvm.install-mirror", lane: "kvm", peer: nil, axis: .page, onError: .abandon, summary: "writes the mirror entry for the frame taken")
    case .removeMirror:
      StepEntry(id: "kvm.remove-mirror", lane: "kvm", peer: nil, axis: .page, onError: .abandon, summary: "removes the mirror entry")
    case .zapShared:
      StepEntry(id: "kvm.zap-shared", lane: "kvm", peer: nil, axis: .page, onError: .abandon, summary: "removes the shared EPT entry")
    case .flushShared:
      StepEntry(
        id: "kvm.flush-tlb", lane: "kvm", peer: "guest", axis: .device, onError: .abandon,
        summary: "flushes what vCPUs cached of shared entries that are gone; waits for their accesses")
    case .kick:
      StepEntry(
        id: "kvm.kick", lane: "kvm", peer: "guest", axis: .world, onError: .abandon,
        summary: "makes vCPUs of the old epoch leave; waits for their accesses")
    case .setPrivate:
      StepEntry(
        id: "kvm.set-private", lane: "vmm", peer: "kvm", axis: .device, onError: .abandon,
        summary: "KVM_SET_MEMORY_ATTRIBUTES: the slot's TEE pages are private")
    case .setShared:
      StepEntry(
        id: "kvm.set-shared", lane: "vmm", peer: "kvm", axis: .device, onError: .abandon, summary: "KVM_SET_MEMORY_ATTRIBUTES: the slot is shared")
    case .bugVM:
      StepEntry(id: "kvm.bug", lane: "kvm", peer: nil, axis: .world, onError: .abandon, summary: "KVM_BUG_ON: the VM never runs again")
    case .createVIOMMU:
      StepEntry(id: "iommufd.create-viommu", lane: "vmm", peer: "iommufd", axis: .device, onError: .abandon, summary: "creates the vIOMMU")
    case .destroyVIOMMU:
      StepEntry(id: "iommufd.destroy-viommu", lane: "iommufd", peer: nil, axis: .device, onError: .abandon, summary: "destroys the vIOMMU")
    case .createVDevice:
      StepEntry(id: "iommufd.create-vdevice", lane: "vmm", peer: "iommufd", axis: .device, onError: .abandon, summary: "creates the vDEVICE")
    case .destroyVDevice:
      StepEntry(
        id: "iommufd.destroy-vdevice", lane: "iommufd", peer: nil, axis: .device, onError: .abandon,
        summary: "destroys the vDEVICE; with its device gone it leaves a tombstone")
    case .markBound:
      StepEntry(
        id: "tsm.mark-bound", lane: "tsm", peer: "iommufd", axis: .device, onError: .abandon, summary: "notes that the interface is bound to the VM")
    case .markUnbound:
      StepEntry(id: "tsm.mark-unbound", lane: "tsm", peer: "iommufd", axis: .device, onError: .abandon, summary: "notes that the interface is free")
    case .spdmCreate:
      StepEntry(id: "TDH.SPDM.CREATE", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon, summary: "an SPDM object for the device")
    case .spdmConnect:
      StepEntry(
        id: "TDH.SPDM.CONNECT", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon,
        summary: "sends the SPDM handshake out, and called again with the answer has a session")
    case .spdmRelay:
      StepEntry(
        id: "spdm.relay", lane: "tsm", peer: "device", axis: .device, onError: .abandon,
        summary: "carries the module's message for session or stream over DOE, and the answer back")
    case .spdmDisconnect:
      StepEntry(
        id: "TDH.SPDM.DISCONNECT", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon,
        summary: "sends END_SESSION out, and called again ends the session; its object stays")
    case .spdmDelete:
      StepEntry(id: "TDH.SPDM.DELETE", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon, summary: "frees the SPDM object")
    case .streamCreate:
      StepEntry(
        id: "TDH.IDE.STREAM.CREATE", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon,
        summary: "a selective IDE stream between root port and device")
    case .streamProgramKey:
      StepEntry(
        id: "TDH.IDE.STREAM.KM(KEY_PROG)", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon,
        summary: "sends the next of the stream's six keys out, and called again has it programmed")
    case .streamSetGo:
      StepEntry(
        id: "TDH.IDE.STREAM.KM(K_SET_GO)", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon,
        summary: "sends the next direction's start out, and called again the stream receives, then sends")
    case .streamBlock:
      StepEntry(
        id: "TDH.IDE.STREAM.BLOCK", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon,
        summary: "the root port routes nothing of this stream any more")
    case .streamDelete:
      StepEntry(id: "TDH.IDE.STREAM.DELETE", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon, summary: "frees the stream")
    case .devifCreate:
      StepEntry(
        id: "TDH.DEVIF.CREATE", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon,
        summary: "the TDX module's object for the interface, owned by this TD")
    case .devifRemove:
      StepEntry(id: "TDH.DEVIF.REMOVE", lane: "tsm", peer: "firmware", axis: .device, onError: .kill, summary: "frees the object")
    case .requestLock:
      StepEntry(
        id: "TDH.DEVIF.REQUEST(LOCK)", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon, summary: "poses LOCK_INTERFACE_REQUEST")
    case .requestStop:
      StepEntry(
        id: "TDH.DEVIF.REQUEST(STOP)", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon, summary: "poses STOP_INTERFACE_REQUEST")
    case .requestState:
      StepEntry(
        id: "TDH.DEVIF.REQUEST(STATE)", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon, summary: "poses GET_DEVICE_INTERFACE_STATE")
    case .requestForGuest:
      StepEntry(
        id: "TDH.DEVIF.REQUEST(TD)", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon,
        summary: "generates the message that the TD has asked for")
    case .relay:
      StepEntry(
        id: "tdisp.relay", lane: "tsm", peer: "device", axis: .device, onError: .abandon,
        summary: "carries the encrypted message to the device over DOE, and the answer back")
    case .response:
      StepEntry(
        id: "TDH.DEVIF.RESPONSE", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon,
        summary: "the module processes the answer; only now does its record change")
    case .mmiomtSet:
      StepEntry(
        id: "TDH.MMIOMT.SET", lane: "tsm", peer: "firmware", axis: .page, onError: .abandon, summary: "declares the page as the interface's MMIO")
    case .mmiomtRemove:
      StepEntry(id: "TDH.MMIOMT.REMOVE", lane: "tsm", peer: "firmware", axis: .page, onError: .kill, summary: "takes the declaration back")
    case .mmioMap:
      StepEntry(
        id: "TDH.MMIO.MAP", lane: "kvm", peer: "firmware", axis: .page, onError: .abandon,
        summary: "maps the page into the secure EPT, pending the guest's acceptance")
    case .mmioBlock:
      StepEntry(id: "TDH.MMIO.BLOCK", lane: "kvm", peer: "firmware", axis: .page, onError: .kill, summary: "takes access away and stamps the epoch")
    case .mmioUnmap:
      StepEntry(
        id: "TDH.MMIO.UNMAP", lane: "kvm", peer: "firmware", axis: .page, onError: .kill,
        summary: "frees the entry: blocked, tracked, interface stopped")
    case .memTrack:
      StepEntry(id: "TDH.MEM.TRACK", lane: "kvm", peer: "firmware", axis: .world, onError: .kill, summary: "begins a new TLB epoch")
    case .dmarAdd:
      StepEntry(
        id: "TDH.DMAR.ADD", lane: "tsm", peer: "firmware", axis: .device, onError: .abandon,
        summary: "the trusted DMA entry, pending the guest's acceptance")
    case .dmarBlock:
      StepEntry(id: "TDH.DMAR.BLOCK", lane: "tsm", peer: "firmware", axis: .device, onError: .kill, summary: "takes trusted DMA away")
    case .dmarRemove:
      StepEntry(
        id: "TDH.DMAR.REMOVE", lane: "tsm", peer: "firmware", axis: .device, onError: .kill, summary: "frees the entry: blocked and invalidated")
    case .invalidateEntry:
      StepEntry(
        id: "TDH.IQINV.REQ(PASIDTE)", lane: "tsm", peer: "firmware", axis: .device, onError: .kill,
        summary: "queues the invalidation of the blocked entry")
    case .invalidateIOTLB:
      StepEntry(
        id: "TDH.IQINV.REQ(IOTLB)", lane: "kvm", peer: "firmware", axis: .world, onError: .kill, summary: "queues an invalidation of the TD's IOTLB")
    case .invalidateProcess:
      StepEntry(id: "TDH.IQINV.PROC", lane: "kvm", peer: "firmware", axis: .world, onError: .kill, summary: "retires what the IOMMU has invalidated")
    case .pageAdd:
      StepEntry(
        id: "TDH.MEM.PAGE.ADD", lane: "kvm", peer: "firmware", axis: .memory, onError: .abandon,
        summary: "adds a page of private memory before the TD runs")
    case .pageAug:
      StepEntry(
        id: "TDH.MEM.PAGE.AUG", lane: "kvm", peer: "firmware", axis: .memory, onError: .abandon, summary: "gives a page that the guest must accept")
    case .rangeBlock:
      StepEntry(
        id: "TDH.MEM.RANGE.BLOCK", lane: "kvm", peer: "firmware", axis: .memory, onError: .kill, summary: "takes access to private memory away")
    case .pageRemove:
      StepEntry(
        id: "TDH.MEM.PAGE.REMOVE", lane: "kvm", peer: "firmware", axis: .memory, onError: .kill, summary: "frees the entry: blocked and tracked")
    case .vmCreate:
      StepEntry(id: "TDH.MNG.CREATE", lane: "kvm", peer: "firmware", axis: .world, onError: .abandon, summary: "creates and initialises the TD")
    case .vmFinalize:
      StepEntry(
        id: "TDH.MR.FINALIZE", lane: "kvm", peer: "firmware", axis: .world, onError: .abandon, summary: "the TD's measurement is final and it may run"
      )
    case .flushDone:
      StepEntry(
        id: "TDH.MNG.VPFLUSHDONE", lane: "kvm", peer: "firmware", axis: .world, onError: .abandon,
        summary: "no vCPU and no device reaches the TD any more")
    case .cacheWriteBack:
      StepEntry(
        id: "TDH.PHYMEM.CACHE.WB", lane: "kvm", peer: "firmware", axis: .world, onError: .abandon,
        summary: "every package writes back what its caches hold of the TD")
    case .keyFree:
      StepEntry(
        id: "TDH.MNG.KEY.FREEID", lane: "kvm", peer: "firmware", axis: .world, onError: .abandon, summary: "the TD's key identifier is free")
    case .pageReclaim:
      StepEntry(
        id: "TDH.PHYMEM.PAGE.RECLAIM", lane: "kvm", peer: "firmware", axis: .memory, onError: .abandon,
        summary: "takes a page of private memory back from a TD that is torn down")
    case .rootReclaim:
      StepEntry(
        id: "TDH.PHYMEM.PAGE.RECLAIM(TDR)", lane: "kvm", peer: "firmware", axis: .world, onError: .abandon,
        summary: "takes back the root page, the last: the TD is no more")
    }
  }
}
