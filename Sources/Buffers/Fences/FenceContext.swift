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
    /// Unfinished fences in the order of their numbers, linked through themselves; each is retained by being in the list.
    var oldest: Unmanaged<Fence>?
    var newest: Unmanaged<Fence>?
    var count = 0
    /// Set when the producer is gone: nobody will signal any more.
    var death: FenceError?

    mutating func append(_ fence: Fence) {
      let entry = Unmanaged.passRetained(fence)
      fence.isListed = true
      fence.older = newest
      if let newest { newest._withUnsafeGuaranteedRef { $0.newer = entry } } else { oldest = entry }
      newest = entry
      count += 1
    }

    /// - Returns: whether it was in the list, whose reference is the caller's now.
    mutating func remove(_ fence: Fence) -> Bool {
      guard fence.isListed else { return false }
      fence.isListed = false
      let (older, newer) = (fence.older, fence.newer)
      if let older { older._withUnsafeGuaranteedRef { $0.newer = newer } } else { oldest = newer }
      if let newer { newer._withUnsafeGuaranteedRef { $0.older = older } } else { newest = older }
      (fence.older, fence.newer) = (nil, nil)
      count -= 1
      return true
    }

    var unfinished: [Fence] {
      var fences: [Fence] = []
      var next = oldest
      while let entry = next {
        fences.append(entry.takeUnretainedValue())
        next = entry._withUnsafeGuaranteedRef { $0.newer }
      }
      return fences
    }
  }
  private let state: Mutex<State>

  init(driver: String, timeline: String) {
    (self.driver, self.timeline) = (driver, timeline)
    state = Mutex(State())
  }

  func emit(deadline: MonotonicTime) -> Fence {
    state.withLock { state in
      if let death = state.death { return Fence.failed(death) }
      state.lastSequence += 1
      let fence = Fence(context: id, sequence: state.lastSequence, origin: self, deadline: deadline)
      state.append(fence)
      return fence
    }
  }

  /// The fence was signalled.
  func forget(_ fence: Fence) {
    // The last reference may be the list's: it goes after the lock, so that nothing of a user runs inside.
    if state.withLock({ $0.remove(fence) }) { Unmanaged.passUnretained(fence).release() }
  }

  /// How many fences are not signalled.
  public var unfinishedCount: Int { state.withLock { $0.count } }

  /// Signals every fence whose deadline has passed with `.timedOut`, oldest first.
  /// - Returns: those that it signalled.
  @discardableResult public func expire(at now: MonotonicTime = .now) -> [Fence] {
    let overdue = state.withLock { state in state.unfinished.filter { $0.deadline <= now } }
    return overdue.filter { $0.fail(with: .timedOut) }
  }

  /// The producer is gone: every unfinished fence is signalled with the error, oldest first, and so will be every later one.
  func abandon(_ error: FenceError) {
    let left = state.withLock { state in
      state.death = state.death ?? error
      return state.unfinished
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

  /// - Parameter timeout: nanoseconds; ten seconds is what the GPU scheduler's drivers use at most.
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
