import Memory
import PCI
import Primitives
import Rules
import TEE

/// VFIO as a performer: it owns the functions' command registers, their resets, and the buffers over their BARs.
public final class VFIO {
  let hardware: Hardware
  let iommufd: IOMMUFD
  /// One a device at most.
  public private(set) var buffers: [BufferObject?]
  /// Whether the VMM has mapped the BARs into its own address space.
  public private(set) var hostMappings: [Bool]

  /// An exported buffer: pages of a BAR, in the order in which importers and slots see them.
  public struct BufferObject: Hashable, Sendable {
    public let pages: [HostPhysicalAddress]
    public internal(set) var isRevoked: Bool
  }

  public init(hardware: Hardware, iommufd: IOMMUFD) {
    (self.hardware, self.iommufd) = (hardware, iommufd)
    buffers = Array(repeating: nil, count: hardware.functions.count)
    hostMappings = Array(repeating: false, count: hardware.functions.count)
  }

  public func perform(_ step: Step, device d: UInt8, _ effect: Effect) throws(MemoryError) {
    let i = Int(d)
    switch step {
    case .openFunction:
      if effect.changed(.isOpen, i) || effect.changed(.busMaster, i) { change(d) { $0.setBusMaster(false) } }
      if effect.changed(.isOpen, i) { iommufd.attach(d) }
    case .closeFunction:
      change(d) {
        if effect.changed(.memoryEnabled, i) { $0.setMemoryEnable(false) }
        if effect.changed(.busMaster, i) { $0.setBusMaster(false) }
      }
      if effect.changed(.isOpen, i) { iommufd.detach(d) }
    case .memoryOn, .memoryOff:
      guard effect.changed(.memoryEnabled, i) else { return }
      change(d) { $0.setMemoryEnable(step == .memoryOn) }
      programMessages(d, effect)
    case .busMasterOn, .busMasterOff:
      if effect.changed(.busMaster, i) { change(d) { $0.setBusMaster(step == .busMasterOn) } }
    case .powerD3Hot: if effect.changed(.power, i) { change(d) { $0.setPower(.d3hot) } }
    case .powerD0: if effect.changed(.power, i) { change(d) { $0.setPower(.d0) } }
    case .resetBegin: if effect.changed(.inReset, i) { change(d) { $0.beginReset() } }
    case .resetEnd:
      change(d) { $0.endReset() }
      programMessages(d, effect)
    case .zapHostMapping: hostMappings[i] = false
    case .exportBuffer:
      // A second export of the same BAR, which only a dropped guard lets through, changes no page.
      guard effect.changed(.bufferIsExported, i) else {
        buffers[i]?.isRevoked = effect.after.flag(.bufferIsRevoked, d)
        return
      }
      let pages = hardware.functions[i].pages.indices.map { hardware.page(d, UInt8($0)) }
      buffers[i] = BufferObject(pages: pages, isRevoked: effect.after.flag(.bufferIsRevoked, d))
    case .markRevoked, .restoreBuffer: buffers[i]?.isRevoked = effect.after.flag(.bufferIsRevoked, d)
    case .cleanUpBuffer: buffers[i] = nil
    default: break
    }
  }

  public func mapByHost(_ d: UInt8, _ effect: Effect) { if effect.changed(.hostMapping, Int(d)) { hostMappings[Int(d)] = true } }

  /// The VMM's address space goes with its process.
  public func dropHostMappings(_ effect: Effect) {
    for d in effect.indices(of: .hostMapping) where !effect.after.flag(.hostMapping, UInt8(d)) { hostMappings[d] = false }
  }

  /// Two writes to the command register.
  public func cycleBusMaster(_ d: UInt8) {
    change(d) { $0.setBusMaster(false) }
    change(d) { $0.setBusMaster(true) }
  }

  /// Message Control as SET_IRQS writes it.
  public func setInterrupts(_ d: UInt8) { change(d) { $0.maskAndUnmaskMessages() } }

  /// The kernel's interrupt set-up: vector 0 to the host, unmasked. Only where the T-bit table lets the host at the table.
  private func programMessages(_ d: UInt8, _ effect: Effect) {
    let function = hardware.functions[Int(d)]
    guard let table = function.registers.msix?.table else { return }
    let isOpen = function.pages.contains { $0.bar == table.bar && $0.offset == table.offset & ~0xFFF && !$0.isTEE }
    guard isOpen || effect.after[interface: d] == .configUnlocked,
      let window = function.windows.first(where: { $0.bar == table.bar }), table.offset + 16 <= window.range.length
    else { return }
    // Message address and data, then the mask bit.
    for (at, value) in [(0, 0xFEE0_0000), (8, 0x40), (12, 0)] as [(UInt64, UInt64)] {
      _ = hardware.store(HostPhysicalAddress(window.range.start.rawValue + table.offset + at), width: 4, value)
    }
  }

  private func change(_ d: UInt8, _ body: (inout BusFunction) -> Void) {
    body(&hardware.functions[Int(d)])
    hardware.updateWindows(of: d)
  }
}
