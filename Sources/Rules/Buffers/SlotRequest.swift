/// What KVM_SET_USER_MEMORY_REGION2 is asked for over a buffer. private-MMIO thread 2025.
public struct SlotRequest: Hashable, BitwiseCopyable, Sendable {
  public var hasBufferSize = true, startsAtBufferStart = true, isReadOnly = false, logsDirtyPages = false
  /// The device behind the buffer is assigned to this very VM.
  public var deviceBelongsToVM = true
  @inlinable public init() {}
  @inlinable public init(_ flaw: SlotFlaw) {
    switch flaw {
    case .size: hasBufferSize = false
    case .offset: startsAtBufferStart = false
    case .readOnly: isReadOnly = true
    case .dirtyLog: logsDirtyPages = true
    case .otherVM: deviceBelongsToVM = false
    }
  }

  /// Every address of the slot leads to the page of the buffer that is meant, and the slot promises nothing that KVM could not keep
  /// there: pages without a struct page it can neither write-protect nor log.
  @inlinable public var suitsBuffer: Bool { hasBufferSize && startsAtBufferStart && !isReadOnly && !logsDirtyPages }
}

/// One way in which a slot does not fit its buffer.
public enum SlotFlaw: Small { case size, offset, readOnly, dirtyLog, otherVM }

extension Stage {
  @inlinable public mutating func addSlot(_ d: UInt8, _ request: SlotRequest = SlotRequest(), _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.slotExported, flag(.bufferIsExported, d)) else { return .refused(.slotExported) }
    guard book.law.holds(.slotSize, request.hasBufferSize) else { return .refused(.slotSize) }
    guard book.law.holds(.slotOffset, request.startsAtBufferStart) else { return .refused(.slotOffset) }
    guard book.law.holds(.slotWritable, !request.isReadOnly) else { return .refused(.slotWritable) }
    guard book.law.holds(.slotNoDirtyLog, !request.logsDirtyPages) else { return .refused(.slotNoDirtyLog) }
    guard book.law.holds(.slotNotHostMapped, !flag(.hostMapping, d)) else { return .refused(.slotNotHostMapped) }
    guard book.law.holds(.slotSameVM, request.deviceBelongsToVM && flag(.holdsVM, d)) else { return .refused(.slotSameVM) }
    guard book.law.holds(.slotFresh, !flag(.slot, d)) else { return .refused(.slotFresh) }
    set(.slot, d, true)
    return book.accepted(unless: !request.suitsBuffer, .booksContradict)
  }
}
