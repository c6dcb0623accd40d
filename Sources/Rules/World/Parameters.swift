/// What differs between generations, or is not settled. Each has the place that says so; none is hidden in a rule.
public struct Parameters: Hashable, BitwiseCopyable, Sendable {
  /// TDG.DMAR.ACCEPT also in RUN, as later TDX modules do; the older take LOCKED only. TDX Connect, trusted DMA.
  public var dmaMayBeAcceptedInRun = false
  /// Whether a DMA of a running interface that is dropped unseen counts as a fault. Disputed: private-MMIO thread 2025, disputed.
  public var strictDMA = false
  /// MEM.TRACK opens an IOTLB epoch only while a PASID entry of the TD is accepted; otherwise while an interface is attached. The
  /// module counts IOMMUs by accepted entries (TDG.DMAR.ACCEPT, TDH.DMAR.REMOVE); that TRACK starts from that count is inferred.
  public var iotlbEpochNeedsAcceptedDMA = true
  /// A SEAMCALL that fails for another reason than "busy" ends the VM. TDX Connect, last paragraph.
  public var seamcallErrorKillsVM = true
  /// Bit p set: page p of every device is IS_NON_TEE_MEM in the interface report. PCIe 6 section 11.3.11.
  public var nonTEEPages: UInt64 = 0
  /// LOCK asks the device to lock its MSI-X table too (LOCK_MSIX, PCIe 6.0 section 11.3.8). What is known of TDX sets no such flag.
  public var locksMessages = false
  /// The guest asks for a report as often as it likes, as one does that takes it in portions, and starts a device that it gave no DMA. In
  /// explorations it asks once a lock and gives DMA first: the same again is no other world. For logs of guests that are not ours.
  public var guestIsFree = false

  public init() {}

  @inlinable public func isTEE(_ page: UInt8) -> Bool { nonTEEPages >> UInt64(page & 63) & 1 == 0 }
}

extension Parameters: CustomStringConvertible {
  /// Identifiers of counterexamples are made of it, among other things: what came later is in it only where it is not as it always was.
  public var description: String {
    "Parameters(dmaMayBeAcceptedInRun: \(dmaMayBeAcceptedInRun), strictDMA: \(strictDMA), "
      + "iotlbEpochNeedsAcceptedDMA: \(iotlbEpochNeedsAcceptedDMA), seamcallErrorKillsVM: \(seamcallErrorKillsVM), "
      + "nonTEEPages: \(nonTEEPages)\(locksMessages ? ", locksMessages: true" : "")\(guestIsFree ? ", guestIsFree: true" : ""))"
  }
}
