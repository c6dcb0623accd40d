import Synchronization

/// The number of a timeline, of which there is one in the process: `dma_fence_context_alloc`.
public struct FenceContextID: Hashable, Comparable, BitwiseCopyable, Sendable {
  public let value: UInt64
  private static let last = Atomic<UInt64>(0)

  static func allocate() -> FenceContextID {
    FenceContextID(value: last.add(1, ordering: .relaxed).newValue)
  }
  public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// A timeline of fences, and what of it is not finished.
///
/// Whoever signals owns the `FenceProducer`; the context itself is what fences and reports refer to.
public final class FenceContext: Sendable {
  public let id = FenceContextID.allocate()
  /// The two names that a kernel's fence answers with (`get_driver_name`, `get_timeline_name`).
  public let driver: String, timeline: String

  private struct State {
    var lastSequence: UInt64 = 0
    /// In the order of their numbers: every fence that is not signalled, and some that are. A signal does not come here; who emits looks
    /// through the list when it has doubled, and drops what is over.
    var fences: [Fence] = []
    var limit = 64
    /// Set when the producer is gone: nobody will signal any more.
    var death: FenceError?

    /// - Returns: what is over, to be let go of without the lock.
    mutating func sweep() -> [Fence] {
      let over = fences.filter(\.hasSignalledBit)
      if !over.isEmpty { fences.removeAll(where: \.hasSignalledBit) }
      limit = max(64, 2 * fences.count)
      return over
    }
  }
  private let state: Mutex<State>

  init(driver: String, timeline: String) {
    (self.driver, self.timeline) = (driver, timeline)
    state = Mutex(State())
    DeadlineKeeper.shared.enter(self)
  }

  func emit(deadline: MonotonicTime) -> Fence {
    var over: [Fence] = []
    let fence = state.withLock { state -> Fence in
      if let death = state.death { return Fence.failed(death) }
      state.lastSequence += 1
      let fence = Fence(context: id, sequence: state.lastSequence, origin: self, deadline: deadline)
      if state.fences.count >= state.limit { over = state.sweep() }
      state.fences.append(fence)
      return fence
    }
    over.removeAll()
    DeadlineKeeper.shared.wake()
    return fence
  }

  /// How many fences are not signalled.
  public var unfinishedCount: Int { state.withLock { $0.fences.count(where: { !$0.hasSignalledBit }) } }

  /// Signals every fence whose deadline has passed with `.timedOut`, oldest first.
  /// - Returns: those that it signalled.
  @discardableResult public func expire(at now: MonotonicTime = .now) -> [Fence] {
    let overdue = state.withLock { state in state.fences.filter { $0.deadline <= now } }
    return overdue.filter { $0.expire(at: now) }
  }

  /// The producer is gone: every unfinished fence is signalled with the error, oldest first, and so will be every later one.
  func abandon(_ error: FenceError) {
    let left = state.withLock { state in
      state.death = state.death ?? error
      let left = state.fences
      state.fences = []
      return left
    }
    for fence in left { fence.fail(with: error) }
  }
}

/// Who makes the fences of a timeline, and owes their signals.
///
/// When it goes away, whatever it still owed is signalled with `.producerDied`: nobody waits for the dead.
///
/// ```swift
/// let ring = FenceProducer(driver: "copy-engine", timeline: "ring0", timeout: 2_000_000_000)
/// let fence = ring.emit()
/// fence.signal()
/// ```
public struct FenceProducer: ~Copyable, Sendable {
  public let context: FenceContext
  /// Nanoseconds after which an emitted fence counts as lost.
  public let timeout: UInt64

  /// - `timeout`: nanoseconds; ten seconds is what the GPU scheduler's drivers use at most.
  public init(driver: String, timeline: String, timeout: UInt64 = 10_000_000_000) {
    context = FenceContext(driver: driver, timeline: timeline)
    self.timeout = timeout
  }

  /// The next point of the timeline, not yet signalled.
  public borrowing func emit() -> Fence { context.emit(deadline: MonotonicTime.now.advanced(by: timeout)) }

  /// Ends the timeline with another error than `.producerDied`: the device was reset, the work was taken back.
  public consuming func abandon(_ error: FenceError) { context.abandon(error) }

  deinit { context.abandon(.producerDied) }
}
