import CLinux
import Glibc

/// Fences that another process signals, in the order in which they were opened, as points of a timeline are. One eventfd stands for all of
/// them: the other side gets a copy of it once (`ReceivedPort`), and whoever runs `serve` passes on what it says there.
///
/// The other process can say how many of its fences are over, from the oldest, and nothing else: not with what error, not for a fence that is
/// not open here. Says it nothing, a fence ends as every other, by its deadline or with its producer. What ends in another order, or
/// belongs to another process, has a port of its own.
///
/// Threads: any. Callbacks of the fences run on the thread that serves.
public final class FencePort: Sendable {
  /// What the other process gets a copy of; it stays the port's. poll(2) and epoll(7) find it readable while there is something to `serve`, so
  /// that one thread may look at many ports.
  public let file: Int32

  private struct State {
    /// From the oldest; those before `head` are over.
    var fences: [Fence] = []
    var head = 0
    /// How many older ones are over without the other side's word, which is still to come.
    var ownWay: UInt64 = 0

    /// Nobody keeps a fence that is over for a word that may never come.
    mutating func sweep() {
      while head < fences.count, fences[head].hasSignalledBit {
        head += 1
        ownWay += 1
      }
      compact()
    }

    /// The next of so many, and how many are left then. What is said too often is for nothing, and not for what is opened later.
    mutating func next(_ count: inout UInt64) -> Fence? {
      let known = min(count, ownWay)
      ownWay -= known
      count = min(count - known, UInt64(fences.count - head))
      guard count > 0 else { return nil }
      count -= 1
      let fence = fences[head]
      head += 1
      compact()
      return fence
    }

    /// Each is moved once or twice in its time, however many there are.
    private mutating func compact() {
      guard head >= 16, head >= fences.count / 2 else { return }
      fences.removeFirst(head)
      head = 0
    }
  }
  private let state = Mutex(State())

  /// - Throws: `.system` without a descriptor left.
  public init() throws(FenceMisuse) {
    file = cofferdam_eventfd()
    guard file >= 0 else { throw .system(cofferdam_errno()) }
  }

  deinit { close(file) }

  /// From now on a word of the other process may be for this fence, once it has spoken for all before it. The fence is opened before the
  /// other process can know of the work.
  /// - Throws: `.alreadySignalled`: no word is to come for it.
  public func open(_ fence: Fence) throws(FenceMisuse) {
    guard !fence.isSignalled else { throw .alreadySignalled }
    state.withLock { state in
      state.sweep()
      state.fences.append(fence)
    }
  }

  /// Signals the fences of which the other side has said that they are over; waits at most so many milliseconds for its word, -1 for ever.
  /// - Returns: how many it signalled.
  @discardableResult public func serve(milliseconds: Int32) -> Int {
    var count = said(within: milliseconds), signalled = 0
    while count > 0, let fence = state.withLock({ $0.next(&count) }) {
      if fence.signal() { signalled += 1 }
    }
    return signalled
  }

  /// How often the other side has spoken since it was asked last. It has the descriptor too: it can take its own words away, and change the
  /// flags, so that a read that must not sleep says so itself.
  private func said(within milliseconds: Int32) -> UInt64 {
    if milliseconds < 0 {
      while true {
        let count = cofferdam_eventfd_take(file, 1)
        if count > 0 { return count }
        guard cofferdam_errno() == EAGAIN, cofferdam_poll_in(file, -1) == 1 else { return 0 }
      }
    }
    if milliseconds > 0, cofferdam_poll_in(file, milliseconds) != 1 { return 0 }
    return cofferdam_eventfd_take(file, 0)
  }

  /// How many fences wait for the other side.
  public var waitingCount: Int { state.withLock { state in state.fences[state.head...].count { !$0.hasSignalledBit } } }
}
