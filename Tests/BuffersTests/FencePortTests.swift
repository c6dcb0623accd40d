import Buffers
import Glibc
import Synchronization
import Testing

/// Fences that another process signals; its ends are in this one here. `BufferStress` has a second process.
@Suite struct FencePortTests {
  private let ends: Ends, port: FencePort
  private let ring = Ring("client")

  init() throws {
    ends = try Ends()
    port = ends.port
  }

  /// A port, and what the other process has of it.
  private final class Ends: Sendable {
    let port: FencePort
    private let theirs: Mutex<ReceivedPort?>
    init() throws {
      let (owner, other) = try Channel.pair()
      port = try FencePort(sending: [1], over: owner)
      theirs = .init(ReceivedPort(try #require(try other.receive(descriptors: 1)?.descriptors.first)))
    }
    /// The file as the other process has it, while it lives.
    var file: Int32 { theirs.withLock { $0?.file ?? -1 } }
    @discardableResult func say(_ count: UInt8 = 1) -> Bool { theirs.withLock { $0?.signal(count) ?? false } }
    func die() { theirs.withLock { $0 = nil } }
  }

  private func open(_ count: Int) throws -> [Fence] {
    let fences = (0..<count).map { _ in ring.emit() }
    for fence in fences { try port.open(fence) }
    return fences
  }

  @Test func aWordIsForTheOldest() throws {
    let fences = try open(4)
    #expect(port.waitingCount == 4 && port.serve(milliseconds: 0) == 0)
    #expect(ends.say())
    #expect(port.serve(milliseconds: 1000) == 1)
    #expect(fences.map(\.isSignalled) == [true, false, false, false] && port.waitingCount == 3)
    // Who is signalled by others is waited for no longer, and the other side's word for it is for no other.
    fences[1].fail(with: .cancelled)
    let fifth = try open(1)[0]
    #expect(port.waitingCount == 3)
    ends.say()
    #expect(port.serve(milliseconds: -1) == 0 && !fences[2].isSignalled)
    ends.say(2)
    #expect(port.serve(milliseconds: 0) == 2)
    #expect(fences[1].error == .cancelled && fences[3].isSignalled && !fifth.isSignalled)
    #expect(throws: FenceMisuse.alreadySignalled) { try port.open(fences[0]) }
  }

  /// What is open when it is served counts, and not what was when it was said.
  @Test func whatIsSaidTooOftenIsForNothing() throws {
    let first = try open(1)[0]
    ends.say(200)
    #expect(port.serve(milliseconds: 0) == 1 && first.isSignalled)
    let second = try open(1)[0]
    #expect(port.serve(milliseconds: 0) == 0 && !second.isSignalled && port.waitingCount == 1)
    ends.say(3)
    let third = try open(1)[0]
    #expect(port.serve(milliseconds: 0) == 2 && third.isSignalled)
    let fourth = try open(1)[0]
    #expect(port.serve(milliseconds: 0) == 0 && !fourth.isSignalled)
  }

  /// Many, of which some end without the other side, before it speaks or after: what it says is for those that it means.
  @Test func aPortKeepsItsPlaces() throws {
    var fences: [Fence] = []
    for round in 0..<300 {
      fences += try open(1)
      if round % 3 == 0 { fences[round].fail(with: .cancelled) }
      if round % 7 == 6 {
        ends.say(6)
        port.serve(milliseconds: -1)
        #expect(fences[..<round].allSatisfy(\.isSignalled) && fences[round].isSignalled == (round % 3 == 0))
        ends.say()
        port.serve(milliseconds: -1)
        #expect(fences[round].isSignalled && port.waitingCount == 0)
      }
    }
    #expect(fences[..<294].enumerated().allSatisfy { $0.element.error == ($0.offset % 3 == 0 ? .cancelled : nil) })
  }

  private struct Weak { weak var fence: Fence? }

  /// Neither for its word, which may never come, nor when that came.
  @Test func nobodyKeepsWhatIsOver() throws {
    var kept: [Weak] = []
    do {
      let producer = FenceProducer(driver: "test", timeline: "t")
      for index in 0..<10 {
        let fence = producer.emit()
        kept.append(Weak(fence: fence))
        try port.open(fence)
        if index == 4 {
          ends.say(3)
          #expect(port.serve(milliseconds: 0) == 3)
        }
      }
      producer.abandon(.cancelled)
    }
    port.serve(milliseconds: 0)
    // Whoever looks after deadlines may have them in hand at this moment.
    for _ in 0..<1000 where kept.contains(where: { $0.fence != nil }) { usleep(5000) }
    #expect(kept.allSatisfy { $0.fence == nil })
  }

  /// An earlier fence that is signalled after a later one would have stood for it.
  @Test func aTimelineIsOpenedInItsOrder() throws {
    let first = ring.emit(), second = ring.emit(), others = Ring("other"), other = others.emit()
    try port.open(second)
    for fence in [first, second, other] { #expect(throws: FenceMisuse.outOfOrder) { try port.open(fence) } }
    ends.say(2)
    #expect(port.serve(milliseconds: 0) == 1 && second.isSignalled && !first.isSignalled)
    #expect(throws: FenceMisuse.outOfOrder) { try port.open(first) }
    try port.open(ring.emit())
    withExtendedLifetime(others) {}
  }

  // MARK: Threads

  @Test func oneServesAtATime() throws {
    let fences = try open(2), served = Atomic(-1), again = Atomic(-1), wasOver = Atomic(true)
    _ = fences[0].addCallback { [ends] _ in
      // The other's word comes while the first fence is being signalled, and is taken by another thread.
      onThreads(1) { _ in
        ends.say()
        served.store(ends.port.serve(milliseconds: 0) ?? -1, ordering: .relaxed)
      }
      again.store(ends.port.serve(milliseconds: 0) ?? -1, ordering: .relaxed)
      wasOver.store(fences[1].isSignalled, ordering: .relaxed)
    }
    ends.say()
    #expect(port.serve(milliseconds: 0) == 2 && fences[1].isSignalled)
    let others = (served.load(ordering: .relaxed), again.load(ordering: .relaxed), wasOver.load(ordering: .relaxed))
    #expect(others == (0, 0, false))
  }

  /// Several serve while fences are opened and spoken for.
  @Test func fencesAreSignalledInOrderWhoeverServes() throws {
    let count = 2000, order = Mutex<[UInt64]>([]), isOver = Atomic(false), ring = ring, ends = ends
    onThreads(4) { index in
      guard index == 0 else {
        while !isOver.load(ordering: .relaxed) { ends.port.serve(milliseconds: 1) }
        return
      }
      var last: Fence?
      for _ in 0..<count {
        let fence = ring.emit()
        _ = fence.addCallback { fence in order.withLock { $0.append(fence.sequence) } }
        try? ends.port.open(fence)
        ends.say()
        last = fence
      }
      last?.wait()
      isOver.store(true, ordering: .relaxed)
    }
    #expect(order.withLock { $0 } == (1...UInt64(count)).map { $0 })
    #expect(port.waitingCount == 0)
  }

  // MARK: The other side

  /// What it said before is served first.
  @Test func whoServesDoesNotWaitForTheDead() throws {
    let fences = try open(2)
    ends.say()
    ends.die()
    #expect(port.serve(milliseconds: -1) == 1 && fences[0].isSignalled)
    for time: Int32 in [-1, 0, 1] { #expect(port.serve(milliseconds: time) == nil) }
    #expect(!fences[1].isSignalled)
  }

  @Test func whoSleepsIsWokenByTheEnd() throws {
    _ = try open(1)
    let ends = ends, hasEnded = Atomic(false)
    onThreads(2) { index in
      if index == 0 {
        let signalled = ends.port.serve(milliseconds: -1)
        hasEnded.store(signalled == nil, ordering: .relaxed)
      } else {
        usleep(20_000)
        ends.die()
      }
    }
    let isSeen = hasEnded.load(ordering: .relaxed)
    #expect(isSeen)
  }

  /// It can read as well, so that it lives when the owner does not, and has flags; neither is the owner's.
  @Test func itKeepsNobodyByThePortsFlags() throws {
    let fence = try open(1)[0]
    for flags in [0, O_NONBLOCK] {
      #expect(fcntl(ends.file, F_SETFL, flags) == 0)
      #expect(port.serve(milliseconds: 0) == 0 && port.serve(milliseconds: 1) == 0)
    }
    #expect(fcntl(port.file, F_GETFL) & (O_NONBLOCK | O_ACCMODE) == O_NONBLOCK | O_RDONLY)
    // It takes its own word back.
    ends.say()
    var word: UInt8 = 1
    #expect(read(ends.file, &word, 1) == 1 && port.serve(milliseconds: 0) == 0 && !fence.isSignalled)
    // Not to sleep is its wish, and not the owner's.
    let served = Atomic(0), ends = ends
    onThreads(2) { index in
      if index == 0 {
        served.store(ends.port.serve(milliseconds: -1) ?? 0, ordering: .relaxed)
      } else {
        usleep(20_000)
        ends.say()
      }
    }
    let signalled = served.load(ordering: .relaxed)
    #expect(signalled == 1 && fence.isSignalled)
  }

  /// It is told so, and does not sleep until the owner serves.
  @Test func aWordForWhichThereIsNoRoomIsNotSaid() throws {
    let fence = try open(1)[0]
    var said = 0
    for count: UInt8 in [255, 1] { while said < 1 << 20, ends.say(count) { said += Int(count) } }
    #expect((4096...65_536).contains(said) && ends.say(0))
    #expect(port.serve(milliseconds: 0) == 1 && fence.isSignalled && ends.say())
    let none = ReceivedPort(-1), isSaid = none.signal()
    #expect(!isSaid)
  }

  /// By the name of its end in /proc a process with another user makes itself no end of its own.
  @Test func nobodyOpensAnEndAnew() throws {
    for file in [port.file, ends.file] {
      var status = stat()
      #expect(fstat(file, &status) == 0 && status.st_mode & 0o777 == 0)
    }
  }

  /// There is no SIGPIPE, which would end this process.
  @Test func whoSpeaksToNobodyLives() throws {
    let (owner, other) = try Channel.pair()
    var port: FencePort? = try FencePort(sending: [1], over: owner)
    let theirs = ReceivedPort(try #require(try other.receive(descriptors: 1)?.descriptors.first))
    weak let gone = port
    port = nil
    let isSaid = theirs.signal()
    #expect(gone == nil && isSaid)
  }
}
