import HeapModels
import Heaps
import Memory
import Primitives
import Restriction

/// The board that the stories play on: 128 MiB of RAM, half of it the system's, a contiguous region, and carve-outs for video, payment and
/// keys. Its masters are those of the NXP video path and a GPU with two identities.
struct HeapBench {
  let memory: PhysicalMemory
  let world: SecureWorld
  let system: SystemHeap
  let contiguous: ContiguousHeap
  let registry: HeapRegistry
  /// Memory of the secure world's own, for keys.
  let keyPage: AddressRange<HostPhysicalAddress>
  /// Nil on the bench.
  let board: BoardMachine?
  /// What masters of a film have mapped.
  let windows = OpenWindows()
  /// Buffers that nobody gives back.
  private let kept: [Held]

  static let base: UInt64 = 0x8000_0000
  static func megabytes(_ first: UInt64, _ count: UInt64) throws(HeapError) -> AddressRange<HostPhysicalAddress> {
    guard let range = AddressRange(start: HostPhysicalAddress(base + first << 20), length: count << 20) else {
      throw HeapError(.badRequest, "no such range")
    }
    return range
  }

  let video = RegionIndex(0), payment = RegionIndex(1), keys = RegionIndex(2)
  let crypto = MasterIndex(1), codec = MasterIndex(2), display = MasterIndex(3), gpu = MasterIndex(4), gpuProtected = MasterIndex(5)
  let teller = MasterIndex(6), wiper = MasterIndex(7)

  /// - Parameter videoMegabytes: more RAM behind the rest, for a film's pool. Untouched RAM costs nothing.
  init(_ faults: [HeapFault], minimumLend: UInt64 = 1 << 20, videoMegabytes: UInt64 = 0) throws(HeapError) {
    registry = HeapRegistry()
    do { memory = try PhysicalMemory(banks: [.init(try Self.megabytes(0, 128 + videoMegabytes))]) } catch { throw HeapError(.memory, "\(error)") }
    world = try SecureWorld(
      memory,
      masters: [
        Master("crypto"), Master("codec"), Master("display"), Master("gpu", .translated), Master("gpu-protected", .translated), Master("teller"),
        Master("wiper"),
      ], regions: [.init(.secureVideo), .init(.payment), .init(.keys)], minimumLend: minimumLend,
      tables: try Self.megabytes(126, 1), law: RestrictedLaw(dropping: faults.flatMap(\.drops)))
    world.mistakes = faults.reduce(into: []) { $0.formUnion($1.mistakes) }
    system = try SystemHeap(memory, over: try Self.megabytes(0, 64))
    contiguous = try ContiguousHeap(memory, over: try Self.megabytes(64, 32), named: "memory@84000000-contiguous", refuge: system)
    // Writers only: crypto and wiper. Readers of video touch nothing else.
    try world.setRule(.write, master: crypto, region: video)
    try world.setRule(.both, master: codec, region: video)
    try world.setRule(.read, master: display, region: video)
    try world.setRule(.both, master: gpuProtected, region: video)
    try world.setRule(.both, master: teller, region: payment)
    for region in [video, payment] { try world.setRule(.write, master: wiper, region: region) }
    try registry.register(system)
    try registry.register(contiguous)
    keyPage = try Self.page(at: try Self.megabytes(127, 1).start)
    (board, kept) = (nil, [])
  }

  /// The board of a request, or the bench where it names none. A TEE of either takes no loan of less than 1 MiB.
  static func of(_ request: HeapRequest, contiguous: UInt64 = 1 << 20) throws(HeapError) -> HeapBench {
    guard let board = request.board else { return try HeapBench(request.faults) }
    let law = RestrictedLaw(dropping: request.faults.flatMap(\.drops))
    return try HeapBench(BoardMachine(board, minimumLend: 1 << 20, law: law), request.faults, contiguous: contiguous)
  }

  /// The same roles on a real board, with the memory that its tree has for them. Where that has no contiguous region, a driver gets a row of
  /// pages from the system, as `alloc_contig_pages` gives them on a machine that has just booted.
  /// - Parameter bytes: of contiguous memory that the story needs at once.
  init(_ board: BoardMachine, _ faults: [HeapFault], contiguous bytes: UInt64) throws(HeapError) {
    self.board = board
    (memory, world, system, registry) = (board.memory, board.world, board.system, board.registry)
    world.mistakes = faults.reduce(into: []) { $0.formUnion($1.mistakes) }
    let page = Held(try system.allocate(bytes: 4096))
    guard let start = page.memory.ranges.first?.start else { throw HeapError(.exhausted, "no page for keys") }
    keyPage = try Self.page(at: start)
    (contiguous, kept) = (try board.contiguousForDrivers(atLeast: bytes), [page])
  }

  private static func page(at start: HostPhysicalAddress) throws(HeapError) -> AddressRange<HostPhysicalAddress> {
    guard let page = AddressRange(start: start, length: 4096) else { throw HeapError(.badRequest, "no such page") }
    return page
  }

  /// Says which devices stand where every board has one.
  func introduce(_ roles: [(String, MasterIndex)], in story: HeapStory) {
    for (role, number) in roles { if let board { story.note(role, board.describe(number)) } }
  }

  func carveOut(_ region: RegionIndex, at first: UInt64, _ count: UInt64) throws(HeapError) -> RestrictedHeap {
    try RestrictedHeap(world, region: region, backEnd: .carveOut(try Self.megabytes(first, count)), scrubber: wiper)
  }

  func read(_ memory: HeapMemory, _ count: Int, as master: MasterIndex) throws(HeapError) -> [UInt8] {
    let window = try world.window(memory, for: master)
    do throws(BusError) { return try world.read(window, count: count) } catch { throw HeapError(.memory, "\(error)") }
  }
  func write(_ bytes: [UInt8], _ memory: HeapMemory, as master: MasterIndex) throws(HeapError) {
    let window = try world.window(memory, for: master)
    do throws(BusError) { try world.write(bytes, window) } catch { throw HeapError(.memory, "\(error)") }
  }
  /// The chips themselves: what a probe would see.
  func nonzero(_ ranges: [AddressRange<HostPhysicalAddress>]) throws(HeapError) -> Int {
    do { return try ranges.reduce(0) { try $0 + memory.readRaw($1).count { $0 != 0 } } } catch { throw HeapError(.memory, "\(error)") }
  }
}

/// A handle that a story keeps in an array until somebody drops it.
final class Held {
  let memory: HeapMemory
  private var buffer: HeapBuffer?
  init(_ buffer: consuming HeapBuffer) {
    memory = buffer.memory
    self.buffer = consume buffer
  }
  func close() { buffer = nil }
}

extension HeapFault {
  /// The same mistake at a machine: what is no missing guard is a wrong act.
  var mistakes: SecureWorld.Mistakes {
    switch self {
    case .noScrub: .skipsZeroing
    case .scrubAfterHandOut: .handsOutFirst
    case .ruleDroppedBeforeReclaim: .opensFirst
    case .cookieReused, .dropped: []
    }
  }
}
