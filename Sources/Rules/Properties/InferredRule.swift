/// A rule that no public source settles: read between the lines, and marked so. A verdict that may rest on one says it.
public enum InferredRule: CaseIterable, Hashable, Sendable {
  case epochCountsAcceptedDMA, needlessInvalidationSucceeds, rootTakesFatalMMIO, boundVDeviceStays

  public init?(id: String) {
    guard let found = Self.allCases.first(where: { $0.id == id }) else { return nil }
    self = found
  }

  /// As verdicts print it.
  public var id: String {
    switch self {
    case .epochCountsAcceptedDMA: "TDH.MEM.TRACK/epoch"
    case .needlessInvalidationSucceeds: "TDH.IQINV.REQ(IOTLB)/not-required"
    case .rootTakesFatalMMIO: "TDH.PHYMEM.PAGE.RECLAIM/mmio"
    case .boundVDeviceStays: "iommufd.vdevice/unbound"
    }
  }

  public var sentence: String {
    switch self {
    case .epochCountsAcceptedDMA: "TRACK opens an IOTLB epoch only while a PASID entry of the TD is accepted (iotlbEpochNeedsAcceptedDMA)"
    case .needlessInvalidationSucceeds: "the host takes TDX_IOMMU_IOTLB_TRACKING_NOT_REQUIRED for a success"
    case .rootTakesFatalMMIO: "MMIO entries of a fatal TD, which cannot be unmapped one by one, go with its root page"
    case .boundVDeviceStays: "iommufd refuses to destroy a vDEVICE that is bound"
    }
  }

  /// The calls at which it decides something.
  public var steps: [Step] {
    switch self {
    case .epochCountsAcceptedDMA: [.memTrack]
    case .needlessInvalidationSucceeds: [.invalidateIOTLB]
    case .rootTakesFatalMMIO: [.rootReclaim]
    case .boundVDeviceStays: [.destroyVDevice]
    }
  }
}

extension Stage {
  /// The step, made now at device `d`, comes out as it does because of the rule: another reading would give another world, or answer.
  public func decides(_ rule: InferredRule, _ step: Step, _ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    guard rule.steps.contains(step) else { return false }
    var copy = self
    let outcome = copy.run(step, task: 0, d, 0, book)
    if rule == .boundVDeviceStays { return outcome == .refused(.vdeviceUnbound) }
    // A call that another law refuses does not come to it.
    guard outcome == .accepted else { return false }
    switch rule {
    case .epochCountsAcceptedDMA:
      let devices = 0..<book.bounds.devices
      return devices.contains { self[bindingOwner: $0] != .none } && !devices.contains { self[dmar: $0].isAccepted }
    case .needlessInvalidationSucceeds: return !(flag(.iotlbEpochIsOpen) && countsForIOTLB(book))
    case .rootTakesFatalMMIO:
      return (0..<book.bounds.devices).contains { q in (0..<book.bounds.pages).contains { self[entry: q, $0] != .free } }
    case .boundVDeviceStays: return false
    }
  }
}
