import CLinux
import Glibc
import Synchronization

/// Fences of one timeline that another process signals, in the order of their numbers. One pipe stands for all of them: the other side gets the
/// writing end once (`ReceivedPort`), and whoever runs `serve` passes on what it says there. When it dies the pipe ends, which wakes who sleeps.
///
/// The other process can say how many of its fences are over, from the oldest, and nothing else: not with what error. A word is for what is
/// open when it is served; what is said too often by then is for nothing. Says it nothing, a fence ends as every other, by its deadline or
/// with its producer; its word may still come, and is for no other. What ends in another order, or belongs to another process, has a port of
/// its own.
///
/// A fence that is over is let go of by the next `open` or `serve`, once all before it are over, each of which has a deadline.
///
/// Threads: any. One serves at a time, so that fences are signalled in order whoever asks: who comes meanwhile leaves the words that it took to
/// that one. Callbacks of the fences run on the thread that serves, and may come back here.
public final class FencePort: Sendable {
  /// For poll(2) and epoll(7), which find it readable while there is something to `serve`, and hung up when the other side is gone, so that one
  /// thread may look at many ports. Nobody else has it.
  public let file: Int32
  /// The same for who sleeps.
  private let sleeper: Int32

  private struct State {
    /// From `head` on what is open, oldest first; the places before are empty.
    var places: [Fence?] = []
    var head = 0
    /// How many fences are over, of all that were opened, and for how many the other side has spoken. It may be behind, where fences ended
    /// without it.
    var over: UInt64 = 0, spoken: UInt64 = 0
    var newest: (context: FenceContextID, sequence: UInt64)?
    var isServed = false

    /// - Returns: false for a fence of another timeline, and for one that does not come after all that were opened.
    mutating func append(_ fence: Fence) -> Bool {
      if let newest, !fence.isLater(than: newest.sequence, of: newest.context) { return false }
      newest = (fence.context, fence.sequence)
      places.append(fence)
      return true
    }

    /// Who says more than is open says it of nothing.
    mutating func hear(_ count: UInt64) { spoken += min(count, over + UInt64(places.count - head) - spoken) }

    /// - Returns: what is over without a word, to be let go of without the lock.
    mutating func sweep() -> [Fence] {
      var gone: [Fence] = []
      while head < places.count, places[head]?.hasSignalledBit == true { if let fence = takeOldest() { gone.append(fence) } }
      return gone
    }

    /// The next that the other side has spoken for. Nil is the end of serving.
    mutating func next() -> Fence? {
      isServed = over < spoken
      return isServed ? takeOldest() : nil
    }

    private mutating func takeOldest() -> Fence? {
      let fence = places[head].take()
      head += 1
      over += 1
      // Each is moved once or twice in its time, however many there are.
      if head >= 16, head >= places.count / 2 {
        places.removeFirst(head)
        head = 0
      }
      return fence
    }
  }
  private let state = Mutex(State())

  /// Makes a port and sends its other end, of which no copy stays here.
  /// - Parameters:
  ///   - message: at least a byte, by which the other side knows what it gets.
  ///   - channel: to the other process.
  ///   - deadline: until when it may take to make room.
  /// - Throws: `.system` without descriptors left, or without /proc; what `Channel.send` does.
  public init(sending message: [UInt8], over channel: Channel, until deadline: MonotonicTime = .never) throws(BufferError) {
    var ends: [Int32] = [-1, -1, -1]
    guard cofferdam_port(&ends) == 0 else { throw BufferError(.system, "a port: error \(cofferdam_errno())") }
    (sleeper, file) = (ends[0], ends[1])
    defer { close(ends[2]) }
    try channel.send(message, [ends[2]], until: deadline)
  }

  deinit {
    close(sleeper)
    close(file)
  }

  /// From now on a word of the other process may be for this fence, once it has spoken for all before it. The fence is opened before the
  /// other process can know of the work; where several threads do that, they take turns at emitting, opening and saying it.
  /// - Throws: `.alreadySignalled`: no word is to come for it; `.outOfOrder` for a fence of another timeline than those before, and for one
  ///   that is not later than all of them.
  public func open(_ fence: Fence) throws(FenceMisuse) {
    guard !fence.isSignalled else { throw .alreadySignalled }
    var gone: [Fence] = []
    let isInOrder = state.withLock { state in
      gone = state.sweep()
      return state.append(fence)
    }
    gone.removeAll()
    guard isInOrder else { throw .outOfOrder }
  }

  /// Signals the fences of which the other side has said that they are over; waits at most so many milliseconds for its word, -1 for as long as
  /// it is there.
  /// - Returns: how many it signalled; nil when nobody has the other end any more, and all that was said is served.
  @discardableResult public func serve(milliseconds: Int32) -> Int? {
    guard let count = said(within: milliseconds) else { return nil }
    var gone: [Fence] = []
    var next = state.withLock { state -> Fence? in
      state.hear(count)
      gone = state.sweep()
      return state.isServed ? nil : state.next()
    }
    gone.removeAll()
    var signalled = 0
    while let fence = next {
      if fence.signal() { signalled += 1 }
      next = state.withLock { $0.next() }
    }
    return signalled
  }

  /// How often the other side has spoken since it was asked last, or a part of that; nil at the end. It can take its own words away, and others
  /// may serve: who is not to sleep does not, also where poll(2) said that there is a word.
  private func said(within milliseconds: Int32) -> UInt64? {
    if milliseconds > 0, cofferdam_poll_in(file, milliseconds) != 1 { return 0 }
    let count = cofferdam_hear(milliseconds < 0 ? sleeper : file)
    return count == 0 ? nil : UInt64(max(count, 0))
  }

  /// How many fences wait for the other side.
  public var waitingCount: Int { state.withLock { state in state.places[state.head...].count { $0?.hasSignalledBit == false } } }
}
