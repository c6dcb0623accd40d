import Memory
import Primitives
import Rules
import SPDM

/// The firmware of a TDX platform as a performer: it owns the TD's key, the secure EPT, the trusted contexts of the IOMMU and
/// the queue of their invalidations, and changes them as an `Effect` says. What is legal the rules have decided.
public final class TDXModule {
  public let hardware: Hardware
  public let plan: AddressPlan
  /// The TD's key identifier.
  public let key = KeyID(rawValue: 0x21)
  /// Added to every MMIO address in reports of this TD, in bytes: the host cannot know which page the guest expects.
  public let reportingOffset: Int64
  /// Nil until the TD is created.
  public internal(set) var secureEPT: PageTable<GuestPhysicalAddress>?
  /// The frame behind each unit of private memory, while the TD has one.
  public internal(set) var unitFrames: [AddressRange<HostPhysicalAddress>?]
  /// Invalidations that were requested and not yet processed.
  public internal(set) var queue: [QueuedInvalidation] = []
  /// Of each device, as they came in its session: the host relays reports and cannot read them.
  public var reports: [[UInt8]?]
  /// The module's end of each device's session.
  public let sessions: [SecureSession]
  private var random: SeededRandom

  /// One descriptor of the invalidation queue.
  public enum QueuedInvalidation: Hashable, Sendable {
    /// The PASID entry of device `d`, and what was cached under it.
    case entry(device: UInt8)
    /// Everything that any IOMMU has cached of this TD.
    case everything
  }

  /// - Parameters:
  ///   - portion: the most bytes of a device's report to ask for at once.
  ///   - trust: checks a device's chain, where the module is to earn its evidence.
  public init(hardware: Hardware, plan: AddressPlan, seed: UInt64, portion: UInt16, trust: @escaping SessionOpening.Trust) {
    (self.hardware, self.plan) = (hardware, plan)
    random = SeededRandom(seed: seed)
    // Whole pages, below the 52 bits of an address whichever BAR it is added to.
    reportingOffset = Int64(random.next() >> 24) << 12
    unitFrames = Array(repeating: nil, count: plan.privateUnits.count)
    reports = Array(repeating: nil, count: hardware.functions.count)
    sessions = hardware.functions.map { _ in SecureSession(portion: portion, trust: trust) }
  }

  /// What a call of the host did, performed. `p` is the cursor: a page, or a unit of memory.
  public func perform(_ step: Step, device d: UInt8, cursor p: UInt8, _ effect: Effect) throws(MemoryError) {
    switch step {
    case .vmCreate: try createTD(effect)
    case .pageAdd: try addPage(p, isPending: false, effect)
    case .pageAug: try addPage(p, isPending: true, effect)
    case .rangeBlock: try blockRange(p, effect)
    case .pageRemove: try removePage(p, effect)
    case .keyFree: if effect.changed(.vmLife) { hardware.encryption.removeKey(key) }
    case .pageReclaim: try reclaim(p, effect)
    case .rootReclaim: try reclaimRoot(effect)
    case .mmioMap: try mapMMIO(d, p, effect)
    case .mmioBlock: try blockMMIO(d, p, effect)
    case .mmioUnmap: try unmapMMIO(d, p, effect)
    case .dmarAdd: if effect.changed(.dmar, Int(d)) { setContext(of: d, .pending, effect.law) }
    case .dmarBlock: if effect.changed(.dmar, Int(d)) { setContext(of: d, .blocked, effect.law) }
    case .dmarRemove: if effect.changed(.dmar, Int(d)) { setContext(of: d, nil, effect.law) }
    case .invalidateEntry: if effect.changed(.dmarInvalidation, Int(d)) { queue.append(.entry(device: d)) }
    case .invalidateIOTLB: if effect.changed(.iotlbFlushIsQueued) { queue.append(.everything) }
    case .invalidateProcess: processInvalidations()
    default: break
    }
  }

  /// TDH.MNG.CREATE and KEY.CONFIG: a key that nobody knows, and an empty secure EPT.
  private func createTD(_ effect: Effect) throws(MemoryError) {
    guard effect.changed(.vmLife) else { return }
    try hardware.encryption.generateKey(key, using: &random)
    secureEPT = try PageTable(frames: hardware.frames)
    if effect.law.isDropped(.iommuTrusted) {
      for d in hardware.functions.indices { setContext(of: UInt8(d), nil, effect.law) }
    }
  }

  /// TDH.PHYMEM.PAGE.RECLAIM: the frame goes back as zeros.
  private func reclaim(_ m: UInt8, _ effect: Effect) throws(MemoryError) {
    guard effect.changed(.memoryEntry, Int(m)) else { return }
    if let range = plan.privateUnits[Int(m)].range { _ = try secureEPT?.unmap(range) }
    try giveBack(m)
  }

  private func reclaimRoot(_ effect: Effect) throws(MemoryError) {
    guard effect.changed(.vmLife) else { return }
    // A fatal TD is reclaimed with what was still mapped of its devices.
    let pages = effect.after.bounds.pages
    for index in effect.indices(of: .entry) where effect.after[.entry, index] == UInt16(SecureEPTEntry.free.code) && pages > 0 {
      try unmapMMIO(UInt8(index / Int(pages)), UInt8(index % Int(pages)), effect)
    }
    hardware.tlb.invalidateAll()
  }

  func giveBack(_ m: UInt8) throws(MemoryError) {
    guard let frame = unitFrames[Int(m)] else { return }
    unitFrames[Int(m)] = nil
    try hardware.encryption.scrub(frame, as: .shared)
    try hardware.frames.free(frame)
  }
}
