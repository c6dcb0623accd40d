import Heaps
import Memory
import Primitives
import Testing

@Suite struct OrdinaryHeaps {
  @Test func systemMemoryIsScatteredInMixedOrdersAndZero() throws {
    let bench = try Workbench()
    let first = try bench.system.allocate(bytes: (1 << 20) + (64 << 10) + 4097)
    let memory = first.memory
    #expect(memory.ranges.map(\.length) == [1 << 20, 64 << 10, 4096, 4096] && !memory.isRestricted && memory.contiguous == nil)
    for range in memory.ranges { try bench.memory.writeRaw(Array(repeating: 0xA5, count: Int(range.length)), at: range.start) }
    first.close()
    let again = try bench.system.allocate(bytes: 2 << 20)
    let ranges = again.memory.ranges
    #expect(ranges.map(\.length) == [1 << 20, 1 << 20] && ranges.contains(memory.ranges[0]))
    #expect(try bench.dirty(ranges) == 0)
    #expect(code { _ = try bench.system.allocate(bytes: 0) } == .badRequest)
    let free = bench.system.freePages
    #expect(code { _ = try bench.system.allocate(bytes: 64 << 20) } == .exhausted && bench.system.freePages == free)
  }

  @Test func aRowIsOneRangeOrNothing() throws {
    let bench = try Workbench(), row = try bench.system.allocateRow(bytes: 5_000_000), memory = row.memory
    #expect(memory.ranges.count == 1 && memory.length == 5_001_216)
    #expect(try bench.dirty(memory.ranges) == 0)
    let free = bench.system.freePages
    #expect(code { _ = try bench.system.allocateRow(bytes: free << 12 + 1) } == .exhausted && bench.system.freePages == free)
    #expect(code { _ = try bench.system.allocateRow(bytes: 0) } == .badRequest)
    row.close()
    #expect(bench.system.freePages == 8192)
  }

  @Test func aCutUpHeapStillServesFromSmallPieces() throws {
    let bench = try Workbench()
    var holders: [Holder] = []
    while let buffer = try? bench.system.allocate(bytes: 4096) { holders.append(Holder(buffer)) }
    #expect(holders.count == 8192)
    for index in holders.indices where index % 2 == 0 { holders[index].drop() }
    let buffer = try bench.system.allocate(bytes: 1 << 20)
    let memory = buffer.memory
    #expect(memory.ranges.count == 256 && memory.length == 1 << 20)
  }

  /// The highest page that is free is lent, whoever went and came back meanwhile.
  @Test(arguments: 1...6 as ClosedRange<UInt64>) func theHighestFreePageIsLent(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let bench = try Workbench(), buffer = try bench.contiguous.allocate(bytes: 8 << 20), taken = try whole(buffer)
    var guests: [UInt64: MovablePage] = [:]
    let free = stride(from: Workbench.range(32, 16).start.rawValue, to: Workbench.range(32, 16).end.rawValue, by: 4096)
      .filter { !taken.contains(HostPhysicalAddress($0)) }.sorted(by: >)
    for _ in 0..<400 {
      if let one = guests.keys.sorted().randomElement(using: &random), Int.random(in: 0..<3, using: &random) == 0 {
        if let page = guests.removeValue(forKey: one) { bench.contiguous.giveBack(page) }
      } else {
        let page = try #require(try bench.contiguous.lendMovable())
        #expect(page.address.rawValue == free.first { guests[$0] == nil })
        guests[page.address.rawValue] = page
      }
      #expect(bench.contiguous.movablePages == guests.count)
    }
  }

  @Test func contiguousMemoryIsLentOutAndComesBackWithItsBytesMoved() throws {
    let bench = try Workbench()
    var guests: [MovablePage] = []
    while let page = try bench.contiguous.lendMovable() {
      let fill = UInt8(truncatingIfNeeded: guests.count &* 7 &+ 1)
      try bench.memory.writeRaw(Array(repeating: fill, count: 4096), at: page.address)
      guests.append(page)
    }
    #expect(guests.count == 4096 && bench.contiguous.movablePages == 4096)
    let buffer = try bench.contiguous.allocate(bytes: 8 << 20)
    let range = try whole(buffer)
    #expect(try bench.dirty([range]) == 0 && bench.contiguous.migrations == 2048)
    for (index, page) in guests.enumerated() {
      #expect(page.hasMoved == !Workbench.range(32, 16).contains(page.address) && !range.contains(page.address))
      let at = try #require(AddressRange(start: page.address, length: 4096))
      #expect(try bench.memory.readRaw(at).allSatisfy { $0 == UInt8(truncatingIfNeeded: index &* 7 &+ 1) })
    }
    for page in guests { bench.contiguous.giveBack(page) }
    #expect(bench.contiguous.movablePages == 0 && bench.system.liveBuffers == 0)
  }

  @Test func aPinnedPageStaysAndTheBufferGoesElsewhere() throws {
    let bench = try Workbench()
    var guests: [MovablePage] = []
    while let page = try bench.contiguous.lendMovable() { guests.append(page) }
    let pinned = try #require(guests.last), place = pinned.address
    pinned.isPinned = true
    let buffer = try bench.contiguous.allocate(bytes: 1 << 20)
    let range = try whole(buffer)
    #expect(pinned.address == place && !range.contains(place))
    for page in guests { page.isPinned = true }
    #expect(code { _ = try bench.contiguous.allocate(bytes: 1 << 20) } == .pinned)
    #expect(bench.contiguous.freePages == 4096 - 256)
  }

  @Test func theLastHandleFrees() throws {
    let bench = try Workbench()
    let one = try bench.contiguous.allocate(bytes: 4096)
    let other = one.reference()
    one.close()
    #expect(bench.contiguous.freePages == 4095)
    other.close()
    #expect(bench.contiguous.freePages == 4096)
  }

  @Test func decryptedMemoryIsEverybodysAndGoesBackPrivate() throws {
    let bench = try Workbench()
    let encryption = MemoryEncryption(memory: bench.memory, policy: .sevSNP), id = KeyID(rawValue: 3)
    #expect(code { _ = try SharedHeap(PrivateKey(encryption, id), source: bench.system) } == .badRequest)
    try encryption.setKey(id, bytes: (0..<16).map { UInt8($0) })
    let key = PrivateKey(encryption, id)
    let guest = try SystemHeap(bench.memory, over: Workbench.range(0, 16), privateTo: key)
    let shared = try SharedHeap(key, source: guest)
    let secret = try guest.allocate(bytes: 4096)
    let (text, at) = (Array("what the guest keeps".utf8), secret.memory.ranges[0].start)
    _ = try encryption.write(text, at: at, as: id)
    #expect(try bench.memory.readRaw(AddressRange(start: at, length: 20)!) != text)
    let buffer = try shared.allocate(bytes: 10_000)
    let memory = buffer.memory, place = memory.ranges[0].start
    #expect(memory.protection == .decrypted && memory.length == 12_288)
    #expect(try bench.dirty(memory.ranges) == 0)
    _ = try encryption.write(text, at: place, as: .shared)
    #expect(try bench.memory.readRaw(AddressRange(start: place, length: 20)!) == text)
    buffer.close()
    #expect(try bench.dirty([AddressRange(start: place, length: 4096)!]) > 4000, "ciphertext of zeros")
    let again = try guest.allocate(bytes: 4096)
    let there = again.memory.ranges[0].start
    #expect(there == place)
    #expect(try encryption.read(at: place, count: 4096, as: id).bytes.allSatisfy { $0 == 0 })
  }
}

/// A handle in an array.
final class Holder {
  private var buffer: HeapBuffer?
  init(_ buffer: consuming HeapBuffer) { self.buffer = consume buffer }
  func drop() { buffer = nil }
}
