import Heaps
import Restriction

extension HeapScenario {
  /// A GPU whose protected mode needs a heap that comes later than the GPU, may be misconfigured, and can be given to it late.
  static let gpuProtectedMode = HeapScenario(
    name: "gpu-protected-mode",
    summary: "a GPU's protected firmware section: probe deferred until the heap is there, enter and leave, late enabling, a heap that lies",
    platform: "trustzone"
  ) { story, request in
    let bench = try HeapBench.of(request)
    if let board = bench.board, board.filmHeap == nil, !board.board.hasSecureWorld {
      throw HeapError(
        .unknownHeap, "this board has no memory for a protected section: neither a 'linaro,secure-heap' nor a TEE ('linaro,optee-tz')")
    }
    bench.introduce([("gpu", bench.gpu), ("codec", bench.codec), ("display", bench.display)], in: story)
    // A carve-out of the tree is there before any driver; what a TEE reports is not.
    let early = bench.board?.filmHeap
    if let early, early.freePages < 64 {
      throw HeapError(.exhausted, "\(early.name) has \(early.freePages) pages; two sections and two buffers of 64 KiB need 64")
    }
    let name = HeapRegistry.Reference.name(early?.name ?? UseCase.secureVideo.heapName)
    func newGPU() -> ProtectedGPU { ProtectedGPU(bench.world, normal: bench.gpu, protected: bench.gpuProtected) }

    story.phase("probe")
    let gpu = newGPU()
    if early == nil {
      story.refused(.unknownHeap, "gpu-driver", "probe", "\(name)", to: "heaps") { () throws(HeapError) in try gpu.probe(bench.registry, heap: name) }
    } else {
      story.note("probe", "\(name) is of the tree and there from the beginning: nobody has to wait for it")
    }
    let source = Held(try bench.system.allocate(bytes: 65_536)), target = Held(try bench.system.allocate(bytes: 65_536))
    let text = Array("an ordinary job".utf8)
    try bench.write(text, source.memory, as: .hostCPU)
    try story.step("gpu", "run an ordinary job", "no restricted heap", to: "memory") { () throws(HeapError) in
      try gpu.run(source.memory, to: target.memory, count: text.count)
    }
    story.check(
      try bench.read(target.memory, text.count, as: .hostCPU) == text.map { ~$0 }, "host", "read", target.memory.name, to: "memory",
      "the job's result")
    story.refused(.unknownHeap, "gpu", "enter protected mode", "without a section") { () throws(HeapError) in try gpu.enterProtectedMode() }
    var deferred = false
    bench.registry.whenRegistered(name) { _ in deferred = true }
    let heap: RestrictedHeap
    if let early {
      heap = early
    } else {
      heap = try story.step("tee-driver", "register", UseCase.secureVideo.heapName, to: "heaps") { () throws(HeapError) in
        if let board = bench.board { return try board.filmHeap(lending: 1 << 20) }
        let made = try bench.carveOut(bench.video, at: 96, 16)
        try bench.registry.register(made, phandle: 0x11)
        return made
      }
      story.check(deferred, "heaps", "tell", "gpu-driver", to: "gpu-driver", "the deferred probe is tried again")
    }
    try story.step("gpu-driver", "probe", "\(name)", to: "heaps") { () throws(HeapError) in try gpu.probe(bench.registry, heap: name) }

    story.phase("protected mode")
    try story.step("gpu", "enter protected mode", "section of 64 KiB") { () throws(HeapError) in try gpu.enterProtectedMode() }
    let film = Held(try heap.allocate(bytes: 65_536)), frame = Held(try heap.allocate(bytes: 65_536))
    let clear = Array("a clear picture that nobody else may see".utf8)
    try bench.write(clear, film.memory, as: bench.codec)
    try story.step("gpu", "run a protected job", "restricted to restricted", to: "memory") { () throws(HeapError) in
      try gpu.runProtected(film.memory, to: frame.memory, count: clear.count)
    }
    story.bytesMoved += text.count + clear.count
    story.check(
      try bench.read(frame.memory, clear.count, as: bench.display) == clear.map { ~$0 }, "display", "read", frame.memory.name, to: "memory",
      "the picture")
    let seen = try bench.read(frame.memory, clear.count, as: .hostCPU)
    story.stopped("host", "read", frame.memory.name, "zeros", holds: seen.allSatisfy { $0 == 0 })
    story.refused(.notRestricted, "gpu", "run a protected job", "into ordinary memory", to: "memory") { () throws(HeapError) in
      try gpu.runProtected(film.memory, to: target.memory, count: clear.count)
    }
    story.refused(.notRestricted, "gpu-driver", "attach a suspend buffer", "ordinary") { () throws(HeapError) in
      _ = try gpu.attachSuspendBuffer(target.memory)
    }
    try story.step("gpu-driver", "attach a suspend buffer", "restricted") { () throws(HeapError) in _ = try gpu.attachSuspendBuffer(frame.memory) }
    try story.step("gpu", "leave protected mode") { () throws(HeapError) in gpu.leaveProtectedMode() }
    try bench.write(text, target.memory, as: .hostCPU)
    try gpu.run(film.memory, to: target.memory, count: clear.count)
    let leaked = try bench.read(target.memory, clear.count, as: .hostCPU)
    story.stopped(
      "gpu", "read", "\(film.memory.name), in normal mode", "zeros come, and their inverse is all that an ordinary job can write",
      holds: leaked.allSatisfy { $0 == 0xFF })

    story.phase("late enabling")
    let late = newGPU()
    try bench.write(text, source.memory, as: .hostCPU)
    let results = try (0..<3).map { _ in Held(try bench.system.allocate(bytes: 4096)) }
    for result in results { late.start(source.memory, to: result.memory, count: text.count, taking: 20_000) }
    _ = try late.pass(8000)
    let given = try heap.allocate(bytes: ProtectedGPU.sectionBytes)
    let wait = try story.step("gpu-driver", "enable protected mode", "3 jobs are running", to: "gpu") { () throws(HeapError) in
      try late.enableLate(given.reference())
    }
    given.close()
    story.check(
      late.resets == 1 && wait == late.resetMicroseconds && late.delay == 3 * wait, "gpu", "reset the firmware", "",
      "each running job waits \(wait) µs, once")
    // They would have ended at 20 ms.
    story.check(try late.pass(20_000 - late.clock).isEmpty, "gpu", "look", "at 20 ms", "no job has ended: they wait for the reset")
    let ended = try late.pass(wait)
    let isRight = try results.allSatisfy { try bench.read($0.memory, text.count, as: .hostCPU) == text.map { ~$0 } }
    story.bytesMoved += 3 * text.count
    story.check(ended == [1, 2, 3] && isRight, "host", "read", "at 25 ms", to: "memory", "the results of all three jobs, late and whole")
    try story.step("gpu", "enter protected mode", "the section given late") { () throws(HeapError) in try late.enterProtectedMode() }

    story.phase("a heap that lies")
    let wrong = newGPU()
    story.refused(.notRestricted, "gpu-driver", "enable protected mode", "ordinary memory", to: "gpu") { () throws(HeapError) in
      try wrong.enableLate(try bench.contiguous.allocate(bytes: ProtectedGPU.sectionBytes))
    }
    story.refused(.notRestricted, "gpu-driver", "enable protected mode", "ordinary memory under a restricted name", to: "gpu") {
      () throws(HeapError) in
      try wrong.enableLate(
        try bench.contiguous.allocate(bytes: ProtectedGPU.sectionBytes).claiming(.restricted(.secureVideo), of: UseCase.secureVideo.heapName))
    }
    story.check(wrong.section == .absent && wrong.mode == .normal, "gpu", "state", "", "refused by name, and nothing hangs")
    source.close()
    film.close()
  }
}
