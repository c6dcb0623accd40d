import Heaps
import Memory
import Primitives
import Restriction

/// A small board: 64 MiB of RAM; 32 for the system, 16 contiguous, 8 for video, 8 for payment.
struct Workbench {
  let memory: PhysicalMemory
  let world: SecureWorld
  let system: SystemHeap
  let contiguous: ContiguousHeap
  static let start: UInt64 = 0x8000_0000

  static func range(_ mebibyte: UInt64, _ count: UInt64) -> AddressRange<HostPhysicalAddress> {
    AddressRange(start: HostPhysicalAddress(start + mebibyte << 20), length: count << 20)!
  }

  let video = RegionIndex(0), payment = RegionIndex(1)
  var codec: MasterIndex { world.master(named: "codec")! }
  var display: MasterIndex { world.master(named: "display")! }
  var teller: MasterIndex { world.master(named: "teller")! }
  var wiper: MasterIndex { world.master(named: "wiper")! }

  init(
    _ behaviour: ViolationBehaviour = .silent, enforcer: SecureWorld.Enforcer = .firewall, addressing: Master.Addressing = .physical,
    law: RestrictedLaw = RestrictedLaw(), minimumLend: UInt64 = 1 << 20,
    tables: AddressRange<HostPhysicalAddress>? = nil
  ) throws {
    memory = try PhysicalMemory(banks: [.init(Self.range(0, 64))])
    world = try SecureWorld(
      memory, masters: ["codec", "display", "teller", "wiper"].map { Master($0, addressing) },
      regions: [.init(.secureVideo, enforcer), .init(.payment, enforcer)], behaviour: behaviour, minimumLend: minimumLend, tables: tables,
      law: law)
    system = try SystemHeap(memory, over: Self.range(0, 32))
    contiguous = try ContiguousHeap(memory, over: Self.range(32, 16), named: "memory@82000000-contiguous", refuge: system)
    try world.setRule(.both, master: codec, region: video)
    try world.setRule(.read, master: display, region: video)
    try world.setRule(.both, master: teller, region: payment)
    try world.setRule(.write, master: wiper, region: video)
    try world.setRule(.write, master: wiper, region: payment)
  }

  func videoHeap(_ backEnd: BackEnd? = nil, limit: UInt64 = 1024, batch: UInt64 = 64) throws -> RestrictedHeap {
    try RestrictedHeap(world, region: video, backEnd: backEnd ?? .carveOut(Self.range(48, 8)), scrubber: wiper, backlogLimit: limit, batch: batch)
  }

  /// Bytes that are not zero, as a probe on the chips sees them.
  func dirty(_ ranges: [AddressRange<HostPhysicalAddress>]) throws -> Int {
    try ranges.reduce(0) { sum, range in try sum + memory.readRaw(range).count { $0 != 0 } }
  }
}

/// The code of what a call throws; nil if it does not.
func code(_ body: () throws -> Void) -> HeapError.Code? {
  do { try body() } catch let error as HeapError { return error.code } catch { return nil }
  return nil
}

/// The one range of a buffer. (Expectations cannot look into what is not copied.)
func whole(_ buffer: borrowing HeapBuffer) throws -> AddressRange<HostPhysicalAddress> {
  guard let range = buffer.memory.contiguous else { throw HeapError(.notContiguous, "in pieces") }
  return range
}
