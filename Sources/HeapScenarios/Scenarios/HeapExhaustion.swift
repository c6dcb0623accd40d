import Heaps

extension HeapScenario {
  /// Every heap to its end and back: nothing is handed out that is not there, nothing falls back to another kind of memory, and what comes
  /// back is zero.
  static let heapExhaustion = HeapScenario(
    name: "heap-exhaustion",
    summary: "every heap is used up and comes back: nothing falls back to other memory, nobody waits to free, all is zero again",
    platform: "trustzone"
  ) { story, request in
    if let board = request.board { return try BoardExhaustion(story, board, request.faults).run() }
    let bench = try HeapBench(request.faults)
    let heap = try bench.carveOut(bench.video, at: 96, 8)
    try bench.registry.register(heap)

    story.phase("restricted")
    var held: [Held] = []
    try story.step("client", "allocate until ENOMEM", heap.name, to: "heap") { () throws(HeapError) in
      while heap.freePages >= 16 { held.append(Held(try heap.allocate(bytes: 65_536))) }
    }
    story.check(
      held.count == 128 && held.allSatisfy(\.memory.isRestricted), "client", "count", heap.name, "128 buffers of 64 KiB, all of them restricted")
    story.refused(.exhausted, "client", "allocate", "64 KiB from \(heap.name)", to: "heap") { () throws(HeapError) in
      _ = try heap.allocate(bytes: 65_536)
    }
    for buffer in held { try bench.write(Array(repeating: 0xC5, count: 65_536), buffer.memory, as: bench.codec) }
    story.bytesMoved += held.count * 65_536
    let ranges = held.flatMap(\.memory.ranges), writes = heap.scrubbedPages
    for buffer in held { buffer.close() }
    story.check(heap.scrubbedPages == writes, "client", "free", "128 buffers", to: "heap", "who frees has zeroed nothing")
    story.check(heap.backlogPages == 2048, "heap", "backlog", heap.name, "all 2048 pages of the pool wait for the wiper, and none is free")
    let left = try bench.read(held[0].memory, 4096, as: .hostCPU)
    story.stopped("host", "read", "a buffer that is free and not wiped", "zeros: the rule outlives the bytes", holds: left.allSatisfy { $0 == 0 })
    held = [Held(try heap.allocate(bytes: 65_536))]
    story.check(
      try bench.nonzero(held[0].memory.ranges) == 0, "client", "allocate", "after a batch", to: "heap", "the first buffer that comes out is zero")
    try heap.work()
    held[0].close()
    try heap.work()
    story.check(try bench.nonzero(ranges) == 0, "wiper", "scrub", "the rest", to: "memory", "every byte of the pool is zero")
    held = [Held(try heap.allocate(bytes: 8 << 20))]
    story.check(held[0].memory.ranges.count == 1, "client", "allocate", "8 MiB", to: "heap", "the whole pool is one hole again")
    held = []

    story.phase("contiguous")
    var guests: [MovablePage] = []
    try story.step("page cache", "borrow", "every free page", to: "heap") { () throws(HeapError) in
      while guests.count < 8192, let page = try bench.contiguous.lendMovable() { guests.append(page) }
    }
    for (index, page) in guests.enumerated() { try bench.memory.writeRaw(Array(repeating: UInt8(index & 0x7F) + 1, count: 4096), at: page.address) }
    guests[guests.count - 1].isPinned = true
    try story.step("client", "allocate", "16 MiB in a row", to: "heap") { () throws(HeapError) in
      held = [Held(try bench.contiguous.allocate(bytes: 16 << 20))]
    }
    story.check(bench.contiguous.migrations == 4096, "kernel", "migrate", "4096 pages", to: "memory", "each went elsewhere with its bytes")
    var same = true
    for (index, page) in guests.enumerated() { same = (try bench.nonzeroValue(at: page.address)) == UInt8(index & 0x7F) + 1 && same }
    story.check(same, "page cache", "read", "all of its pages", to: "memory", "every page has what was written to it")
    story.refused(.pinned, "client", "allocate", "16 MiB with a pinned page in them", to: "heap") { () throws(HeapError) in
      _ = try bench.contiguous.allocate(bytes: 16 << 20)
    }
    story.check(bench.system.liveBuffers > 0, "kernel", "count", "the refuge", "migrated pages live in system memory")

    story.phase("system")
    story.refused(.exhausted, "client", "allocate", "more than there is", to: "heap") { () throws(HeapError) in
      _ = try bench.system.allocate(bytes: 1 << 30)
    }
    for page in guests { bench.contiguous.giveBack(page) }
    story.check(bench.system.liveBuffers == 0, "kernel", "count", "the refuge", "nothing is left behind")
  }
}

import Memory
import Primitives

extension HeapBench {
  func nonzeroValue(at address: HostPhysicalAddress) throws -> UInt8? {
    guard let range = AddressRange(start: address, length: 1) else { return nil }
    return try memory.readRaw(range).first
  }
}
