import Memory
import Primitives
import Rules

/// Trusted DMA: the contexts that lead T=1 requests to the secure EPT, and the invalidations that are owed for them.
extension TDXModule {
  /// Changes the context only. What the IOMMU has cached of it stays until `processInvalidations`.
  func setContext(of d: UInt8, _ state: IOMMU.TrustedState?, _ law: Law) {
    let device = hardware.functions[Int(d)].id
    // Without the guard the IOMMU walks whatever the entry says: that is what dropping it means.
    let really = law.isDropped(.iommuTrusted) ? .present : state
    guard let really, let secureEPT else { return hardware.iommu.setTrustedContext(nil, for: device) }
    hardware.iommu.setTrustedContext(IOMMU.TrustedContext(really, table: secureEPT, key: key), for: device)
  }

  /// TDG.DMAR.ACCEPT.
  public func acceptDMA(_ d: UInt8, _ effect: Effect) {
    if effect.changed(.dmar, Int(d)) { setContext(of: d, .present, effect.law) }
  }

  /// TDH.IQINV.PROC: the IOMMU forgets what was queued, and only that.
  func processInvalidations() {
    for item in queue {
      switch item {
      case .entry(let d):
        hardware.iommu.invalidateContext(of: hardware.functions[Int(d)].id, trusted: true)
        hardware.iommu.invalidatePages(of: hardware.functions[Int(d)].id, trusted: true)
      // Translations, and not the contexts under which they were found.
      case .everything: for function in hardware.functions { hardware.iommu.invalidatePages(of: function.id, trusted: true) }
      }
    }
    queue = []
  }

  /// The IOMMU caches as early as it may: once a device has used its context, every unit that it could reach. A translation
  /// that is taken away without an invalidation is therefore always seen to survive.
  public func prefetch(_ world: TableWorld) {
    for d in hardware.functions.indices {
      for (m, unit) in plan.privateUnits.enumerated() where world.isInIOTLB(UInt8(d), UInt8(m)) && world[memoryEntry: UInt8(m)] == .mapped {
        let initiator = Initiator.device(hardware.functions[d].id, trusted: true, stream: UInt8(d))
        guard let request = AccessRequest(initiator, .read, at: IOVirtualAddress(unit.base.rawValue), length: 1) else { continue }
        _ = try? hardware.iommu.translate(request)
      }
    }
  }
}
