import Heaps
import Primitives
import Restriction

extension HeapScenario {
  /// A client with lent memory dies in the middle: the secure world keeps what is still in use, and gives everything else back, zeroed.
  static let lendAndCrash = HeapScenario(
    name: "lend-and-crash",
    summary: "a client dies with lent memory in use: the secure world gets everything back, and the kernel gets it back zeroed",
    platform: "trustzone"
  ) { story, request in
    if let board = request.board, !board.hasSecureWorld {
      throw HeapError(.unknownHeap, "this board has nobody to lend memory to: no TEE ('linaro,optee-tz') in its tree")
    }
    for backEnd in ["SMC", "FF-A"] {
      // Two loans of 2 MiB, and as much again for what is refused.
      let bench = try HeapBench.of(request, contiguous: 8 << 20)
      if backEnd == "SMC" { bench.introduce([("codec", bench.codec)], in: story) }
      let heap = try RestrictedHeap(
        bench.world, region: bench.video,
        backEnd: backEnd == "SMC" ? .lentBySMC(from: bench.contiguous, minimum: 2 << 20) : .lentByFFA(from: bench.contiguous, minimum: 2 << 20),
        scrubber: bench.wiper)
      story.phase("lend by \(backEnd)")
      let free = bench.contiguous.freePages, isSMC = backEnd == "SMC"
      let lendCall = isSMC ? "LEND_PROTMEM" : "FFA_MEM_LEND", backCall = isSMC ? "RECLAIM_PROTMEM" : "RELEASE_PROTMEM"
      func lend(_ range: AddressRange<HostPhysicalAddress>, _ cookie: UInt64) throws(HeapError) {
        if isSMC { try bench.world.lend(range, cookie: cookie, to: bench.video) } else { try bench.world.memoryLend(range, handle: cookie) }
      }
      func giveBack(_ cookie: UInt64) throws(HeapError) {
        if isSMC { try bench.world.reclaim(cookie: cookie) } else { try bench.world.release(handle: cookie) }
      }
      var held: [Held] = []
      for _ in 0..<3 {
        held.append(
          try story.step("client", "allocate", "1 MiB from \(heap.name)", to: "heap") { () throws(HeapError) in
            Held(try heap.allocate(bytes: 1 << 20))
          })
      }
      story.check(heap.loans == 2, "secure-world", "loans", "", "two of 2 MiB, the least that may be lent")
      let ranges = held.flatMap(\.memory.ranges)
      for buffer in held { try bench.write(Array(repeating: 0xF1, count: 1 << 20), buffer.memory, as: bench.codec) }
      story.bytesMoved += 3 << 20
      story.check(
        try bench.read(held[0].memory, 4096, as: bench.codec).allSatisfy { $0 == 0xF1 }, "codec", "read", "buffer 1", to: "memory",
        "its own clear bytes")
      let seen = try bench.read(held[0].memory, 4096, as: .hostCPU)
      story.stopped("host", "read", "buffer 1", "zeros", holds: seen.allSatisfy { $0 == 0 })
      story.refused(.refused(.lendCookie), "kernel", lendCall, "a cookie that is in use", to: "secure-world") { () throws(HeapError) in
        let other = try bench.contiguous.allocate(bytes: 2 << 20)
        guard let range = other.memory.contiguous else { return }
        try lend(range, 1)
      }
      story.refused(.refused(.lendAligned), "kernel", lendCall, "half pages", to: "secure-world") { () throws(HeapError) in
        let other = try bench.contiguous.allocate(bytes: 4 << 20)
        guard let start = other.memory.contiguous?.start.rawValue, let range = AddressRange(start: HostPhysicalAddress(start + 2048), length: 2 << 20)
        else { return }
        try lend(range, 99)
      }
      story.refused(.refused(.lendMinimum), "kernel", lendCall, "less than the minimum", to: "secure-world") { () throws(HeapError) in
        let other = try bench.contiguous.allocate(bytes: 1 << 16)
        guard let range = other.memory.contiguous else { return }
        try lend(range, 99)
      }
      story.refused(.refused(.lendOrdinary), "kernel", lendCall, "memory that is lent", to: "secure-world") { () throws(HeapError) in
        try lend(ranges[0], 99)
      }
      story.refused(.refused(.releaseLastReference), "kernel", backCall, "while buffers are out", to: "secure-world") {
        () throws(HeapError) in
        try giveBack(1)
      }

      story.phase("crash, \(backEnd)")
      // The codec has the first buffer mapped as the client dies.
      bench.world.pin(held[0].memory, by: 1)
      let mapped = held[0].memory
      try story.step("client", "dies", "3 buffers", to: "heap") { () throws(HeapError) in for buffer in held { buffer.close() } }
      story.check(
        heap.heldBuffers == 1 && heap.backlogPages == 512, "heap", "backlog", heap.name, "two buffers wait for zeros, the third is still mapped")
      let left = try bench.read(held[1].memory, 4096, as: .hostCPU)
      story.stopped("host", "read", "buffer 2, which is free and not wiped", "zeros: the rule outlives the bytes", holds: left.allSatisfy { $0 == 0 })
      try story.step("heap", "scrub and reclaim", "", to: "secure-world") { () throws(HeapError) in try heap.work() }
      story.check(heap.loans == 1, "secure-world", "loans", "", "the one without buffers went back, the other stays while the codec has it")
      story.refused(.refused(.releaseLastReference), "kernel", backCall, "what the codec has mapped", to: "secure-world") {
        () throws(HeapError) in
        try giveBack(1)
      }
      story.check(
        try bench.read(mapped, 16, as: bench.codec).allSatisfy { $0 == 0xF1 }, "codec", "read", "buffer 1", to: "memory",
        "nobody wiped what is in use")
      bench.world.pin(mapped, by: -1)
      heap.importerLetGo()
      try story.step("heap", "scrub and reclaim", "", to: "secure-world") { () throws(HeapError) in try heap.work() }
      story.check(heap.loans == 0 && bench.contiguous.freePages == free, "kernel", "count", bench.contiguous.name, "every page is back")
      story.check(try bench.nonzero(ranges) == 0, "host", "read", "all that was lent", to: "memory", "zeros, and not because the firewall says so")
      story.refused(.refused(.releaseCookie), "kernel", backCall, "a cookie that was used", to: "secure-world") { () throws(HeapError) in
        try giveBack(1)
      }
      story.refused(.refused(.releaseCookie), "kernel", backCall, "a cookie that never was", to: "secure-world") { () throws(HeapError) in
        try giveBack(77)
      }
      let again = try bench.contiguous.allocate(bytes: 4096)
      let memory = again.memory
      try bench.write([1, 2, 3], memory, as: .hostCPU)
      story.check(try bench.read(memory, 3, as: .hostCPU) == [1, 2, 3], "host", "write and read", memory.name, to: "memory", "ordinary memory again")
      story.note("world switches by \(backEnd)", "\(bench.world.worldSwitches), a millisecond each on a small board")
    }
  }
}
