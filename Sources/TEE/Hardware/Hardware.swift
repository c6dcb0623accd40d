import Memory
import PCI
import Primitives

/// Everything of the machine that is neither software nor firmware: memory and its controller, the IOMMU, the bus and what is
/// plugged in, the CPU's TLB. It refuses nothing but what hardware refuses; who may do what was decided before.
public final class Hardware {
  public let memory: PhysicalMemory
  public let frames: FrameAllocator
  public let encryption: MemoryEncryption
  public let iommu: IOMMU
  /// What answers where on the bus; a function's windows are here only while it decodes.
  package var map: PhysicalMap
  public var functions: [BusFunction]
  /// What the vCPU has cached of the guest's tables, secure and shared.
  public var tlb = TranslationCache<GuestPhysicalAddress>(capacity: 4096)
  /// Where page `p` of device `d` lies on the bus. BARs do not move: VFIO virtualises them.
  private let pageAddresses: [[HostPhysicalAddress]]

  /// - Throws: `.impossibleRange`, `.system`.
  public init(banks: [PhysicalMemory.Bank], functions: [BusFunction]) throws(MemoryError) {
    memory = try PhysicalMemory(banks: banks)
    frames = FrameAllocator(over: memory)
    encryption = MemoryEncryption(memory: memory, policy: .tdx)
    iommu = IOMMU()
    map = PhysicalMap(memory: memory)
    self.functions = functions
    pageAddresses = functions.map { function in
      let bars = function.registers.bars
      return function.pages.map { page in
        let base = bars.first { $0.index == page.bar }?.address.rawValue ?? 0
        return HostPhysicalAddress(base + page.offset)
      }
    }
    for d in functions.indices { updateWindows(of: UInt8(d)) }
  }

  public func page(_ d: UInt8, _ p: UInt8) -> HostPhysicalAddress { pageAddresses[Int(d)][Int(p)] }

  public func device(_ id: RequesterID) -> UInt8? { functions.firstIndex { $0.id == id }.map { UInt8($0) } }

  /// To be called after every change of a function's registers: the bus routes by what they say.
  public func updateWindows(of d: UInt8) {
    let function = functions[Int(d)]
    map.removeWindows(of: function.id)
    guard function.decodes else { return }
    // A window that collides with another is routed to the one that was there first.
    for window in function.windows { try? map.add(window) }
  }

  // MARK: Programmed I/O

  /// A load of 1, 2, 4 or 8 bytes. Where nobody answers it reads as ones.
  public func load(_ address: HostPhysicalAddress, width: Int) -> UInt64 {
    guard case .mmio(let owner, let bar, let offset) = map.target(of: address), let d = device(owner) else {
      return width >= 8 ? .max : (1 << UInt64(8 * max(width, 0))) - 1
    }
    return functions[Int(d)].load(bar: bar, offset: offset, width: width)
  }

  /// A store; where nobody answers it is lost.
  public func store(_ address: HostPhysicalAddress, width: Int, _ value: UInt64) -> CopyEngine.Signal {
    guard case .mmio(let owner, let bar, let offset) = map.target(of: address), let d = device(owner) else { return .nothing }
    return functions[Int(d)].store(bar: bar, offset: offset, width: width, value)
  }
}
