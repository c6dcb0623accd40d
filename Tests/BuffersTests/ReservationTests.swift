import Buffers
import Glibc
import Primitives
import Sharing
import Synchronization
import Testing

/// The kernel's list for reservations (linux.md section 6, `st-dma-resv`), under the same names, for every usage.
@Suite struct ReservationTests {
  private let producer = Ring("resv")
  private let other = Ring("other")

  @Test func sanitycheck() {
    let reservation = Reservation()
    reservation.lock().unlock()
    #expect(!reservation.isLocked)
    let held = reservation.lock()
    #expect(reservation.isLocked)
    if reservation.tryLock() != nil { Issue.record("taken twice") }
    held.unlock()
    #expect(!reservation.isLocked)
  }

  @Test(arguments: Usage.allCases) func signaling(_ usage: Usage) throws {
    let reservation = Reservation(), fence = producer.emit()
    try reservation.withLock { held in
      held.reserve()
      try held.add(fence, usage)
    }
    // A question covers its own usage and those before it.
    for asked in Usage.allCases { #expect(reservation.isSignalled(asked) == (asked < usage)) }
    fence.signal()
    for asked in Usage.allCases { #expect(reservation.isSignalled(asked)) }
  }

  @Test(arguments: Usage.allCases) func for_each(_ usage: Usage) throws {
    let reservation = Reservation(), fence = producer.emit()
    try reservation.withLock { held in
      held.reserve()
      try held.add(fence, usage)
      var cursor = reservation.cursor(usage), seen = 0
      while let found = cursor.next() {
        #expect(found === fence)
        #expect(cursor.currentUsage == usage)
        seen += 1
      }
      #expect(seen == 1)
    }
  }

  /// The list is replaced in the middle: the reader begins again, and says so.
  @Test(arguments: Usage.allCases) func for_each_unlocked(_ usage: Usage) throws {
    let reservation = Reservation(), fences = [producer.emit(), other.emit()]
    try reservation.withLock { held in
      held.reserve(2)
      for fence in fences { try held.add(fence, usage) }
    }
    var cursor = reservation.cursor(usage)
    #expect(cursor.next() === fences[0])
    #expect(cursor.isRestarted)
    // More places than the list has: a new list.
    reservation.withLock { $0.reserve(64) }
    #expect(cursor.next() === fences[0])
    #expect(cursor.isRestarted)
    #expect(cursor.next() === fences[1])
    #expect(!cursor.isRestarted)
    #expect(cursor.next() == nil)
  }

  @Test(arguments: Usage.allCases) func get_fences(_ usage: Usage) throws {
    let reservation = Reservation(), fence = producer.emit()
    try reservation.withLock { held in
      held.reserve()
      try held.add(fence, usage)
    }
    let found = reservation.unsignalled(usage)
    #expect(found.count == 1 && found[0] === fence)
    #expect(reservation.snapshot(usage) === fence)
  }

  // MARK: Adding

  @Test func whatWasNotReservedIsRefused() throws {
    let reservation = Reservation(), fences = (0..<2).map { _ in producer.emit() }
    try reservation.withLock { held in
      #expect(throws: ReservationError.notReserved) { try held.add(fences[0], .write) }
      held.reserve(1)
      try held.add(fences[0], .write)
      #expect(throws: ReservationError.notReserved) { try held.add(fences[1], .write) }
    }
  }

  @Test func aLaterFenceReplacesAnEarlierOne() throws {
    let reservation = Reservation(), fences = (0..<3).map { _ in producer.emit() }
    try reservation.withLock { held in
      held.reserve(3)
      try held.add(fences[0], .read)
      // A stronger claim than before: it may stand for the weaker one.
      try held.add(fences[1], .write)
      #expect(reservation.unsignalled(.bookkeep).count == 1)
      // A weaker one may not: whoever asks for writers would miss the write.
      try held.add(fences[2], .read)
    }
    #expect(reservation.unsignalled(.write).map(\.sequence) == [2])
    #expect(reservation.unsignalled(.read).map(\.sequence) == [2, 3])
  }

  @Test func aReplacementStandsForItsTimeline() throws {
    let reservation = Reservation(), old = producer.emit(), new = other.emit()
    try reservation.withLock { held in
      held.reserve()
      try held.add(old, .bookkeep)
      held.replace(old.context, with: new, .bookkeep)
    }
    #expect(reservation.unsignalled(.bookkeep).map(\.context) == [new.context])
  }

  // MARK: Waiting, to the letter

  @Test func waits() throws {
    let reservation = Reservation()
    #expect(try reservation.wait(.bookkeep, nanoseconds: 0) == 1)
    #expect(try reservation.wait(.bookkeep, nanoseconds: 50) == 50)
    #expect(throws: FenceMisuse.negativeTimeout) { try reservation.wait(.read, nanoseconds: -1) }
    let fence = producer.emit()
    try reservation.withLock { held in
      held.reserve()
      try held.add(fence, .read)
    }
    #expect(try reservation.wait(.write, nanoseconds: 0) == 1)
    #expect(try reservation.wait(.read, nanoseconds: 0) == 0)
    #expect(try reservation.wait(.read, nanoseconds: milliseconds(2)) == 0)
    fence.signal()
    #expect(try reservation.wait(.read, nanoseconds: 0) == 1)
  }

  /// What is left of the time goes from fence to fence: two waits of nearly all of it, one after the other, take 100 ms. A loaded machine may
  /// take as long for other reasons, but not each time.
  @Test func theRemainderIsCarriedOn() throws {
    let isCarriedOn = try (0..<50).contains { _ in
      let reservation = Reservation()
      let first = Ring("first", timeout: 40_000_000)
      try reservation.withLock { held in
        held.reserve(2)
        try held.add(first.emit(), .read)
        try held.add(producer.emit(), .read)
      }
      let start = MonotonicTime.now
      #expect(try reservation.wait(.read, nanoseconds: milliseconds(60)) == 0)
      return MonotonicTime.now.since(start) < 95_000_000
    }
    #expect(isCarriedOn)
  }

  // MARK: Tickets

  @Test func theSameTicketIsToldSo() throws {
    let reservation = Reservation(), ticket = Ticket()
    let held = try reservation.lock(ticket)
    do {
      _ = try reservation.lock(ticket)
      Issue.record("taken twice")
    } catch { #expect(error == .already) }
    #expect(ticket.held == 1)
    held.unlock()
    #expect(ticket.held == 0)
  }

  @Test func theYoungerGivesWay() {
    let contended = Reservation(), mine = Reservation()
    let stage = Atomic(0)
    @Sendable func wait(for wanted: Int) { while stage.load(ordering: .acquiring) < wanted { sched_yield() } }
    onThreads(2) { index in
      guard index == 1 else {
        let older = Ticket(), held = try? contended.lock(older)
        stage.store(1, ordering: .releasing)
        wait(for: 2)
        held?.unlock()
        return
      }
      wait(for: 1)
      let younger = Ticket(), first = try? mine.lock(younger)
      do throws(ReservationError) {
        _ = try contended.lock(younger)
        Issue.record("waited for an older ticket with a lock in hand")
      } catch { #expect(error == .deadlock) }
      do throws(ReservationError) {
        _ = try contended.lockSlowly(younger)
        Issue.record("the slow path with a lock in hand")
      } catch { #expect(error == .holdsOthers) }
      first?.unlock()
      stage.store(2, ordering: .releasing)
      do { try contended.lockSlowly(younger).unlock() } catch { Issue.record("\(error)") }
    }
  }

  /// Threads that want overlapping sets in any order all get them, and nobody is in where another is.
  @Test func overlappingSetsAreTakenWithoutDeadlock() {
    let reservations = (0..<5).map { _ in Reservation() }
    let inside = Counters(5)
    onThreads(4) { index in
      var random = SeededRandom(seed: UInt64(index) + 41)
      for _ in 0..<400 {
        let wanted = (0..<3).map { _ in Int.random(in: 0..<5, using: &random) }
        Reservation.withLocks(on: wanted.map { reservations[$0] }) { _ in
          for i in Set(wanted) { inside.enter(i) }
          for i in Set(wanted) { inside.leave(i) }
        }
      }
    }
    #expect(inside.collisions == 0)
    #expect(reservations.allSatisfy { !$0.isLocked })
  }

  /// Readers go on while fences are added, replaced and signalled; what they see was there.
  @Test func readersNeedNoLock() {
    let reservation = Reservation(), seed: UInt64 = 11
    let isOver = Atomic(false)
    onThreads(3) { index in
      guard index == 0 else {
        while !isOver.load(ordering: .relaxed) {
          for fence in reservation.unsignalled(.bookkeep) { #expect(fence.sequence > 0) }
        }
        return
      }
      var random = SeededRandom(seed: seed)
      let rings = [Ring("r0"), Ring("r1")]
      for _ in 0..<3000 {
        let fence = rings[Int.random(in: 0..<2, using: &random)].emit()
        reservation.withLock { held in
          held.reserve(Int.random(in: 1...6, using: &random))
          try? held.add(fence, Usage.allCases[Int.random(in: 0..<4, using: &random)])
        }
        if Bool.random(using: &random) { fence.signal() }
      }
      isOver.store(true, ordering: .relaxed)
    }
    #expect(reservation.isSignalled(.bookkeep))
  }

  // MARK: The lock order, in debug builds

  #if DEBUG
    @Test func aSecondLockNeedsATicket() async {
      await #expect(processExitsWith: .failure) {
        let (one, two) = (Reservation(), Reservation())
        let held = one.lock()
        two.lock().unlock()
        held.unlock()
      }
    }

    @Test func aCallbackTakesNoReservation() async {
      await #expect(processExitsWith: .failure) {
        let reservation = Reservation()
        let fence = Ring("callback")
        let promise = fence.emit()
        _ = promise.addCallback { _ in reservation.lock().unlock() }
        promise.signal()
      }
    }
  #endif
}

/// How many threads are inside of each of several places.
private final class Counters: Sendable {
  private let state: Mutex<(inside: [Int], collisions: Int)>
  init(_ count: Int) { state = Mutex((Array(repeating: 0, count: count), 0)) }
  func enter(_ i: Int) {
    state.withLock {
      if $0.inside[i] != 0 { $0.collisions += 1 }
      $0.inside[i] += 1
    }
  }
  func leave(_ i: Int) { state.withLock { $0.inside[i] -= 1 } }
  var collisions: Int { state.withLock { $0.collisions } }
}
