/// Everything that a world remembers. This list is the world's one description: the explorer packs it into words,
/// the machine keeps it in tables, replays compare it, charts print its changes.
public enum Field: UInt8, CaseIterable, Sendable {
  // The virtual machine and its monitor.
  case vmLife, vmEnd, vmmIsAlive, vmmMisbehaved
  case vcpu, accessKind, accessDevice, accessPage
  case iotlbEpochIsOpen, iotlbFlushIsQueued
  case deviceSetLock
  // A unit of guest memory, private or shared.
  case memoryEntry, memoryStamp, memoryTLB, memoryIsPoisoned, memoryIOTLB
  // A kernel task.
  case taskPosition, taskCursor, taskDevice, taskHoldsFrame, taskDeed
  // An importer of a buffer.
  case importerState, importerIsInvalidated, importerIsUsing, importerIsPinned
  // A function, and who has it.
  case isOpen, hostMapping, memoryEnabled, busMaster, power, inReset
  case interface, nonceIsLive, holdsSecrets
  case recorded, bindingOwner, isValid, identityIsOther, request, answer, guestRequest, evidence
  case session, stream, streamKeys, streamIsInsecure, exchange, exchangeIsAnswered
  case dmar, dmarInvalidation, contextIsCached, dma
  case vdevice, viommuExists, isBound, holdsVM
  case bufferIsExported, bufferIsRevoked, slot, slotIsPrivate
  case memoryLock, reservation, tsmLock
  // A page of the function's BAR, with the guest's entry for it.
  case entry, frame, stamp, tlb, mirror, metadata, isShared
}

/// What a field is counted by.
public enum Axis: UInt8, CaseIterable, BitwiseCopyable, Sendable { case world, memory, task, importer, device, page }

/// Where the explorer packs a field: `bits` at `shift` of a word, repeated `stride` bits apart along its axis.
public struct Place: BitwiseCopyable, Sendable {
  public let axis: Axis, shift: UInt8, bits: UInt8
  @inlinable @inline(__always) init(_ axis: Axis, _ shift: UInt8, _ bits: UInt8) { (self.axis, self.shift, self.bits) = (axis, shift, bits) }
}

extension Field {
  /// Word 0 holds the world and its tasks, word 1 the importers and guest memory, then each device has a word for the function
  /// and a word for its pages. A test proves that no two fields overlap.
  @inlinable @inline(__always) public var place: Place {
    switch self {
    case .vmLife: Place(.world, 0, 3)
    case .vmEnd: Place(.world, 3, 2)
    case .vmmIsAlive: Place(.world, 5, 1)
    case .vmmMisbehaved: Place(.world, 6, 1)
    case .vcpu: Place(.world, 7, 2)
    case .accessKind: Place(.world, 9, 2)
    case .accessDevice: Place(.world, 11, 1)
    case .accessPage: Place(.world, 12, 2)
    case .iotlbEpochIsOpen: Place(.world, 14, 1)
    case .iotlbFlushIsQueued: Place(.world, 15, 1)
    case .deviceSetLock: Place(.world, 16, 2)

    case .taskPosition: Place(.task, 32, 9)
    case .taskCursor: Place(.task, 41, 2)
    case .taskDevice: Place(.task, 43, 1)
    case .taskHoldsFrame: Place(.task, 44, 1)
    case .taskDeed: Place(.task, 45, 3)

    case .importerState: Place(.importer, 0, 2)
    case .importerIsInvalidated: Place(.importer, 2, 1)
    case .importerIsUsing: Place(.importer, 3, 1)
    case .importerIsPinned: Place(.importer, 4, 1)

    case .memoryEntry: Place(.memory, 32, 4)
    case .memoryStamp: Place(.memory, 36, 2)
    case .memoryTLB: Place(.memory, 38, 2)
    case .memoryIsPoisoned: Place(.memory, 40, 1)
    case .memoryIOTLB: Place(.memory, 41, 2)

    case .isOpen: Place(.device, 0, 1)
    case .hostMapping: Place(.device, 1, 1)
    case .memoryEnabled: Place(.device, 2, 1)
    case .busMaster: Place(.device, 3, 1)
    case .power: Place(.device, 4, 1)
    case .inReset: Place(.device, 5, 1)
    case .interface: Place(.device, 6, 2)
    case .nonceIsLive: Place(.device, 8, 1)
    case .holdsSecrets: Place(.device, 9, 1)
    case .recorded: Place(.device, 10, 2)
    case .bindingOwner: Place(.device, 12, 2)
    case .isValid: Place(.device, 14, 1)
    case .request: Place(.device, 15, 3)
    case .answer: Place(.device, 18, 3)
    case .guestRequest: Place(.device, 21, 3)
    case .session: Place(.device, 24, 2)
    case .stream: Place(.device, 26, 3)
    case .dmar: Place(.device, 29, 3)
    case .dmarInvalidation: Place(.device, 32, 2)
    case .dma: Place(.device, 34, 2)
    case .vdevice: Place(.device, 36, 2)
    case .viommuExists: Place(.device, 38, 1)
    case .isBound: Place(.device, 39, 1)
    case .holdsVM: Place(.device, 40, 1)
    case .bufferIsExported: Place(.device, 41, 1)
    case .bufferIsRevoked: Place(.device, 42, 1)
    case .slot: Place(.device, 43, 1)
    case .slotIsPrivate: Place(.device, 44, 1)
    case .memoryLock: Place(.device, 45, 2)
    case .reservation: Place(.device, 47, 2)
    case .tsmLock: Place(.device, 49, 2)
    case .identityIsOther: Place(.device, 51, 1)
    case .contextIsCached: Place(.device, 52, 1)
    case .evidence: Place(.device, 53, 3)
    case .streamKeys: Place(.device, 56, 3)
    case .exchange: Place(.device, 59, 3)
    case .exchangeIsAnswered: Place(.device, 62, 1)
    case .streamIsInsecure: Place(.device, 63, 1)

    case .entry: Place(.page, 0, 4)
    case .frame: Place(.page, 4, 2)
    case .stamp: Place(.page, 6, 2)
    case .tlb: Place(.page, 8, 2)
    case .mirror: Place(.page, 10, 1)
    case .metadata: Place(.page, 11, 2)
    case .isShared: Place(.page, 13, 1)
    }
  }

  public var axis: Axis { place.axis }

  /// A set of devices, a bit each.
  private static func devices(_ mask: UInt16) -> String {
    let members = (0..<UInt16.bitWidth).filter { mask >> $0 & 1 != 0 }
    return members.isEmpty ? "none" : "device " + members.map(String.init).joined(separator: ",")
  }

  /// How a log prints a value of this field.
  public func text(_ value: UInt16) -> String {
    let byte = UInt8(truncatingIfNeeded: value)
    func named<S: Small>(_: S.Type) -> String { Int(byte) < S.allCases.count ? S(code: byte).name : String(value) }
    switch self {
    case .vmLife: return named(VirtualMachineLife.self)
    case .vmEnd: return named(VirtualMachineEnd.self)
    case .vcpu: return named(VirtualCPU.self)
    case .accessKind: return named(GuestAccessKind.self)
    case .memoryEntry, .entry: return named(SecureEPTEntry.self)
    case .stamp, .memoryStamp: return named(EpochAge.self)
    case .tlb, .memoryTLB: return named(CachedTranslation.self)
    case .importerState: return named(ImporterState.self)
    case .power: return named(PowerState.self)
    case .interface: return named(InterfaceState.self)
    case .recorded: return named(RecordedState.self)
    case .bindingOwner: return named(BindingOwner.self)
    case .request: return named(InterfaceRequest.self)
    case .answer: return named(InterfaceAnswer.self)
    case .guestRequest: return named(GuestRequestStatus.self)
    case .evidence: return named(Evidence.self)
    case .session: return named(SPDMSession.self)
    case .stream: return named(IDEStream.self)
    case .exchange: return named(SPDMExchange.self)
    case .dmar: return named(DMAREntry.self)
    case .dmarInvalidation: return named(DMARInvalidation.self)
    case .dma: return named(InFlightDMA.self)
    case .vdevice: return named(VirtualDevice.self)
    case .deviceSetLock, .memoryLock, .reservation, .tsmLock: return value == 0 ? "free" : "task \(value - 1)"
    case .metadata: return named(MMIOMetadata.self)
    case .taskDeed: return named(Deed.self)
    case .taskPosition, .taskCursor, .taskDevice, .accessDevice, .accessPage, .frame, .streamKeys: return String(value)
    case .memoryIOTLB: return Self.devices(value)
    default: return value == 0 ? "no" : "yes"
    }
  }
}
