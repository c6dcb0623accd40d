import Buffers
import Clock
import Foundation
import Memory
import Primitives
import RadixTable
import Synchronization

/// Measures what `Buffers` promises, each beside the same work in C in the same run: CPU time, the median of several rounds. Status 1 if a
/// figure is above its bound.
///
///     BufferFigures
@main
enum BufferFigures {
  static func main() throws {
    if CommandLine.arguments.dropFirst() == ["second-process"] { exit(TwoProcesses.serve()) }
    var isGood = true
    func say(_ name: String, _ nanoseconds: Double, atMost bound: Double, c: Double?) {
      let text = c.map { String(format: "%9.1f", $0) } ?? "        -"
      print(
        name.padding(toLength: 44, withPad: " ", startingAt: 0)
          + String(format: "%9.1f ns  C %@ ns  bound %7.1f  %@", nanoseconds, text, bound, nanoseconds <= bound ? "good" : "NOT GOOD"))
      isGood = isGood && nanoseconds <= bound
    }
    let rounds = 100_000
    say("attach, map, unmap, detach", try attachCycle(rounds), atMost: 1000, c: median(rounds) { c_attach_cycle(UInt64(rounds)) })
    for count in [1_000, 10_000, 100_000] {
      say("revoke, each of \(count) attachments", try revoke(count), atMost: 250, c: nil)
    }
    let many = 1_000_000
    let reservation = Reservation()
    say(
      "reservation lock and unlock", median(many) { for _ in 0..<many { reservation.lock().unlock() } }, atMost: 60,
      c: median(many) { c_lock_unlock(UInt64(many)) })
    say("signal with one callback", signal(rounds), atMost: 150, c: median(rounds) { c_signal(UInt64(rounds)) })
    let tables = try pageTables()
    say("page table, an entry of a range", tables.range, atMost: 5, c: tables.cRange)
    say("page table, one page mapped and unmapped", tables.single, atMost: 60, c: tables.cSingle)
    let trip = try TwoProcesses.measure()
    say("fence signal to a second process and back", trip.ours, atMost: 1.5 * trip.bare, c: trip.bare)
    print(String(format: "  on the clock %.1f ns, two bare eventfds %.1f ns", trip.oursOnClock, trip.bareOnClock))
    if !trip.isOnOneProcessor { print("  NOT ON ONE PROCESSOR: the kernel does not let us choose") }
    let giga = try RangeList((0..<262_144 as Range<UInt64>).lazy.map { PhysicalRange(HostPhysicalAddress(0x4000_0000 + $0 * 4096), 4096) })
    print("1 GiB of contiguous memory: \(giga.count) range")
    exit(isGood && trip.isOnOneProcessor && giga.count == 1 ? 0 : 1)
  }

  /// Nanoseconds for one of `count`, the median of nine rounds.
  static func median(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
    var times: [Double] = []
    for _ in 0..<9 {
      let start = processorTime()
      try body()
      times.append(Double(processorTime() - start) / Double(count))
    }
    return times.sorted()[4]
  }

  private static func attachCycle(_ rounds: Int) throws -> Double {
    let handle = try HostMemory(on: Bus()).makeBuffer(named: "one", bytes: 4096), buffer = handle.buffer
    let device = CPU("device")
    return try median(rounds) {
      for _ in 0..<rounds {
        let attachment = try buffer.attach(device, as: Pinned.self)
        let mapping = try attachment.map()
        mapping.unmap()
        attachment.detach()
      }
    }
  }

  private static func revoke(_ count: Int) throws -> Double {
    var times: [Double] = []
    for _ in 0..<5 {
      let memory = HostMemory(on: Bus(), offers: .revocable)
      let handle = try memory.makeBuffer(named: "many", bytes: 4096), buffer = handle.buffer
      let device = CPU("device")
      var kept: [Kept] = []
      for _ in 0..<count {
        let attachment = try buffer.attach(device, as: Revocable.self)
        _ = try buffer.reservation.withLock { held in try attachment.record.map(held) }
        kept.append(Kept(attachment))
      }
      let start = processorTime()
      try buffer.revoke()
      times.append(Double(processorTime() - start) / Double(count))
      kept.removeAll()
    }
    return times.sorted()[2]
  }

  private final class Kept {
    let attachment: Attachment<CPU, Revocable>
    init(_ attachment: consuming Attachment<CPU, Revocable>) { self.attachment = attachment }
  }

  private static func signal(_ count: Int) -> Double {
    let called = Atomic(0)
    var times: [Double] = []
    for _ in 0..<9 {
      let producer = FenceProducer(driver: "benchmark", timeline: "ring0")
      let fences = (0..<count).map { _ in producer.emit() }
      for fence in fences { _ = fence.addCallback { _ in called.add(1, ordering: .relaxed) } }
      let start = processorTime()
      for fence in fences { fence.signal() }
      times.append(Double(processorTime() - start) / Double(count))
    }
    precondition(called.load(ordering: .relaxed) == 9 * count)
    return times.sorted()[4]
  }

  private static func pageTables() throws -> (range: Double, cRange: Double, single: Double, cSingle: Double) {
    guard let bank = PhysicalMemory.Bank(start: HostPhysicalAddress(0), length: 1 << 30) else { return (0, 0, 0, 0) }
    let pages = 262_144
    let table = try PageTable<IOVirtualAddress>(frames: FrameAllocator(over: PhysicalMemory(banks: [bank])))
    // Large pages would make it 512 entries: addresses that differ by a page leave only small ones.
    let list = try RangeList(PhysicalRange(HostPhysicalAddress(0x4000_1000), UInt64(pages) * 4096))
    guard let whole = AddressRange(start: IOVirtualAddress(0), length: list.length) else { return (0, 0, 0, 0) }
    let range = try fill(pages) {
      try table.fill(at: IOVirtualAddress(0), list.cursor(from: 0, length: .max))
    } after: {
      _ = try table.unmap(whole)
    }
    guard let radix = radix_new() else { return (0, 0, 0, 0) }
    defer { radix_free(radix) }
    let cRange = fill(pages) {
      _ = radix_map(radix, 0, 0x4000_1000, UInt64(pages))
    } after: {
      radix_unmap(radix, 0, UInt64(pages))
    }
    // A neighbour keeps the tables, as in a table that is in use.
    try table.map(IOVirtualAddress(0x1F_F000), to: HostPhysicalAddress(0x1000), size: .small, LeafAttributes())
    guard let page = AddressRange(start: IOVirtualAddress(0x1000), length: 4096) else { return (0, 0, 0, 0) }
    let rounds = 500_000
    let single = try median(rounds) {
      for _ in 0..<rounds {
        try table.map(page, to: HostPhysicalAddress(0x9000), LeafAttributes())
        _ = try table.unmap(page)
      }
    }
    let cSingle = median(rounds) {
      for _ in 0..<rounds {
        _ = radix_map(radix, 0x1000, 0x9000, 1)
        radix_unmap(radix, 0x1000, 1)
      }
    }
    return (range, cRange, single, cSingle)
  }

  /// As `median`, of what is done before it is taken back.
  private static func fill(_ count: Int, _ body: () throws -> Void, after: () throws -> Void) rethrows -> Double {
    var times: [Double] = []
    for _ in 0..<9 {
      let start = processorTime()
      try body()
      times.append(Double(processorTime() - start) / Double(count))
      try after()
    }
    return times.sorted()[4]
  }
}
