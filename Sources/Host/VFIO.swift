import Memory
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
      guard effect.changed(.isOpen, i) else { return }
      change(d) { $0.setBusMaster(false) }
      iommufd.attach(d)
    case .closeFunction:
      change(d) {
        if effect.changed(.memoryEnabled, i) { $0.setMemoryEnable(false) }
        if effect.changed(.busMaster, i) { $0.setBusMaster(false) }
      }
      if effect.changed(.isOpen, i) { iommufd.detach(d) }
    case .memoryOn, .memoryOff:
      if effect.changed(.memoryEnabled, i) { change(d) { $0.setMemoryEnable(step == .memoryOn) } }
    case .busMasterOn, .busMasterOff:
      if effect.changed(.busMaster, i) { change(d) { $0.setBusMaster(step == .busMasterOn) } }
    case .powerD3Hot: if effect.changed(.power, i) { change(d) { $0.setPower(.d3hot) } }
    case .powerD0: if effect.changed(.power, i) { change(d) { $0.setPower(.d0) } }
    case .resetBegin: if effect.changed(.inReset, i) { change(d) { $0.beginReset() } }
    case .resetEnd: change(d) { $0.endReset() }
    case .zapHostMapping: hostMappings[i] = false
    case .exportBuffer:
      guard effect.changed(.bufferIsExported, i) else { return }
      let pages = hardware.functions[i].pages.indices.map { hardware.page(d, UInt8($0)) }
      buffers[i] = BufferObject(pages: pages, isRevoked: effect.after.flag(.bufferIsRevoked, d))
    case .markRevoked, .restoreBuffer: buffers[i]?.isRevoked = effect.after.flag(.bufferIsRevoked, d)
    case .cleanUpBuffer: buffers[i] = nil
    default: break
    }
  }

  public func mapByHost(_ d: UInt8, _ effect: Effect) { if effect.changed(.hostMapping, Int(d)) { hostMappings[Int(d)] = true } }

  private func change(_ d: UInt8, _ body: (inout BusFunction) -> Void) {
    body(&hardware.functions[Int(d)])
    hardware.updateWindows(of: d)
  }
}
