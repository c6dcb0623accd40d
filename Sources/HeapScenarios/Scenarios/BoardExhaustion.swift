import HeapModels
import Heaps
import Primitives
import Restriction

/// `heap-exhaustion --devicetree`: the heaps that a board's tree makes, each to its end and back. What comes out is held against the
/// regions of the tree, one by one: no buffer lies in what another has reserved.
struct BoardExhaustion {
  let story: HeapStory
  let machine: BoardMachine

  init(_ story: HeapStory, _ board: BoardMemory, _ faults: [HeapFault]) throws(HeapError) {
    self.story = story
    machine = try BoardMachine(board, law: RestrictedLaw(dropping: faults.flatMap(\.drops)))
    machine.world.mistakes = faults.reduce(into: []) { $0.formUnion($1.mistakes) }
  }

  func run() throws {
    story.phase("the board")
    if machine.isAssumed {
      story.note("memory", "not in the tree: taken to be \(machine.memory.banks.map(\.range.description).joined(separator: ", "))")
    }
    for (heap, reason) in machine.leftOut { story.note("not made: \(heap)", reason) }
    story.check(
      machine.registry.heaps.count + machine.leftOut.count == machine.board.heaps.count, "kernel", "register",
      machine.registry.heaps.map(\.name).joined(separator: ", "), to: "heaps", "every heap that the tree has, or it is said why not")
    try BoardMasters(story: story, machine: machine).run()
    try waitForTheSecureWorld()
    try system()
    for heap in machine.contiguous { try contiguous(heap) }
    for heap in machine.restricted { try restricted(heap) }
  }

  /// Allocates until nothing is left, in pieces that become smaller.
  private func exhaust(_ heap: any Heap, _ freePages: UInt64, _ place: AddressRange<HostPhysicalAddress>?) throws -> [Held] {
    var held: [Held] = [], pages: UInt64 = 0
    try story.step("client", "allocate until ENOMEM", heap.name, to: "heap") { () throws(HeapError) in
      var piece = max(1, freePages / 64)
      while piece > 0 {
        do throws(HeapError) {
          held.append(Held(try heap.allocate(bytes: piece << 12)))
          pages += piece
        } catch {
          guard error.code == .exhausted else { throw error }
          piece /= 2
        }
      }
    }
    let ranges = held.flatMap(\.memory.ranges), others = machine.places.compactMap { $0 }.filter { $0 != place }
    story.check(pages == freePages, "client", "count", heap.name, "\(pages) pages in \(held.count) buffers: every page was handed out")
    let stray = ranges.first { range in others.contains { $0.overlaps(range) } || !(place?.contains(range) ?? true) }
    story.check(
      stray == nil, "client", "look where they are", heap.name, to: "memory",
      stray.map { "\($0) is another's" } ?? "none lies in what another region has")
    story.refused(.exhausted, "client", "allocate", "one more page from \(heap.name)", to: "heap") { () throws(HeapError) in
      _ = try heap.allocate(bytes: 4096)
    }
    return held
  }

  private func place(of heap: any Heap) -> AddressRange<HostPhysicalAddress>? {
    machine.board.heaps.first { $0.name == heap.name }.flatMap { $0.region }.flatMap { machine.places[$0] }
  }

  private func system() throws {
    story.phase("system")
    let free = machine.system.freePages
    for buffer in try exhaust(machine.system, free, nil) { buffer.close() }
    story.check(machine.system.freePages == free, "client", "free", "", to: "heap", "every page is back")
  }

  /// Unused pages work for others meanwhile, and are migrated when a buffer needs them all.
  private func contiguous(_ heap: ContiguousHeap) throws {
    story.phase(heap.name)
    let free = heap.freePages, others = machine.system.liveBuffers
    // They have to find room elsewhere.
    let most = Int(clamping: min(512, free, machine.system.freePages))
    var guests: [MovablePage] = []
    try story.step("page cache", "borrow", "pages of \(heap.name)", to: "heap") { () throws(HeapError) in
      while guests.count < most, let page = try heap.lendMovable() { guests.append(page) }
    }
    for (index, page) in guests.enumerated() {
      try machine.memory.writeRaw(Array(repeating: UInt8(index % 251) + 1, count: 4096), at: page.address)
    }
    let held = try exhaust(heap, free, place(of: heap))
    var intact = 0
    for (index, page) in guests.enumerated() {
      guard let range = AddressRange(start: page.address, length: 4096) else { continue }
      if try machine.memory.readRaw(range).allSatisfy({ $0 == UInt8(index % 251) + 1 }) { intact += 1 }
    }
    story.check(
      heap.migrations >= guests.count && intact == guests.count, "kernel", "migrate", "\(guests.count) pages", to: "memory",
      "each went elsewhere with its bytes")
    for buffer in held { buffer.close() }
    for page in guests { heap.giveBack(page) }
    story.check(heap.freePages == free && machine.system.liveBuffers == others, "client", "free", "", to: "heap", "every page is back")
  }

  private func restricted(_ heap: RestrictedHeap) throws {
    story.phase(heap.name)
    let free = heap.freePages, user = machine.user(of: heap), world = machine.world
    let held = try exhaust(heap, free, place(of: heap))
    guard let first = held.first, let start = first.memory.ranges.first?.start, let probe = AddressRange(start: start, length: 4096) else { return }
    let own = try use(first.memory, world, user)
    story.bytesMoved += 4096
    story.check(own, world.name(of: user), "read", first.memory.name, to: "memory", "its own bytes")
    let seen = try world.read(probe, as: .hostCPU)
    story.stopped("host", "read", first.memory.name, "zeros", holds: seen.allSatisfy { $0 == 0 })
    let written = heap.scrubbedPages
    for buffer in held { buffer.close() }
    story.check(
      heap.scrubbedPages == written && heap.backlogPages == free, "client", "free", "\(held.count) buffers", to: "heap",
      "who frees has zeroed nothing; \(free) pages wait for the wiper")
    try story.step("wiper", "scrub", "all that waits", to: "memory") { () throws(HeapError) in try heap.work() }
    let clean = try machine.memory.readRaw(probe).allSatisfy { $0 == 0 }
    story.check(clean && heap.freePages == free, "wiper", "scrub", heap.name, "zeros, and every page is free again")
  }

  /// Writes a page as a master, through its IOMMU where it has one, and reads it back.
  private func use(_ memory: HeapMemory, _ world: SecureWorld, _ user: MasterIndex) throws -> Bool {
    let window = try world.window(memory, for: user), bytes = Array(repeating: 0xC5 as UInt8, count: 4096)
    try world.write(bytes, window)
    return try world.read(window, count: 4096) == bytes
  }

  /// The TEE's heap comes after everybody who wants it.
  private func waitForTheSecureWorld() throws {
    let name = HeapRegistry.Reference.name(UseCase.secureVideo.heapName)
    guard machine.board.hasSecureWorld else { return story.note("secure world", "none in the tree") }
    guard machine.registry.find(name) == nil else { return story.note("secure world", "\(name) is there already") }
    story.phase("the TEE")
    story.refused(.unknownHeap, "codec-driver", "probe", "\(name)", to: "heaps") { () throws(HeapError) in
      _ = try machine.registry.require(name)
    }
    var told = ""
    machine.registry.whenRegistered(name) { told = $0.name }
    let reported: RestrictedHeap?
    do throws(HeapError) { reported = try machine.secureWorldReports() } catch { return story.note("secure world", error.reason) }
    guard let heap = reported, let lender = machine.lender else { return }
    if !machine.contiguous.contains(where: { $0 === lender }) {
      story.note(
        "secure world", "no contiguous memory of the tree is large enough: it is lent a row of \(BoardMachine.rowBytes >> 20) MiB of the system's")
    }
    story.check(told == heap.name, "tee-driver", "register", heap.name, to: "heaps", "the driver that waited is told")
    let free = lender.freePages
    let buffer = Held(try heap.allocate(bytes: 65_536))
    let lent = free - lender.freePages
    story.check(heap.loans == 1 && lent > 0, "heap", "LEND_PROTMEM", "\(lent) pages", to: "secure-world", "lent at the first allocation")
    buffer.close()
    try story.step("heap", "scrub and reclaim", "", to: "secure-world") { () throws(HeapError) in try heap.work() }
    story.check(
      heap.loans == 0 && lender.freePages == free, "kernel", "count", lender.name, "every page is back")
  }
}
