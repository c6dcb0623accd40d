/// The fields by name and type. One line each: the storage decides where they lie.
extension Stage {
  @inlinable @inline(__always) public var vmLife: VirtualMachineLife {
    get { small(.vmLife) }
    set { set(.vmLife, 0, newValue) }
  }
  @inlinable @inline(__always) public var vmEnd: VirtualMachineEnd {
    get { small(.vmEnd) }
    set { set(.vmEnd, 0, newValue) }
  }
  @inlinable @inline(__always) public var vcpu: VirtualCPU {
    get { small(.vcpu) }
    set { set(.vcpu, 0, newValue) }
  }
  @inlinable @inline(__always) public var accessKind: GuestAccessKind {
    get { small(.accessKind) }
    set { set(.accessKind, 0, newValue) }
  }
}

extension Stage {
  @inlinable @inline(__always) public subscript(deed task: UInt8) -> Deed {
    get { small(.taskDeed, Int(task)) }
    set { set(.taskDeed, Int(task), newValue) }
  }
  @inlinable @inline(__always) public subscript(power device: UInt8) -> PowerState {
    get { small(.power, Int(device)) }
    set { set(.power, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(interface device: UInt8) -> InterfaceState {
    get { small(.interface, Int(device)) }
    set { set(.interface, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(recorded device: UInt8) -> RecordedState {
    get { small(.recorded, Int(device)) }
    set { set(.recorded, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(bindingOwner device: UInt8) -> BindingOwner {
    get { small(.bindingOwner, Int(device)) }
    set { set(.bindingOwner, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(request device: UInt8) -> InterfaceRequest {
    get { small(.request, Int(device)) }
    set { set(.request, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(answer device: UInt8) -> InterfaceAnswer {
    get { small(.answer, Int(device)) }
    set { set(.answer, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(guestRequest device: UInt8) -> GuestRequestStatus {
    get { small(.guestRequest, Int(device)) }
    set { set(.guestRequest, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(evidence device: UInt8) -> Evidence {
    get { small(.evidence, Int(device)) }
    set { set(.evidence, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(session device: UInt8) -> SPDMSession {
    get { small(.session, Int(device)) }
    set { set(.session, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(stream device: UInt8) -> IDEStream {
    get { small(.stream, Int(device)) }
    set { set(.stream, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(exchange device: UInt8) -> SPDMExchange {
    get { small(.exchange, Int(device)) }
    set { set(.exchange, Int(device), newValue) }
  }
  /// How many of the stream's keys are programmed.
  @inlinable @inline(__always) public subscript(streamKeys device: UInt8) -> UInt8 {
    get { UInt8(truncatingIfNeeded: self[.streamKeys, Int(device)]) }
    set { self[.streamKeys, Int(device)] = UInt16(newValue) }
  }
  @inlinable @inline(__always) public subscript(dmar device: UInt8) -> DMAREntry {
    get { small(.dmar, Int(device)) }
    set { set(.dmar, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(dmarInvalidation device: UInt8) -> DMARInvalidation {
    get { small(.dmarInvalidation, Int(device)) }
    set { set(.dmarInvalidation, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(dma device: UInt8) -> InFlightDMA {
    get { small(.dma, Int(device)) }
    set { set(.dma, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(vdevice device: UInt8) -> VirtualDevice {
    get { small(.vdevice, Int(device)) }
    set { set(.vdevice, Int(device), newValue) }
  }
  @inlinable @inline(__always) public subscript(importer index: UInt8) -> ImporterState {
    get { small(.importerState, Int(index)) }
    set { set(.importerState, Int(index), newValue) }
  }
  @inlinable @inline(__always) public subscript(memoryEntry unit: UInt8) -> SecureEPTEntry {
    get { small(.memoryEntry, Int(unit)) }
    set { set(.memoryEntry, Int(unit), newValue) }
  }
  @inlinable @inline(__always) public subscript(memoryStamp unit: UInt8) -> EpochAge {
    get { small(.memoryStamp, Int(unit)) }
    set { set(.memoryStamp, Int(unit), newValue) }
  }
  @inlinable @inline(__always) public subscript(memoryTLB unit: UInt8) -> CachedTranslation {
    get { small(.memoryTLB, Int(unit)) }
    set { set(.memoryTLB, Int(unit), newValue) }
  }
}

extension Stage {
  @inlinable @inline(__always) public subscript(entry device: UInt8, _ page: UInt8) -> SecureEPTEntry {
    get { small(.entry, pageIndex(device, page)) }
    set { set(.entry, pageIndex(device, page), newValue) }
  }
  @inlinable @inline(__always) public subscript(stamp device: UInt8, _ page: UInt8) -> EpochAge {
    get { small(.stamp, pageIndex(device, page)) }
    set { set(.stamp, pageIndex(device, page), newValue) }
  }
  @inlinable @inline(__always) public subscript(tlb device: UInt8, _ page: UInt8) -> CachedTranslation {
    get { small(.tlb, pageIndex(device, page)) }
    set { set(.tlb, pageIndex(device, page), newValue) }
  }
  @inlinable @inline(__always) public subscript(metadata device: UInt8, _ page: UInt8) -> MMIOMetadata {
    get { small(.metadata, pageIndex(device, page)) }
    set { set(.metadata, pageIndex(device, page), newValue) }
  }
  @inlinable @inline(__always) public subscript(mirror device: UInt8, _ page: UInt8) -> Bool {
    get { self[.mirror, pageIndex(device, page)] != 0 }
    set { self[.mirror, pageIndex(device, page)] = newValue ? 1 : 0 }
  }
  @inlinable @inline(__always) public subscript(isShared device: UInt8, _ page: UInt8) -> Bool {
    get { self[.isShared, pageIndex(device, page)] != 0 }
    set { self[.isShared, pageIndex(device, page)] = newValue ? 1 : 0 }
  }
  /// Which of the device's pages the guest's entry for `page` really leads to.
  @inlinable @inline(__always) public subscript(frame device: UInt8, _ page: UInt8) -> UInt8 {
    get { UInt8(truncatingIfNeeded: self[.frame, pageIndex(device, page)]) }
    set { self[.frame, pageIndex(device, page)] = UInt16(newValue) }
  }
}
