import CLinux
import Glibc
import Synchronization

/// Fences that another process signals. Each has an eventfd of its own, of which the other side gets a copy, and whoever runs `serve` passes
/// the signals on.
///
/// The other process can say that its work is over, and nothing else: not with what error, not for another fence. If it never does, the
/// fence ends as every other, by its deadline or with its producer.
///
/// Threads: any. Callbacks of the fences run on the thread that serves.
public final class FencePort: Sendable {
  private let poller: Int32

  /// A fence and the descriptor that signals it. The fence's callback notes that it is signalled and touches neither port nor descriptor,
  /// so that a signal waits for nothing and the port may go first.
  private final class Seat: Sendable {
    let fence: Fence, file: Int32, number: UInt64
    let isOver = Atomic(false)
    init(_ fence: Fence, _ file: Int32, _ number: UInt64) { (self.fence, self.file, self.number) = (fence, file, number) }
  }

  private struct State {
    var seats: [Seat?] = []
    var free: [Int] = []
    var generation: UInt64 = 0
    /// Seats are looked through for signalled fences after as many opened as were left then, so that each costs a look or two.
    var opensUntilSweep = FencePort.leastOpens

    /// What the poller knows a descriptor by: the seat's index, and a number that is not used again, as a descriptor's would be.
    mutating func number(at index: Int) -> UInt64 {
      generation += 1
      return generation << 32 | UInt64(index)
    }

    func seat(_ number: UInt64) -> Seat? {
      let index = Int(number & 0xFFFF_FFFF)
      guard seats.indices.contains(index), let seat = seats[index], seat.number == number else { return nil }
      return seat
    }

    /// Takes out those that are over.
    mutating func sweep() -> [Seat] {
      var over: [Seat] = []
      for (index, seat) in seats.enumerated() {
        guard let seat, seat.isOver.load(ordering: .acquiring) else { continue }
        over.append(seat)
        seats[index] = nil
        free.append(index)
      }
      opensUntilSweep = max(FencePort.leastOpens, seats.count - free.count)
      return over
    }
  }
  private let state = Mutex(State())
  private static let leastOpens = 16

  /// - Throws: `.system` without a descriptor left.
  public init() throws(FenceMisuse) {
    poller = cofferdam_epoll_create()
    guard poller >= 0 else { throw .system(cofferdam_errno()) }
  }

  deinit {
    let files = state.withLock { state in state.seats.compactMap { $0?.file } }
    for file in files { close(file) }
    close(poller)
  }

  /// Makes the descriptor by which another process signals a fence (`ReceivedFence.signal`).
  /// - Returns: a descriptor to be sent at once. It stays the port's, which closes it some time after the fence is signalled, by whomever.
  /// - Throws: `.alreadySignalled`; `.system` without a descriptor left.
  public func open(_ fence: Fence) throws(FenceMisuse) -> Int32 {
    closeWhatIsOver()
    let file = cofferdam_eventfd()
    guard file >= 0 else { throw .system(cofferdam_errno()) }
    let seat = state.withLock { state in
      let index = state.free.popLast() ?? state.seats.count
      let seat = Seat(fence, file, state.number(at: index))
      if index == state.seats.count { state.seats.append(seat) } else { state.seats[index] = seat }
      return seat
    }
    guard cofferdam_epoll_once(poller, file, seat.number) == 0 else {
      let error = cofferdam_errno()
      // The next sweep closes it.
      seat.isOver.store(true, ordering: .releasing)
      throw .system(error)
    }
    if fence.addCallback({ _ in seat.isOver.store(true, ordering: .releasing) }) != nil { return file }
    seat.isOver.store(true, ordering: .releasing)
    throw .alreadySignalled
  }

  /// Signals the fences of which the other side has said so; waits at most so many milliseconds for the first, -1 for ever.
  /// - Returns: how many it signalled.
  @discardableResult public func serve(milliseconds: Int32) -> Int {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { numbers in
      let count = Int(cofferdam_epoll_numbers(poller, numbers.baseAddress, milliseconds))
      var signalled = 0
      for i in 0..<max(count, 0) {
        if state.withLock({ $0.seat(numbers[i]) })?.fence.signal() == true { signalled += 1 }
      }
      return signalled
    }
  }

  /// How many fences wait for the other side.
  public var waitingCount: Int {
    state.withLock { state in state.seats.count { seat in seat.map { !$0.isOver.load(ordering: .acquiring) } ?? false } }
  }

  private func closeWhatIsOver() {
    let over = state.withLock { state -> [Seat] in
      state.opensUntilSweep -= 1
      return state.opensUntilSweep < 0 ? state.sweep() : []
    }
    for seat in over {
      // The other side has it still, so that closing alone would not end the poller's interest.
      _ = cofferdam_epoll_remove(poller, seat.file)
      close(seat.file)
    }
  }
}

/// A fence of another process, as a descriptor that came over a socket: one to wait for (`FenceDescriptor`), or one to signal (`FencePort`).
/// Owns the descriptor.
public struct ReceivedFence: ~Copyable, Sendable {
  public let file: Int32
  /// Takes over the descriptor.
  public init(_ file: Int32) { self.file = file }
  deinit { close(file) }

  /// Waits until it is signalled, at most so many milliseconds; -1 is for ever.
  /// - Returns: whether it is.
  public borrowing func wait(milliseconds: Int32) -> Bool { cofferdam_poll_in(file, milliseconds) == 1 }

  /// Says that the work is over.
  public borrowing func signal() { _ = cofferdam_eventfd_add(file) }
}
