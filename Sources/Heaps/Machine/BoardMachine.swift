import Memory
import Primitives
import Restriction

/// A board with its memory and its heaps, made from what its device tree says: what `heap list` shows, to allocate from.
///
/// `BoardMemory` decides which heaps there are and where; here they are only made. A heap that cannot be, for a conflict that the tree has,
/// is left out and the reason kept; everything else is there, as a kernel that boots on such a tree has it.
///
/// Its masters are those that the tree has (`BoardFirewall`): one that an IOMMU stands before gets buffers mapped, one without gets them in a row,
/// and memory that firmware keeps is closed to everybody but the devices to which the tree leaves it. What a tree does not say is a parameter:
/// that the first secure heap is for video and the second for payment.
/// - Threads: one at a time. Determinism: the same tree gives the same machine.
public final class BoardMachine {
  public let board: BoardMemory
  public let memory: PhysicalMemory
  public let world: SecureWorld
  public let registry = HeapRegistry()
  public let system: SystemHeap
  public private(set) var contiguous: [ContiguousHeap] = []
  public private(set) var restricted: [RestrictedHeap] = []
  /// Heaps of the list that are not there, and why.
  public private(set) var leftOut: [(heap: String, reason: String)] = []
  /// Whether the tree says how much memory there is. Where the boot loader is to write that, there is as much as the regions need.
  public let isAssumed: Bool
  /// Of each region of the board; nil where there is no room for one.
  public let places: [AddressRange<HostPhysicalAddress>?]

  /// Of the board's masters, the numbers in the firewall's table; two for a GPU, of which the second is its protected mode.
  public let numbers: [[MasterIndex]]
  /// Memory of firmware that is closed, in the order of the board's regions.
  public private(set) var closed: [(region: Int, range: AddressRange<HostPhysicalAddress>)] = []
  /// Memory of firmware that is not, and why.
  public private(set) var notClosed: [(region: String, reason: String)] = []

  /// 4 TiB, more than any board with a device tree has. Memory and books cost what is touched of them, and addresses of this process.
  public static let mostMemory: UInt64 = 4 << 40

  /// - Parameter minimumLend: in bytes, whole pages; what the TEE reports as the least that it is lent at once.
  /// - Throws: `.badRequest` where `board.whyNoMachine` says so; `.exhausted` where the host has no such address space.
  public init(_ board: BoardMemory, behaviour: ViolationBehaviour = .silent, minimumLend: UInt64 = 4096, law: RestrictedLaw = RestrictedLaw())
    throws(HeapError)
  {
    if let why = board.whyNoMachine { throw HeapError(.badRequest, "\(why.place): \(why.message)") }
    guard let layout = board.machine else { throw HeapError(.badRequest, "no machine can be made of this board") }
    self.board = board
    (isAssumed, places) = (layout.isAssumed, layout.places)
    do throws(MemoryError) { memory = try PhysicalMemory(banks: layout.banks.map { .init($0) }) } catch {
      throw HeapError(.badRequest, error.description)
    }
    let firewall = BoardFirewall(board)
    numbers = firewall.numbers
    world = try SecureWorld(memory, masters: firewall.masters, regions: firewall.regions, behaviour: behaviour, minimumLend: minimumLend, law: law)
    system = try SystemHeap(memory, over: layout.free)
    var refused: [RegionIndex: String] = [:]
    for (region, master, access) in firewall.rules {
      do throws(HeapError) { try world.setRule(access, master: master, region: region) } catch { refused[region] = error.reason }
    }
    close(firewall.closed, refused)
    try registry.register(system)
    for heap in board.heaps { try make(heap) }
  }

  // MARK: Masters

  /// The same on every board, whatever device stands there.
  public static let crypto = MasterIndex(1), codec = MasterIndex(2), display = MasterIndex(3), gpu = MasterIndex(4)
  public static let gpuProtected = MasterIndex(5), teller = MasterIndex(6), wiper = MasterIndex(7)
  /// Of content keys: no master has a rule.
  public static let keys = RegionIndex(2)

  /// Who uses a heap's buffers: the one who reads and writes them.
  public func user(of heap: RestrictedHeap) -> MasterIndex { heap.useCase == .payment ? Self.teller : Self.codec }

  /// Puts memory of firmware behind the firewall, with what is in it: nobody zeroes it.
  private func close(_ regions: [RegionIndex?], _ refused: [RegionIndex: String]) {
    for (index, region) in regions.enumerated() where board.regions[index].isFirmware {
      do throws(HeapError) {
        guard let region else { throw HeapError(.exhausted, "more groups of owners than the firewall has regions") }
        if let reason = refused[region] { throw HeapError(.badRequest, reason) }
        guard let range = places[index] else { throw HeapError(.exhausted, "no room for it") }
        try world.close(range, as: region)
        closed.append((index, range))
      } catch { notClosed.append((board.regions[index].place, error.reason)) }
    }
  }

  // MARK: Heaps

  private func make(_ heap: BoardHeap) throws(HeapError) {
    guard let index = heap.region else { return }
    let region = board.regions[index]
    do throws(HeapError) {
      if let problem = board.problems.first(where: { $0.severity == .conflict && $0.path == region.path }) {
        throw HeapError(.badRequest, problem.message)
      }
      guard let range = places[index] else { throw HeapError(.exhausted, "no room for it") }
      // Of many conflicts not all are listed, and two owners of a page are one too many.
      if let other = places.indices.first(where: { $0 != index && places[$0]?.overlaps(range) == true }) {
        throw HeapError(.badRequest, "\(range) overlaps \(board.regions[other].place)")
      }
      if heap.kind == .restricted {
        let made = try RestrictedHeap(
          world, region: BoardFirewall.heapRegion(board, index), backEnd: .carveOut(range), scrubber: Self.wiper, named: heap.name)
        try registry.register(made, phandle: region.phandle)
        restricted.append(made)
      } else {
        let made = try ContiguousHeap(memory, over: range, named: heap.name, refuge: system)
        try registry.register(made, phandle: region.phandle)
        contiguous.append(made)
      }
    } catch { leftOut.append((heap.name, error.reason)) }
  }

  /// What the TEE's heap is lent: a region of the tree, or a row of the system's pages where there is none that is large enough.
  public private(set) var lender: ContiguousHeap?
  /// The row, kept for as long as there is the machine.
  private var row: (buffer: RowBuffer, heap: ContiguousHeap)?
  private final class RowBuffer {
    private let buffer: HeapBuffer
    init(_ buffer: consuming HeapBuffer) { self.buffer = buffer }
  }
  /// 32 MiB, what a kernel sets aside for contiguous buffers if neither tree nor command line say otherwise (arm64's defconfig,
  /// CONFIG_CMA_SIZE_MBYTES).
  public static let rowBytes: UInt64 = 32 << 20

  /// Contiguous memory for drivers: the tree's default region, or another that has enough, or a row of the system's pages: whoever needs more
  /// than the tree has says so on the kernel's command line (`cma=`), which goes before the tree's default (kernel/dma/contiguous.c).
  /// - Parameter bytes: that are needed at once.
  /// - Throws: `.exhausted` where there is no such row.
  public func contiguousForDrivers(atLeast bytes: UInt64 = 1 << 20) throws(HeapError) -> ContiguousHeap {
    let isDefault = { (heap: ContiguousHeap) in heap.name == HeapName.defaultContiguous }
    let known = contiguous.filter(isDefault) + contiguous.filter { !isDefault($0) } + (row.map { [$0.heap] } ?? [])
    if let found = known.first(where: { $0.freePages << pageShift >= bytes }) { return found }
    guard row == nil else { throw HeapError(.exhausted, "no \(bytes) bytes of contiguous memory are free") }
    let buffer = try system.allocateRow(bytes: max(bytes, Self.rowBytes))
    guard let range = buffer.memory.contiguous else { throw HeapError(.notContiguous, "a row is one range") }
    let made = try ContiguousHeap(memory, over: range, named: HeapName.defaultContiguous, refuge: system)
    row = (RowBuffer(buffer), made)
    return made
  }

  /// The TEE's driver probes, after all the others, and a heap of restricted video buffers appears, made of contiguous memory that is lent
  /// when it is needed: what OP-TEE does on boards without a carve-out for it (Linux 6.18, optee/protmem.c).
  /// - Parameter bytes: that will be needed at once.
  /// - Returns: nil for a board without a TEE.
  /// - Throws: `.exhausted` where there is no contiguous memory to lend.
  public func secureWorldReports(lending bytes: UInt64 = 1 << 20) throws(HeapError) -> RestrictedHeap? {
    guard board.hasSecureWorld else { return nil }
    let source = try contiguousForDrivers(atLeast: max(bytes, 1 << 20))
    lender = source
    let heap = try RestrictedHeap(
      world, region: BoardFirewall.reported, backEnd: .lentBySMC(from: source, minimum: 1 << 20), scrubber: Self.wiper)
    try registry.register(heap)
    return heap
  }
}
