import Glibc
import Synchronization

/// Ends what nobody waits for: a fence whose deadline has passed is signalled with `.timedOut` also where only callbacks, descriptors and jobs
/// hang on it.
///
/// One thread of the process looks at all contexts ten times a second while one of them has a fence that is not signalled, and sleeps
/// otherwise; so a fence ends at most so much after its deadline. Callbacks of such fences run on that thread.
final class DeadlineKeeper: Sendable {
  static let shared = DeadlineKeeper()
  private static let period: UInt64 = 100_000_000

  private struct Entry { weak var context: FenceContext? }
  private struct State {
    var entries: [Entry] = []
    var hasThread = false
  }
  private let state = Mutex(State())
  private let isAsleep = Atomic(true)

  /// A new context. The first one of a process starts the thread.
  func enter(_ context: FenceContext) {
    let isFirst = state.withLock { state in
      state.entries.append(Entry(context: context))
      defer { state.hasThread = true }
      return !state.hasThread
    }
    guard isFirst else { return }
    var thread = pthread_t()
    // Without the thread a deadline is what a waiter makes of it.
    _ = pthread_create(&thread, nil, { _ in DeadlineKeeper.shared.run() }, nil)
    pthread_detach(thread)
  }

  /// There is a fence that is not signalled.
  @inline(__always) func wake() { if isAsleep.load(ordering: .sequentiallyConsistent) { wakeSlowly() } }

  @inline(never) private func wakeSlowly() {
    isAsleep.store(false, ordering: .sequentiallyConsistent)
    Parking.wake(at: self)
  }

  private func run() -> Never {
    while true {
      if look() {
        _ = Parking.wait(at: self, until: MonotonicTime.now.advanced(by: Self.period)) { true }
        continue
      }
      // Whoever emits sees that we sleep, or we see the fence.
      isAsleep.store(true, ordering: .sequentiallyConsistent)
      if look() {
        isAsleep.store(false, ordering: .sequentiallyConsistent)
      } else {
        _ = Parking.wait(at: self, until: .never) { isAsleep.load(ordering: .sequentiallyConsistent) }
      }
    }
  }

  /// - Returns: whether there is something to look at again.
  private func look() -> Bool {
    let contexts = state.withLock { state in
      state.entries.removeAll { $0.context == nil }
      return state.entries.compactMap(\.context)
    }
    // Signals, and what hangs on them, run without our lock.
    for context in contexts { context.expire() }
    return contexts.contains { $0.unfinishedCount > 0 }
  }
}
