import Clock
import DeviceTrees
import Foundation
import Heaps
import Memory
import Primitives
import Restriction

/// What restricted heaps cost, in CPU time of this process. `HeapPairs [BOARD.dtb]`
///
/// Pairs: allocate and free of small buffers from a carve-out, the zeroing of what was freed included: the clock stops when the backlog is
/// empty, and every page of the pool has been written to before. Loans: the same where each buffer is a loan of its own; the world switches
/// are counted and valued at what a small board pays.
@main
enum HeapPairs {
  static func main() throws {
    for pages in [1, 2, 4, 16] as [UInt64] { try pairs(pages) }
    for (pages, live) in [(1, 64), (1, 512), (4, 512), (16, 128)] as [(UInt64, Int)] { try mixed(upTo: pages, live: live) }
    try loans()
    try zeroing()
    if CommandLine.arguments.count > 1 { try listing(CommandLine.arguments[1]) }
  }

  struct Board {
    let memory: PhysicalMemory, world: SecureWorld, contiguous: ContiguousHeap
    static func range(_ mebibyte: UInt64, _ count: UInt64) -> AddressRange<HostPhysicalAddress> {
      AddressRange(start: HostPhysicalAddress(0x8000_0000 + mebibyte << 20), length: count << 20)!
    }
    init() throws {
      memory = try PhysicalMemory(banks: [.init(Self.range(0, 256))])
      world = try SecureWorld(memory, masters: [Master("wiper")], regions: [.init(.secureVideo)])
      try world.setRule(.write, master: MasterIndex(1), region: RegionIndex(0))
      let system = try SystemHeap(memory, over: Self.range(0, 64))
      contiguous = try ContiguousHeap(memory, over: Self.range(64, 64), named: "memory@84000000-contiguous", refuge: system)
    }
    /// A carve-out whose pages were all written to once: zeroing what nobody touched would be no work.
    func touchedCarveOut() throws -> RestrictedHeap {
      let range = Self.range(128, 16), heap = try heap(.carveOut(range))
      try memory.writeRaw(repeatElement(0xA5, count: Int(range.length)), at: range.start)
      return heap
    }
    func heap(_ backEnd: BackEnd) throws -> RestrictedHeap {
      try RestrictedHeap(world, region: RegionIndex(0), backEnd: backEnd, scrubber: MasterIndex(1))
    }
  }

  static func pairs(_ pages: UInt64) throws {
    let heap = try Board().touchedCarveOut(), count = 1_000_000
    for _ in 0..<8192 { try heap.allocate(bytes: pages << 12).close() }
    try heap.work()
    let before = heap.scrubbedPages
    let seconds = try cpu {
      for _ in 0..<count { try heap.allocate(bytes: pages << 12).close() }
      try heap.work()
    }
    let scrubbed = heap.scrubbedPages - before
    print(
      "static, \(4 * pages) KiB: \(rate(count, seconds)) pairs a CPU-second, \(scrubbed) pages zeroed in \(heap.batches) batches, longest backlog \(heap.longestBacklog) pages"
    )
    guard scrubbed == UInt64(count) * pages else { fatalError("not everything that was freed was zeroed") }
  }

  /// A buffer that somebody holds for a while.
  final class Place {
    private var buffer: HeapBuffer?
    func drop() { buffer = nil }
    func fill(_ buffer: consuming HeapBuffer) { self.buffer = consume buffer }
  }

  /// Many buffers are out, and whichever goes back, another of some size comes: neither frees nor holes are in any order.
  static func mixed(upTo pages: UInt64, live: Int) throws {
    let heap = try Board().touchedCarveOut(), count = 1_000_000
    let places = (0..<live).map { _ in Place() }
    var random = SeededRandom(seed: 1)
    func round() throws {
      let word = random.next(), place = places[Int(word % UInt64(live))]
      place.drop()
      place.fill(try heap.allocate(bytes: (1 + (word >> 32) % pages) << 12))
    }
    for _ in 0..<8 * live { try round() }
    let before = heap.scrubbedPages
    let seconds = try cpu {
      for _ in 0..<count { try round() }
      try heap.work()
    }
    let freed = heap.scrubbedPages - before
    print("static, mixed, 4 to \(4 * pages) KiB, \(live) out: \(rate(count, seconds)) pairs a CPU-second, \(freed) pages zeroed")
  }

  static func loans() throws {
    let board = try Board(), heap = try board.heap(.lentBySMC(from: board.contiguous, minimum: 4096)), count = 20_000
    let seconds = try cpu {
      for _ in 0..<count {
        try heap.allocate(bytes: 4096).close()
        try heap.work()
      }
    }
    let modelled = Double(board.world.worldSwitches * SecureWorld.worldSwitchNanoseconds) / 1e9
    print(
      "lent, 4 KiB: \(rate(count, seconds)) pairs a CPU-second here; with \(board.world.worldSwitches / count) world switches a pair of 1 ms: \(rate(count, seconds + modelled)) a second, \(rate(board.world.worldSwitches / 2, seconds + modelled / 2)) lends a second"
    )
  }

  /// Up to 2 MiB; from there on pages are given back to the host instead of being written. Both write to the same memory: what the
  /// host's own tables cost is the same for both.
  static func zeroing() throws {
    let memory = try PhysicalMemory(banks: [.init(Board.range(0, 64))])
    for kibibytes in [4, 64, 1024] as [UInt64] {
      let length = kibibytes << 10, rounds = Int((1 << 30) / length), places = (32 << 20) / length
      let ranges = (0..<places).map { AddressRange(start: HostPhysicalAddress(0x8000_0000 + $0 * length), length: length)! }
      var best = (ours: Double.infinity, plain: Double.infinity)
      for _ in 0..<5 {
        let plain = try memory.withBytes(of: Board.range(0, 64)) { bytes in
          bytes.initializeMemory(as: UInt8.self, repeating: 1)
          return cpu { for i in 0..<rounds { memset(bytes.baseAddress! + (i % Int(places)) * Int(length), 0, Int(length)) } }
        }
        best.plain = min(best.plain, plain)
        best.ours = min(best.ours, try cpu { for i in 0..<rounds { try memory.zeroRaw(ranges[i % Int(places)]) } })
      }
      let figures = [best.ours, best.plain].map { String(format: "%.1f", 1 / $0) }.joined(separator: " and ")
      print("zeroing, \(kibibytes) KiB: \(Int(100 * best.plain / best.ours)) % of memset's bandwidth (\(figures) GiB a CPU-second)")
    }
  }

  static func listing(_ path: String) throws {
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let seconds = try cpu { for _ in 0..<10 { _ = BoardMemory(try DeviceTree(bytes)) } }
    print("reading \(path): \(String(format: "%.2f", seconds * 100)) ms")
  }

  static func cpu(_ body: () throws -> Void) rethrows -> Double {
    let start = processorTime()
    try body()
    return Double(processorTime() - start) / 1e9
  }
  static func rate(_ count: Int, _ seconds: Double) -> Int { Int(Double(count) / seconds) }
}
