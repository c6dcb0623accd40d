import Heaps
import Primitives
import Restriction

/// What the masters of a board reach: buffers as their IOMMU or its absence asks for, and memory of firmware only if it is theirs.
struct BoardMasters {
  let story: HeapStory
  let machine: BoardMachine
  private var world: SecureWorld { machine.world }

  func run() throws {
    for (role, number) in [
      ("crypto", BoardMachine.crypto), ("codec", BoardMachine.codec), ("display", BoardMachine.display), ("gpu", BoardMachine.gpu),
    ] {
      story.note(role, machine.describe(number))
    }
    for (region, reason) in machine.notClosed { story.note("not closed: \(region)", reason) }
    try firmware()
    try buffers()
  }

  /// The CPU, and devices to whom it was not left, read what the firewall gives them; its owners read what firmware wrote.
  private func firmware() throws {
    guard !machine.closed.isEmpty else { return story.note("firmware", "no memory of its own in the tree") }
    story.phase("firmware")
    var silent = 0, kept = 0, owned = 0, owners = 0, strangers = 0, stopped = 0
    for (region, range) in machine.closed {
      guard let probe = AddressRange(start: range.start, length: min(64, range.length)) else { continue }
      let code = Array(repeating: UInt8(0xE5), count: Int(probe.length))
      // Firmware loaded it before there was a kernel, past any firewall.
      try machine.memory.writeRaw(code, at: probe.start)
      if try read(probe, as: .hostCPU).allSatisfy({ $0 == 0 }) { silent += 1 }
      try? world.write(Array(repeating: 0x41, count: code.count), at: probe.start, as: .hostCPU)
      if try machine.memory.readRaw(probe) == code { kept += 1 }
      let mine = machine.board.owners[region].compactMap { machine.numbers[$0].last }
      for master in mine {
        owners += 1
        if try read(probe, as: master) == code { owned += 1 }
      }
      for number in 1...world.masters.count - 1 where !mine.contains(MasterIndex(UInt8(number))) {
        strangers += 1
        if try read(probe, as: MasterIndex(UInt8(number))).allSatisfy({ $0 == 0 }) { stopped += 1 }
      }
      try machine.memory.writeRaw(Array(repeating: 0, count: code.count), at: probe.start)
    }
    let count = machine.closed.count
    story.stopped("host", "read", "\(count) carve-outs of firmware", "zeros, \(silent) times of \(count)", holds: silent == count)
    story.stopped("host", "write", "\(count) carve-outs of firmware", "ignored, \(kept) times of \(count)", holds: kept == count)
    if owners > 0 {
      story.check(owned == owners, "owners", "read", "what is left to them", to: "memory", "what firmware wrote, \(owned) times of \(owners)")
    }
    story.stopped("others", "read", "what is not left to them", "zeros, \(stopped) times of \(strangers)", holds: stopped == strangers)
  }

  /// A buffer in pieces for everybody whom the tree names: mapped where an IOMMU is, refused where none is, and then one in a row.
  private func buffers() throws {
    let devices = machine.board.masters.indices.filter { machine.board.masters[$0].role != .other && !machine.numbers[$0].isEmpty }
    guard !devices.isEmpty else { return story.note("masters", "none in the tree: those of the NXP video path stand in") }
    story.phase("masters")
    let scattered: Held, row: Held
    do throws(HeapError) {
      // A piece of 1 MiB, and single pages that lie wherever there are some.
      (scattered, row) = (Held(try machine.system.allocate(bytes: 1 << 20 + 8192)), Held(try machine.system.allocateRow(bytes: 8192)))
    } catch { return story.note("masters", "nothing to map for them: \(error.reason)") }
    let text = Array("what the host has written".utf8), (memory, rowMemory) = (scattered.memory, row.memory)
    var (mapped, translated, contiguous, refused, physical) = (0, 0, 0, 0, 0)
    for memory in [memory, rowMemory] { try write(text, memory, at: 4090, as: .hostCPU) }
    for device in devices {
      guard let master = machine.numbers[device].first else { continue }
      if machine.board.masters[device].isTranslated {
        translated += 1
        let window = try world.window(memory, for: master)
        if try world.read(window, at: 4090, count: text.count) == text, window.start >= MasterMappings.first { mapped += 1 }
        continue
      }
      physical += 1
      do throws(HeapError) { _ = try world.window(memory, for: master) } catch { if error.code == .notContiguous { refused += 1 } }
      let window = try world.window(rowMemory, for: master)
      if try world.read(window, at: 4090, count: text.count) == text, window.start == rowMemory.ranges.first?.start.rawValue { contiguous += 1 }
    }
    if translated > 0 {
      story.check(
        mapped == translated, "kernel", "map", "a buffer in \(memory.ranges.count) pieces", to: "iommu",
        "for \(mapped) of \(translated) masters behind an IOMMU: they read it in one stretch")
    }
    if physical > 0 {
      story.check(
        refused == physical, "kernel", "map", "a buffer in \(memory.ranges.count) pieces", to: "masters",
        "refused, with buffer and heap, for \(refused) of \(physical) masters without an IOMMU")
      story.check(
        contiguous == physical, "kernel", "hand over", "a buffer in a row", to: "masters", "its physical address, to \(contiguous) of \(physical)")
    }
  }

  private func write(_ bytes: [UInt8], _ memory: HeapMemory, at offset: UInt64, as master: MasterIndex) throws {
    let window = try world.window(memory, for: master)
    try world.write(bytes, window, at: offset)
  }

  private func read(_ range: AddressRange<HostPhysicalAddress>, as master: MasterIndex) throws -> [UInt8] { try world.read(range, as: master) }
}

extension BoardMachine {
  /// The tree's own heap for films.
  var filmHeap: RestrictedHeap? { restricted.first { $0.useCase == .secureVideo } }

  /// The same, or what its TEE lends.
  /// - Parameter bytes: that will be needed at once.
  func filmHeap(lending bytes: UInt64) throws(HeapError) -> RestrictedHeap {
    if let heap = filmHeap { return heap }
    guard let heap = try secureWorldReports(lending: bytes) else {
      throw HeapError(
        .unknownHeap, "this board has no memory for a film: neither a 'linaro,secure-heap' nor a TEE ('linaro,optee-tz') that could be lent some")
    }
    return heap
  }

  /// Which device it is, and how it reaches memory.
  func describe(_ number: MasterIndex) -> String {
    let reach = world.masters[Int(number.value)].addressing == .translated ? "behind an IOMMU" : "physical addresses"
    guard let device = numbers.firstIndex(where: { $0.contains(number) }) else { return "not in the tree; \(reach)" }
    return "\(board.masters[device].path), \(reach)"
  }
}
