import Memory
import Primitives
import Rules
import TEE

/// iommufd as a performer: identifiers of vIOMMUs and vDEVICEs, and the address space of shared DMA.
public final class IOMMUFD {
  let hardware: Hardware
  let plan: AddressPlan
  /// Shared memory at its guest-physical addresses, for every device of the VM. Nil until the VM is created.
  public private(set) var ioas: PageTable<IOVirtualAddress>?
  /// By device. Identifiers are never used again.
  public private(set) var viommus: [UInt32?]
  public private(set) var vdevices: [UInt32?]
  public private(set) var nextIdentifier: UInt32 = 1
  private var attached: [Bool]

  public init(hardware: Hardware, plan: AddressPlan) {
    (self.hardware, self.plan) = (hardware, plan)
    viommus = Array(repeating: nil, count: hardware.functions.count)
    vdevices = viommus
    attached = Array(repeating: false, count: hardware.functions.count)
  }

  public func perform(_ step: Step, device d: UInt8, _ effect: Effect, sharedFrames: [AddressRange<HostPhysicalAddress>])
    throws(MemoryError)
  {
    let i = Int(d)
    switch step {
    case .vmCreate: if effect.changed(.vmLife) { try mapShared(sharedFrames) }
    case .rootReclaim: if effect.changed(.vmLife), !sharedFrames.isEmpty { try unmapShared() }
    case .createVIOMMU: if effect.changed(.viommuExists, i) { viommus[i] = take() }
    case .destroyVIOMMU: if effect.changed(.viommuExists, i) { viommus[i] = nil }
    case .createVDevice: if effect.changed(.vdevice, i) { vdevices[i] = take() }
    case .destroyVDevice: if effect.changed(.vdevice, i) { vdevices[i] = nil }
    default: break
    }
  }

  private func take() -> UInt32 {
    nextIdentifier += 1
    return nextIdentifier - 1
  }

  /// The device's requests without T bit go through the IOAS from now on.
  func attach(_ d: UInt8) {
    attached[Int(d)] = true
    hardware.iommu.setSharedContext(ioas, for: hardware.functions[Int(d)].id)
  }

  func detach(_ d: UInt8) {
    attached[Int(d)] = false
    let id = hardware.functions[Int(d)].id
    hardware.iommu.setSharedContext(nil, for: id)
    hardware.iommu.invalidateContext(of: id, trusted: false)
    hardware.iommu.invalidatePages(of: id, trusted: false)
  }

  private func mapShared(_ frames: [AddressRange<HostPhysicalAddress>]) throws(MemoryError) {
    let table = try PageTable<IOVirtualAddress>(frames: hardware.frames)
    for (unit, frame) in zip(plan.sharedUnits, frames) {
      try table.map(IOVirtualAddress(unit.base.rawValue), to: frame.start, size: unit.size, LeafAttributes())
    }
    ioas = table
    for d in attached.indices where attached[d] { attach(UInt8(d)) }
  }

  /// Before the frames go: unmap, then invalidate, as the host's driver does.
  private func unmapShared() throws(MemoryError) {
    for unit in plan.sharedUnits {
      guard let range = AddressRange(start: IOVirtualAddress(unit.base.rawValue), length: unit.size.bytes) else { continue }
      guard let owed = try ioas?.unmap(range) else { continue }
      for function in hardware.functions { hardware.iommu.invalidate(owed, for: function.id) }
    }
  }
}
