import Memory
import Primitives
import Rules

/// Private MMIO in the secure EPT. A leaf is there from MAP on, and lets nobody through until the guest accepts it.
extension TDXModule {
  static let mmioAttributes = LeafAttributes(mmio: true)

  /// TDH.MMIO.MAP. Which page of the device it leads to is what the rules recorded, right or wrong.
  public func mapMMIO(_ d: UInt8, _ p: UInt8, _ effect: Effect) throws(MemoryError) {
    guard effect.changed(.entry, d, p), effect.after[entry: d, p] == .mmioPending else { return }
    let target = hardware.page(d, effect.after[frame: d, p])
    try secureEPT?.map(plan.page(d, p), to: target, size: .small, Self.mmioAttributes.inaccessible)
  }

  /// TDG.MMIO.ACCEPT.
  public func acceptMMIO(_ d: UInt8, _ p: UInt8, _ effect: Effect) throws(MemoryError) {
    guard effect.changed(.entry, d, p) else { return }
    try put(d, p, Self.mmioAttributes, effect)
  }

  /// TDH.MMIO.BLOCK.
  func blockMMIO(_ d: UInt8, _ p: UInt8, _ effect: Effect) throws(MemoryError) {
    guard effect.changed(.entry, d, p) else { return }
    try put(d, p, Self.mmioAttributes.inaccessible, effect)
  }

  /// TDH.MMIO.UNMAP. A vCPU that still has the leaf cached keeps it.
  func unmapMMIO(_ d: UInt8, _ p: UInt8, _ effect: Effect) throws(MemoryError) {
    guard effect.changed(.entry, d, p), let range = range(d, p) else { return }
    _ = try secureEPT?.unmap(range)
  }

  /// Without the guard that asks for a mapping there may be no leaf: then the call makes one.
  private func put(_ d: UInt8, _ p: UInt8, _ attributes: LeafAttributes, _ effect: Effect) throws(MemoryError) {
    guard let secureEPT, let range = range(d, p) else { return }
    if secureEPT.walk(range.start) == nil {
      try secureEPT.map(range.start, to: hardware.page(d, effect.after[frame: d, p]), size: .small, attributes)
    } else {
      _ = try secureEPT.protect(range, attributes)
    }
  }

  private func range(_ d: UInt8, _ p: UInt8) -> AddressRange<GuestPhysicalAddress>? {
    AddressRange(start: plan.page(d, p), length: PageSize.small.bytes)
  }
}
