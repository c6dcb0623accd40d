import Memory
import Primitives
import Rules

/// Private guest memory: leaves of the secure EPT over frames that are encrypted with the TD's key.
extension TDXModule {
  static let memoryAttributes = LeafAttributes(executable: true, private: true)

  /// TDH.MEM.PAGE.ADD, or AUG when the guest still has to accept: a frame of the host becomes the TD's.
  func addPage(_ m: UInt8, isPending: Bool, _ effect: Effect) throws(MemoryError) {
    guard effect.changed(.memoryEntry, Int(m)) else { return }
    // Without the guard that asks for a free entry the page that was there is lost to the guest.
    if unitFrames[Int(m)] != nil { try removePage(m, effect) }
    try install(m, isPending: isPending, effect)
  }

  private func install(_ m: UInt8, isPending: Bool, _ effect: Effect) throws(MemoryError) {
    guard let secureEPT else { return }
    let unit = plan.privateUnits[Int(m)]
    let frame = try hardware.frames.allocate(bytes: unit.size.bytes, alignedTo: unit.size)
    unitFrames[Int(m)] = frame
    if !isPending { try hardware.encryption.scrub(frame, as: key) }
    let attributes = isPending ? Self.memoryAttributes.inaccessible : Self.memoryAttributes
    try secureEPT.map(unit.base, to: frame.start, size: unit.size, attributes)
  }

  /// TDG.MEM.PAGE.ACCEPT: zeros under the TD's key, whatever the host left there.
  public func acceptPage(_ m: UInt8, _ effect: Effect) throws(MemoryError) {
    guard effect.changed(.memoryEntry, Int(m)) else { return }
    guard let frame = unitFrames[Int(m)] else { return try install(m, isPending: false, effect) }
    try hardware.encryption.scrub(frame, as: key)
    try protect(m, Self.memoryAttributes)
  }

  /// TDH.MEM.RANGE.BLOCK. Without the guard that asks for a mapping it makes an entry where there was none, as ACCEPT does.
  func blockRange(_ m: UInt8, _ effect: Effect) throws(MemoryError) {
    guard effect.changed(.memoryEntry, Int(m)) else { return }
    if unitFrames[Int(m)] == nil { try install(m, isPending: true, effect) }
    try protect(m, Self.memoryAttributes.inaccessible)
  }

  /// TDH.MEM.PAGE.REMOVE. The caches are not touched: that they owe nothing any more is what tracking proved.
  func removePage(_ m: UInt8, _ effect: Effect) throws(MemoryError) {
    guard effect.changed(.memoryEntry, Int(m)), let range = plan.privateUnits[Int(m)].range else { return }
    _ = try secureEPT?.unmap(range)
    try giveBack(m)
  }

  private func protect(_ m: UInt8, _ attributes: LeafAttributes) throws(MemoryError) {
    guard let range = plan.privateUnits[Int(m)].range else { return }
    _ = try secureEPT?.protect(range, attributes)
  }

  /// TDH.VP.ENTER: where an epoch has passed the vCPU starts with an empty TLB.
  public func enter(_ effect: Effect) {
    if effect.before.vcpu == .outsideStale, !effect.law.isDropped(.enterFlushes) { hardware.tlb.invalidateAll() }
  }
}
