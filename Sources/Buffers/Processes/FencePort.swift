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

  private struct Entry {
    var fence: Fence
    var file: Int32
  }
  private struct State {
    /// By a number that is not used again, as a descriptor's would be.
    var waiting: [UInt64: Entry] = [:]
    var lastNumber: UInt64 = 0
    /// Descriptors of fences that are signalled. They are closed when the next one is opened: a signal waits for nothing.
    var over: [Int32] = []
  }
  private let state = Mutex(State())

  /// - Throws: `.system` without a descriptor left.
  public init() throws(FenceMisuse) {
    poller = cofferdam_epoll_create()
    guard poller >= 0 else { throw .system(cofferdam_errno()) }
  }

  deinit {
    let files = state.withLock { state in state.over + state.waiting.values.map(\.file) }
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
    let (number, error) = state.withLock { state -> (UInt64, Int32) in
      state.lastNumber += 1
      guard cofferdam_epoll_once(poller, file, state.lastNumber) == 0 else { return (0, cofferdam_errno()) }
      state.waiting[state.lastNumber] = Entry(fence: fence, file: file)
      return (state.lastNumber, 0)
    }
    guard error == 0 else {
      close(file)
      throw .system(error)
    }
    // The port may go before the fence does.
    if fence.addCallback({ [weak self] _ in self?.forget(number) }) != nil { return file }
    forget(number)
    throw .alreadySignalled
  }

  /// Signals the fences of which the other side has said so; waits at most so many milliseconds for the first, -1 for ever.
  /// - Returns: how many it signalled.
  @discardableResult public func serve(milliseconds: Int32) -> Int {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { numbers in
      let count = Int(cofferdam_epoll_numbers(poller, numbers.baseAddress, milliseconds))
      var signalled = 0
      for i in 0..<max(count, 0) {
        // The callback takes it out.
        if state.withLock({ $0.waiting[numbers[i]]?.fence })?.signal() == true { signalled += 1 }
      }
      return signalled
    }
  }

  /// How many fences wait for the other side.
  public var waitingCount: Int { state.withLock { $0.waiting.count } }

  private func forget(_ number: UInt64) {
    state.withLock { state in
      if let entry = state.waiting.removeValue(forKey: number) { state.over.append(entry.file) }
    }
  }

  private func closeWhatIsOver() {
    let files = state.withLock { state in
      defer { state.over = [] }
      return state.over
    }
    for file in files {
      // The other side has it still, so that closing alone would not end the poller's interest.
      _ = cofferdam_epoll_remove(poller, file)
      close(file)
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
