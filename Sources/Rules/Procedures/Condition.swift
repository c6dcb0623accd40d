/// What a step can be made to depend on. A closed set: no expressions. `page` conditions look at the page of the step's cursor.
public enum Condition: Small {
  case always
  case bound, interfacePresent, guestRequested, requestOutstanding, requestAnswered, recordedUnlocked, recordedError, streamBlocked
  case memoryEnabled, functionOpen, exported, revoked, slotPresent, slotPrivate, vdevicePresent
  case dmaPresent, dmaBlocked, vmAlive, vmmAlive, holdsVM, sessionPresent, streamPresent, streamKeysMissing, streamStarting, exchangeOutstanding
  case pageTEE, pagePrivate, pageMapped, pageBlocked, pageMirrored, pageShared, pageDeclared
  case memoryPrivate, memoryBlocked, memoryOwned

  public var id: String {
    switch self {
    case .interfacePresent: "interface-present"
    case .guestRequested: "td-requested"
    case .requestOutstanding: "request-outstanding"
    case .requestAnswered: "request-answered"
    case .recordedUnlocked: "recorded-unlocked"
    case .recordedError: "recorded-error"
    case .streamBlocked: "stream-blocked"
    case .memoryEnabled: "memory-enabled"
    case .functionOpen: "function-open"
    case .slotPresent: "slot-present"
    case .slotPrivate: "slot-private"
    case .vdevicePresent: "vdevice-present"
    case .dmaPresent: "dma-present"
    case .dmaBlocked: "dma-blocked"
    case .vmAlive: "vm-alive"
    case .vmmAlive: "vmm-alive"
    case .holdsVM: "holds-vm"
    case .sessionPresent: "session-present"
    case .streamPresent: "stream-present"
    case .streamKeysMissing: "stream-keys-missing"
    case .streamStarting: "stream-starting"
    case .exchangeOutstanding: "spdm-request"
    case .pageTEE: "page-tee"
    case .pagePrivate: "page-private"
    case .pageMapped: "page-mapped"
    case .pageBlocked: "page-blocked"
    case .pageMirrored: "page-mirrored"
    case .pageShared: "page-shared"
    case .pageDeclared: "page-declared"
    case .memoryPrivate: "memory-private"
    case .memoryBlocked: "memory-blocked"
    case .memoryOwned: "memory-owned"
    default: name
    }
  }

  public init?(id: String) {
    guard let found = Self.allCases.first(where: { $0.id == id && $0 != .always }) else { return nil }
    self = found
  }

  public var summary: String {
    switch self {
    case .always: "always"
    case .bound: "the TSM core has the interface bound to a VM"
    case .interfacePresent: "the firmware has an object for the interface"
    case .guestRequested: "the TD has asked for a TDISP message, and it is not generated yet"
    case .requestOutstanding: "a TDISP message is generated and not processed"
    case .requestAnswered: "the device has answered the message"
    case .recordedUnlocked: "the firmware has the interface recorded as CONFIG_UNLOCKED"
    case .recordedError: "the firmware has the interface recorded as ERROR"
    case .streamBlocked: "the firmware has blocked the IDE stream"
    case .memoryEnabled: "COMMAND.MEM is on, and the function is in D0"
    case .functionOpen: "the VFIO device is open"
    case .exported: "the BAR is exported as a buffer"
    case .revoked: "the buffer is revoked"
    case .slotPresent: "a guest memory slot lies over the buffer"
    case .slotPrivate: "the slot's TEE pages have the private attribute"
    case .vdevicePresent: "the vDEVICE exists"
    case .dmaPresent: "a trusted DMA entry is pending or present"
    case .dmaBlocked: "the trusted DMA entry is blocked"
    case .vmAlive: "the VM can run"
    case .vmmAlive: "the VMM's process lives"
    case .holdsVM: "VFIO holds a reference on the VM"
    case .sessionPresent: "there is an SPDM session with the device"
    case .streamPresent: "there is an IDE stream to the device"
    case .streamKeysMissing: "the IDE stream is created and lacks one of its six keys"
    case .streamStarting: "the IDE stream is created and does not go in both directions yet"
    case .exchangeOutstanding: "the firmware has a message for session or stream out over DOE"
    case .pageTEE: "the interface reports the page as TEE memory"
    case .pagePrivate: "the secure EPT entry is not free"
    case .pageMapped: "the secure EPT entry is pending or mapped"
    case .pageBlocked: "the secure EPT entry is blocked"
    case .pageMirrored: "KVM's mirror has an entry"
    case .pageShared: "the shared EPT has an entry"
    case .pageDeclared: "the page is in the MMIO metadata table"
    case .memoryPrivate: "the unit of guest memory is private and accessible"
    case .memoryBlocked: "the unit of guest memory is blocked"
    case .memoryOwned: "the unit of guest memory is a page of the TD, whatever state its entry is in"
    }
  }
}

extension Stage {
  @inlinable public func holds(_ condition: Condition, _ d: UInt8, _ p: UInt8, _ book: borrowing Rulebook) -> Bool {
    // A cursor counts pages or units of memory; a condition about the other kind does not hold beyond what there is.
    let hasPage = p < book.bounds.pages, hasUnit = p < book.bounds.memory
    return switch condition {
    case .always: true
    case .bound: flag(.isBound, d)
    case .interfacePresent: self[bindingOwner: d] == .vm || self[bindingOwner: d] == .both
    case .guestRequested: self[guestRequest: d].requested != .none
    case .requestOutstanding: self[request: d] != .none
    case .requestAnswered: self[answer: d].isFromDevice
    case .recordedUnlocked: self[recorded: d] == .unlocked
    case .recordedError: self[recorded: d] == .error
    case .streamBlocked: self[stream: d] == .blocked
    case .memoryEnabled: isEnabled(d)
    case .functionOpen: flag(.isOpen, d)
    case .exported: flag(.bufferIsExported, d)
    case .revoked: flag(.bufferIsRevoked, d)
    case .slotPresent: flag(.slot, d)
    case .slotPrivate: flag(.slotIsPrivate, d)
    case .vdevicePresent: self[vdevice: d] == .present
    case .dmaPresent: self[dmar: d] == .pending || self[dmar: d] == .present
    case .dmaBlocked: self[dmar: d].isBlocked
    case .vmAlive: vmLife == .runnable || vmLife == .building
    case .vmmAlive: flag(.vmmIsAlive)
    case .holdsVM: flag(.holdsVM, d)
    case .sessionPresent: self[session: d] != .none
    case .streamPresent: self[stream: d] != .absent
    case .streamKeysMissing: lacksKeys(d)
    case .streamStarting: isStarting(d)
    case .exchangeOutstanding: self[exchange: d] != .none
    case .pageTEE: book.parameters.isTEE(p)
    case .pagePrivate: hasPage && self[entry: d, p] != .free
    case .pageMapped: hasPage && (self[entry: d, p] == .mmioPending || self[entry: d, p] == .mmioMapped)
    case .pageBlocked: hasPage && self[entry: d, p] == .mmioBlocked
    case .pageMirrored: hasPage && self[mirror: d, p]
    case .pageShared: hasPage && self[isShared: d, p]
    case .pageDeclared: hasPage && self[metadata: d, p] != .absent
    case .memoryPrivate: hasUnit && (self[memoryEntry: p] == .mapped || self[memoryEntry: p] == .pending)
    case .memoryBlocked: hasUnit && (self[memoryEntry: p] == .blocked || self[memoryEntry: p] == .pendingBlocked)
    case .memoryOwned: hasUnit && self[memoryEntry: p] != .free
    }
  }
}
