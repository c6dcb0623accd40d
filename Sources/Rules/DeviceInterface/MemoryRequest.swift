/// A memory request that reaches the device: which of its pages, with which T bit, over which stream.
public struct MemoryRequest: Hashable, BitwiseCopyable, Sendable {
  public var isTEEPage: Bool
  /// The T bit of the IDE prefix: the request comes from inside a trust domain.
  public var tBit: Bool
  public var isOnBoundStream: Bool
  @inlinable public init(isTEEPage: Bool, tBit: Bool, isOnBoundStream: Bool = true) {
    (self.isTEEPage, self.tBit, self.isOnBoundStream) = (isTEEPage, tBit, isOnBoundStream)
  }
}

extension DeviceInterface {
  /// The table of PCIe 6.0 section 11.2.3 (PCIe 6.0, TDISP). A refusal is a UR or a silent drop.
  @inlinable public func receive(_ request: MemoryRequest, under law: Law) -> Outcome {
    if request.tBit {
      guard law.holds(.tlpT1Run, state == .run) else { return .refused(.tlpT1Run) }
      guard law.holds(.tlpT1Stream, request.isOnBoundStream) else { return .refused(.tlpT1Stream) }
    } else if request.isTEEPage {
      guard law.holds(.tlpT0Unlocked, state == .configUnlocked) else { return .refused(.tlpT0Unlocked) }
    }
    return .accepted
  }

  /// What the device may send: in RUN, reads and writes with T=1; unlocked, with T=0. Interrupts are judged apart.
  @inlinable public func issue(tBit: Bool, under law: Law) -> Outcome {
    if tBit {
      guard law.holds(.issueT1Run, state == .run) else { return .refused(.issueT1Run) }
    } else {
      guard law.holds(.issueT0Unlocked, state == .configUnlocked) else { return .refused(.issueT0Unlocked) }
    }
    return .accepted
  }

  /// An interrupt message. LOCKED sends with T=0 only; in RUN MSI has T=0, and MSI-X has T=1 only if its table is locked and reported.
  @inlinable public func interrupt(tBit: Bool, isMSIX: Bool, tableIsLockedAndReported: Bool, under law: Law) -> Outcome {
    let legal = !tBit || (state == .run && isMSIX && tableIsLockedAndReported)
    guard law.holds(.issueInterruptT, legal) else { return .refused(.issueInterruptT) }
    guard law.holds(.issueInterruptState, state != .error) else { return .refused(.issueInterruptState) }
    return .accepted
  }
}
