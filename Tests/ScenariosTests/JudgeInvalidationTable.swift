import Procedures
import Rules

/// What each step is for by which somebody forgets, or is made to let go: what is seen without it, and what stands in the way.
struct InvalidationDuty {
  let step: Step
  /// One of these is seen when it is missing, or the old byte can still be reached at the end.
  var sees: Set<Harm> = []
  var orReaches = false
  /// What exists for exactly this: it refuses the next call, or waits for ever. Without it the old translation is used.
  var dropping: [Guard] = []
  /// The guards hide it completely: with them nothing at all is seen.
  var isHidden = false
  var importerIsQuick = false

  static let all = [
    // Shared entries: nobody but the host itself looks whether it flushed.
    Self(step: .flushShared, sees: [.staleTranslation]),
    Self(step: .zapShared, sees: [.entryOutlivesRevocation, .leftBehind]),
    // Private entries: without BLOCK nothing is unmapped, and the interface cannot be removed; or the guest meets a function in reset.
    Self(step: .mmioBlock, sees: [.vmLost, .leftBehind, .accessToDisabledFunction]),
    // What is blocked and tracked nobody uses, and the interface may stay bound: KVM's mirror alone is not what is there.
    Self(step: .mmioUnmap, sees: [.vmLost, .leftBehind, .booksContradict]),
    Self(step: .dmarBlock, sees: [.vmLost, .leftBehind]),
    Self(step: .dmarRemove, sees: [.vmLost, .leftBehind]),
    Self(step: .rangeBlock, orReaches: true),
    Self(step: .pageRemove),
    // Tracking: the firmware asks for it, and KVM gives the VM up. Whoever drops that guard sees the old entry in use.
    Self(
      step: .memTrack, sees: [.staleTranslation], dropping: [.mmioUnmapTLB, .mmioUnmapIOTLB, .memoryRemoveTLB, .memoryRemoveIOTLB]),
    Self(step: .kick, sees: [.staleTranslation], dropping: [.mmioUnmapTLB, .memoryRemoveTLB]),
    // IOMMU. A device that was stopped sends nothing any more: that is another line of defence.
    Self(step: .invalidateIOTLB, sees: [.staleTranslation], dropping: [.mmioUnmapIOTLB, .memoryRemoveIOTLB, .issueT1Run]),
    Self(
      step: .invalidateProcess, sees: [.staleTranslation],
      dropping: [.mmioUnmapIOTLB, .memoryRemoveIOTLB, .dmarRemoveInvalidated, .issueT1Run]),
    Self(step: .invalidateEntry, sees: [.staleTranslation], dropping: [.dmarRemoveInvalidated, .issueT1Run]),
    // Importers. Whoever was not told never lets go, and the exporter waits for ever.
    Self(
      step: .markRevoked, sees: atWork, dropping: [.mappingsGone, .fencesSignalled], importerIsQuick: true),
    Self(
      step: .invalidateImporters, sees: atWork, dropping: [.mappingsGone, .fencesSignalled], importerIsQuick: true),
    // Each wait covers the other as long as importers are honest: who waits for unmaps has waited for fences.
    Self(step: .waitForFences, sees: atWork, dropping: [.mappingsGone], isHidden: true),
    Self(step: .waitForMappings, sees: atWork, dropping: [.useInvalidated], isHidden: true),
    // A mapping of the VMM's own cannot be beside a slot or a bound interface.
    Self(
      step: .zapHostMapping, sees: [.leftBehind], orReaches: true, dropping: [.hostMapSlot, .hostMapUnbound, .bindNotHostMapped, .slotNotHostMapped],
      isHidden: true),
  ]
  private static let atWork: Set<Harm> = [.importerTooLate, .entryOutlivesRevocation, .leftBehind]
}

/// Where it is otherwise, and why.
struct InvalidationException {
  enum Course {
    /// The missing step is noticed by a call that is refused or waits; but no byte is reached even without that guard.
    case refusedOnly
    /// The procedure does the same once more: only without both it is seen.
    case twice
    /// Nothing is seen.
    case never
  }
  let step: Step, procedures: [Procedure]
  /// Empty: all.
  var variants: [String] = []
  /// The places among the steps of its kind in the file; empty: all.
  var occurrences: Set<Int> = []
  let course: Course, reason: String

  private static let revokesFirst = ["mainline-7.1", "rfc-2025"], unbindsFirst = ["unbind-first", "vmm-sequences"]
  private static let ends: [Procedure] = [.close, .vmmCrash], pauses: [Procedure] = [.reset, .memoryOff, .powerDown]
  private static let again = "the revocation and the unbind after it each do it"
  static let all = [
    Self(step: .flushShared, procedures: [.vmmCrash], course: .never, reason: "no vCPU of a VMM that is gone runs again"),
    Self(step: .kick, procedures: [.vmmCrash], course: .never, reason: "no vCPU of a VMM that is gone is inside"),
    Self(step: .memTrack, procedures: [.vmmCrash], variants: unbindsFirst, course: .refusedOnly, reason: "no vCPU of a VMM that is gone is inside"),
    Self(step: .memTrack, procedures: [.vmmCrash], variants: revokesFirst, course: .twice, reason: again),
    Self(step: .memTrack, procedures: [.close], variants: revokesFirst, occurrences: [1], course: .twice, reason: again),
    Self(step: .kick, procedures: [.close], variants: revokesFirst, occurrences: [1], course: .twice, reason: again),
    Self(step: .mmioBlock, procedures: ends, variants: revokesFirst, course: .twice, reason: again),
    Self(step: .mmioUnmap, procedures: ends, variants: revokesFirst, course: .twice, reason: again),
    Self(step: .pageRemove, procedures: [.convert], course: .never, reason: "what is blocked and tracked nobody reads; the frame stays the TD's"),
    Self(step: .invalidateProcess, procedures: ends, variants: revokesFirst, occurrences: [1], course: .twice, reason: again),
    Self(step: .invalidateIOTLB, procedures: [.unbind] + pauses + ends, course: .refusedOnly, reason: noMMIO),
    Self(step: .invalidateProcess, procedures: [.unbind] + pauses + ends, occurrences: [0], course: .refusedOnly, reason: noMMIO),
    Self(step: .invalidateProcess, procedures: ends, variants: revokesFirst, occurrences: [2], course: .refusedOnly, reason: isClosed),
    Self(step: .invalidateEntry, procedures: ends, variants: revokesFirst, course: .refusedOnly, reason: isClosed),
    Self(
      step: .waitForFences, procedures: ends, variants: ["mainline-7.1"], course: .never,
      reason: "the function was disabled before, and importers were at work on it already: defect 3 of the RFC"),
    Self(step: .markRevoked, procedures: [.reset], variants: ["rfc-2025"], occurrences: [1], course: .never, reason: "it is defect 1 of the RFC"),
    Self(
      step: .zapHostMapping, procedures: [.close], course: .never,
      reason: "a mapping holds the file: while it is there nobody closes for the last time"),
    Self(step: .zapHostMapping, procedures: [.vmmCrash], course: .never, reason: "the address space went with its process"),
  ]
  private static let noMMIO = "private MMIO is in no IOTLB, and trusted DMA has an invalidation of its own behind it"
  private static let isClosed = "the device was closed long before, and sends nothing whatever its interface says"

  static func first(_ variant: String, _ procedure: Procedure, _ step: Step, _ occurrence: Int) -> Self? {
    all.first {
      $0.step == step && $0.procedures.contains(procedure) && ($0.variants.isEmpty || $0.variants.contains(variant))
        && ($0.occurrences.isEmpty || $0.occurrences.contains(occurrence))
    }
  }
}
