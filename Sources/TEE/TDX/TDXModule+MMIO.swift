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
    try protect(d, p, Self.mmioAttributes)
  }

  /// TDH.MMIO.BLOCK. Without the guard that asks for a mapping it makes a blocked entry where there was none.
  func blockMMIO(_ d: UInt8, _ p: UInt8, _ effect: Effect) throws(MemoryError) {
    guard effect.changed(.entry, d, p) else { return }
    if let secureEPT, secureEPT.walk(plan.page(d, p)) == nil {
      let target = hardware.page(d, effect.after[frame: d, p])
      return try secureEPT.map(plan.page(d, p), to: target, size: .small, Self.mmioAttributes.inaccessible)
    }
    try protect(d, p, Self.mmioAttributes.inaccessible)
  }

  /// TDH.MMIO.UNMAP. A vCPU that still has the leaf cached keeps it.
  func unmapMMIO(_ d: UInt8, _ p: UInt8, _ effect: Effect) throws(MemoryError) {
    guard effect.changed(.entry, d, p), let range = range(d, p) else { return }
    _ = try secureEPT?.unmap(range)
  }

  private func protect(_ d: UInt8, _ p: UInt8, _ attributes: LeafAttributes) throws(MemoryError) {
    if let range = range(d, p) { _ = try secureEPT?.protect(range, attributes) }
  }

  private func range(_ d: UInt8, _ p: UInt8) -> AddressRange<GuestPhysicalAddress>? {
    AddressRange(start: plan.page(d, p), length: PageSize.small.bytes)
  }
}
