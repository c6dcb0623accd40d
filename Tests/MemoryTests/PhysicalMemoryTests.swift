import Memory
import Primitives
import Testing

@Suite struct PhysicalMemoryTests {
  @Test func gigabytesCostNothingUntilTouched() throws {
    let memory = try someMemory(512 << 30)
    #expect(memory.residentBytes == 0)
    try memory.writeRaw([1], at: HPA(300 << 30))
    #expect(try memory.readRaw(range(300 << 30, 2)) == [1, 0])
    #expect(memory.residentBytes > 0)
    #expect(memory.residentBytes <= largeBytes)
    try memory.zeroRaw(range(300 << 30, largeBytes))
    #expect(memory.residentBytes == 0)
    #expect(try memory.readRaw(range(300 << 30, 1)) == [0])
  }

  /// Zeros are not written where nobody wrote anything else, and are wherever somebody did.
  @Test(arguments: [4096, 128 << 10, 1 << 20] as [UInt64]) func zeroesWhatWasTouched(_ length: UInt64) throws {
    let memory = try someMemory(4 << 20)
    if length >= 128 << 10 {
      try memory.zeroRaw(range(0, length))
      try memory.zeroRaw(range((4 << 20) - length, length))
      #expect(memory.residentBytes == 0)
    }
    for place in [0, length / 2, length - 1] as [UInt64] {
      try memory.writeRaw([1], at: HPA(length + place))
      // Neighbours stay.
      try memory.writeRaw([2, 2], at: HPA(length - 2))
      try memory.writeRaw([3], at: HPA(2 * length))
      try memory.zeroRaw(range(length, length))
      #expect(try memory.readRaw(range(length, length)).allSatisfy { $0 == 0 })
      #expect(try memory.readRaw(range(length - 2, 2)) == [2, 2] && memory.readRaw(range(2 * length, 1)) == [3])
    }
  }

  @Test func whatIsNotRAMIsRefused() throws {
    let low = try #require(PhysicalMemory.Bank(start: HPA(0), length: 0x10000))
    let next = try #require(PhysicalMemory.Bank(start: HPA(0x10000), length: 0x10000))
    let high = try #require(PhysicalMemory.Bank(start: HPA(4 << 30), length: 0x10000))
    let memory = try PhysicalMemory(banks: [high, next, low])
    #expect(memory.banks == [low, next, high])
    // Banks that touch are one run; a hole is not crossed.
    try memory.writeRaw(bytes(5, 32), at: HPA(0x10000 - 16))
    #expect(try memory.readRaw(range(0x10000 - 16, 32)) == bytes(5, 32))
    let edges: [(UInt64, UInt64)] = [
      (0x20000, 1), (0x1FFFF, 2), (0xFFFF_FFFF, 2), (0x1_0000_FFFF, 2), (0xFFFF_FFFF_FFFF_FFF0, 4),
    ]
    for (start, length) in edges {
      #expect(refusal { () throws(MemoryError) in _ = try memory.writeRaw(bytes(1, Int(length)), at: HPA(start)) } == .notMemory)
      #expect(!memory.contains(try range(start, length)))
    }
    #expect(refusal { () throws(MemoryError) in try memory.writeRaw([1, 2, 3, 4], at: HPA(.max - 1)) } == .notMemory)
    #expect(try memory.withBytes(of: range(0x10000 - 16, 4)) { $0.count } == 4)
  }

  @Test func impossibleBanksAreRefused() throws {
    func code(_ banks: [(UInt64, UInt64)]) throws -> MemoryError.Code? {
      let banks = try banks.map { try #require(PhysicalMemory.Bank(start: HPA($0.0), length: $0.1)) }
      return refusal { () throws(MemoryError) in _ = try PhysicalMemory(banks: banks) }
    }
    #expect(try code([]) == .impossibleRange)
    #expect(try code([(0, 0)]) == .impossibleRange)
    #expect(try code([(0x100, 0x1000)]) == .impossibleRange)
    #expect(try code([(0, 0x1001)]) == .impossibleRange)
    #expect(try code([(0, 0x2000), (0x1000, 0x2000)]) == .impossibleRange)
    #expect(try code([(PhysicalMemory.addressLimit, 0x1000)]) == .impossibleRange)
    #expect(try code([(0, PhysicalMemory.capacityLimit + 0x1000)]) == .impossibleRange)
    #expect(try code([(0, 0x1000)]) == nil)
  }

  @Test func digestAndSearchSeeBytesAndNothingElse() throws {
    let (one, other) = (try someMemory(), try someMemory())
    #expect(try one.touchedRanges.isEmpty && one.digest() == other.digest())
    try one.writeRaw(plaintext(50), at: HPA(0x7FF0))
    #expect(try one.digest() != other.digest())
    // Another order, and a page that was touched and is zero again.
    try other.writeRaw([1], at: HPA(1 << 30))
    try other.writeRaw(plaintext(50).suffix(49), at: HPA(0x7FF1))
    try other.writeRaw(plaintext(1), at: HPA(0x7FF0))
    try other.writeRaw([0], at: HPA(1 << 30))
    #expect(try one.digest() == other.digest())
    #expect(try one.firstOccurrence(of: Array("secret".utf8)) == HPA(0x7FF4))
    #expect(try one.firstOccurrence(of: Array("secrets".utf8)) == nil)
    #expect(try one.firstOccurrence(of: []) == nil)
    // The same page elsewhere is other memory.
    try other.zeroRaw(range(0x7000, 0x2000))
    try other.writeRaw(plaintext(50), at: HPA(0x8FF0))
    #expect(try one.digest() != other.digest())
  }

  @Test func overlappingCopiesKeepTheBytes() throws {
    let memory = try someMemory()
    let text = plaintext(300)
    try memory.writeRaw(text, at: HPA(0x1000))
    try memory.copyRaw(from: range(0x1000, 300), to: HPA(0x1064))
    #expect(try memory.readRaw(range(0x1064, 300)) == text)
  }
}

@Suite struct FrameAllocatorTests {
  @Test func theLowestFrameComesFirst() throws {
    let frames = FrameAllocator(over: try someMemory())
    #expect(try frames.allocate() == HPA(0x1000))
    #expect(try frames.allocate(.large) == HPA(largeBytes))
    #expect(try frames.allocate() == HPA(0x2000))
    try frames.free(HPA(0x1000))
    #expect(try frames.allocate() == HPA(0x1000))
    #expect(frames.allocatedBytes == 2 * pageBytes + largeBytes)
  }

  @Test func freedFramesAreZeroAndJoinAgain() throws {
    let memory = try someMemory()
    let frames = FrameAllocator(over: memory)
    let before = frames.freeBytes
    let taken = try (0..<5).map { _ in try frames.allocate() }
    try memory.writeRaw(bytes(0xAA, 4096), at: taken[2])
    for index in [1, 3, 2, 0, 4] { try frames.free(taken[index]) }
    #expect(try memory.readRaw(range(taken[2].rawValue, 4096)) == bytes(0, 4096))
    #expect(frames.freeBytes == before)
    // All in one piece again: nothing but a whole range can satisfy this.
    #expect(try frames.allocate(bytes: before, alignedTo: .small).start == HPA(0x1000))
    #expect(refusal { () throws(MemoryError) in _ = try frames.allocate() } == .outOfFrames)
  }

  @Test func framesAreGivenBackOnce() throws {
    let frames = FrameAllocator(over: try someMemory())
    let frame = try frames.allocate()
    try frames.free(frame)
    #expect(refusal { () throws(MemoryError) in try frames.free(frame) } == .notAllocated)
    #expect(refusal { () throws(MemoryError) in try frames.free(HPA(8 << 30)) } == .notAllocated)
    #expect(refusal { () throws(MemoryError) in try frames.free(HPA(0x1001)) } == .misaligned)
    let taken = try range(0x5000, 0x1000, in: HPA.self)
    try frames.reserve(taken)
    #expect(refusal { () throws(MemoryError) in try frames.reserve(taken) } == .overlap)
  }
}
