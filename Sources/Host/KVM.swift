import Memory
import Primitives
import Rules
import TEE

/// KVM as a performer: the shared EPT, the mirror of the secure one, the slots over buffers, and the memory that the guest
/// shares with the host.
public final class KVM {
  let hardware: Hardware
  let plan: AddressPlan
  /// Nil until the VM is created. Keys are addresses of the shared half.
  public private(set) var sharedEPT: PageTable<GuestPhysicalAddress>?
  /// What KVM believes the secure EPT to hold.
  public private(set) var mirror: PageTable<GuestPhysicalAddress>?
  /// The slot over each device's buffer.
  public private(set) var slots: [Slot?]
  /// Whether the TEE pages of each device have the private attribute. KVM_SET_MEMORY_ATTRIBUTES is about guest pages: what it sets
  /// outlives a slot (Linux 7.1, KVM).
  public private(set) var isPrivate: [Bool]
  /// Frames behind the shared units, while the VM has them.
  public private(set) var sharedFrames: [AddressRange<HostPhysicalAddress>] = []

  public struct Slot: Hashable, Sendable {
    public let base: GuestPhysicalAddress
    /// Bytes: all of the buffer.
    public let size: UInt64
  }

  static let sharedAttributes = LeafAttributes(executable: true)

  public init(hardware: Hardware, plan: AddressPlan) {
    (self.hardware, self.plan) = (hardware, plan)
    slots = Array(repeating: nil, count: hardware.functions.count)
    isPrivate = Array(repeating: false, count: hardware.functions.count)
  }

  public func perform(_ step: Step, device d: UInt8, cursor p: UInt8, _ effect: Effect) throws(MemoryError) {
    switch step {
    case .vmCreate: if effect.changed(.vmLife) { try createVM() }
    case .rootReclaim: if effect.changed(.vmLife) { try releaseShared() }
    case .addSlot:
      guard effect.changed(.slot, Int(d)) else { return }
      let size = UInt64(hardware.functions[Int(d)].pages.count) << 12
      slots[Int(d)] = Slot(base: plan.slot(d), size: size)
    case .setPrivate, .setShared: isPrivate[Int(d)] = effect.after.flag(.slotIsPrivate, d)
    case .installShared: if effect.changed(.isShared, d, p) { try install(d, p) }
    case .installMirror:
      if effect.changed(.mirror, d, p) {
        try mirror?.map(plan.page(d, p), to: hardware.page(d, p), size: .small, LeafAttributes(mmio: true))
      }
    case .removeMirror: if effect.changed(.mirror, d, p), let range = page(plan.page(d, p)) { _ = try mirror?.unmap(range) }
    case .zapShared: try zapChanged(d, effect)
    // One that is not acknowledged has flushed nothing, also where its caller goes on.
    case .flushShared: if effect.law.holds(.flushAcknowledged, !effect.before.isInSharedAccess(d)) { flush(d) }
    case .deleteSlot:
      try zapChanged(d, effect)
      guard effect.changed(.slot, Int(d)) else { return }
      slots[Int(d)] = nil
      flush(d)
    case .cleanUpBuffer:
      // The buffer's file is dead, and the slot over it with it.
      if effect.changed(.slot, Int(d)) { slots[Int(d)] = nil }
    default: break
    }
  }

  private func createVM() throws(MemoryError) {
    let table = try PageTable<GuestPhysicalAddress>(frames: hardware.frames)
    sharedEPT = table
    mirror = try PageTable(frames: hardware.frames)
    for unit in plan.sharedUnits {
      let frame = try hardware.frames.allocate(bytes: unit.size.bytes, alignedTo: unit.size)
      sharedFrames.append(frame)
      try table.map(plan.shared(unit.base), to: frame.start, size: unit.size, Self.sharedAttributes)
    }
  }

  private func releaseShared() throws(MemoryError) {
    for (unit, frame) in zip(plan.sharedUnits, sharedFrames) {
      if let range = AddressRange(start: plan.shared(unit.base), length: unit.size.bytes) { _ = try sharedEPT?.unmap(range) }
      try hardware.encryption.scrub(frame, as: .shared)
      try hardware.frames.free(frame)
    }
    sharedFrames = []
  }

  private func install(_ d: UInt8, _ p: UInt8) throws(MemoryError) {
    try sharedEPT?.map(plan.shared(plan.page(d, p)), to: hardware.page(d, p), size: .small, LeafAttributes(mmio: true))
  }

  private func zapChanged(_ d: UInt8, _ effect: Effect) throws(MemoryError) {
    let pages = UInt8(truncatingIfNeeded: hardware.functions[Int(d)].pages.count)
    for p in 0..<pages where effect.changed(.isShared, d, p) {
      if let range = page(plan.shared(plan.page(d, p))) { _ = try sharedEPT?.unmap(range) }
    }
  }

  /// The remote TLB flush: what a vCPU has cached of shared entries that are no more.
  private func flush(_ d: UInt8) {
    let pages = UInt8(truncatingIfNeeded: hardware.functions[Int(d)].pages.count)
    for p in 0..<pages {
      let address = plan.shared(plan.page(d, p))
      guard sharedEPT?.walk(address) == nil, let range = page(address) else { continue }
      hardware.tlb.invalidate(Invalidation(range), in: .vm(Self.vm))
    }
  }

  private func page(_ address: GuestPhysicalAddress) -> AddressRange<GuestPhysicalAddress>? {
    AddressRange(start: address, length: PageSize.small.bytes)
  }

  /// The one virtual machine.
  public static let vm = VMIdentifier(rawValue: 1)
}
