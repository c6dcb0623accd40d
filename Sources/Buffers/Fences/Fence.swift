import Sharing
import Synchronization

/// A promise that some work will be over: it is signalled once, after which nothing about it changes (Linux: dma-fence).
///
/// Fences of one context are signalled in the order of their numbers, so that a later one stands for all before it. A fence completes in
/// finite time: it has a deadline or is made of fences that have, and who waits longer than that signals it with `.timedOut` himself.
///
/// - Threads: every function may be called on any thread, with or without a reservation. Callbacks run on the thread that signals,
///   after the fence's own lock was dropped; they may look at fences and signal others, and take no reservation (`LockOrder`).
/// - Lifetime: until it is signalled, a fence is kept by its context; who has a fence need not keep the context.
public final class Fence: @unchecked Sendable {
  /// Where this fence stands.
  public enum Status: Hashable, Sendable {
    case pending
    case signalled(at: MonotonicTime)
    case failed(FenceError, at: MonotonicTime)
  }

  /// What the fence is made of.
  enum Parts: Sendable {
    case work
    case array(FenceArray)
    case chain(FenceLink)
  }

  /// The timeline that this fence is a point of.
  public let context: FenceContextID
  public let sequence: UInt64
  /// The timeout behind the promise: from then on whoever looks (`DeadlineKeeper`, a waiter) signals the fence with `.timedOut`.
  public var deadline: MonotonicTime { MonotonicTime(nanoseconds: deadlineTime.load(ordering: .relaxed)) }
  private let deadlineTime: Atomic<UInt64>
  let origin: FenceContext?
  let parts: Parts

  /// See `FenceLock.swift`.
  let word: Atomic<UInt32>

  // Under the lock until it is signalled, and not changed after that:
  private var outcome: FenceError?
  private var time = MonotonicTime(nanoseconds: 0)
  // Under the lock; gone once it is signalled:
  /// The first callback has a place of its own: most fences have one.
  private var first: (id: UInt64, body: Callback)?
  private var others: [(id: UInt64, body: Callback)] = []
  private var lastID: UInt64 = 0
  private var isWatchingParts = false
  /// When somebody wants it done, at the earliest; a wish, and not the deadline.
  private var wanted = MonotonicTime.never

  public typealias Callback = @Sendable (_ fence: Fence) -> Void

  /// A callback that was added, to take it back by.
  public struct CallbackID: Hashable, Sendable { let value: UInt64 }

  init(context: FenceContextID, sequence: UInt64, origin: FenceContext?, deadline: MonotonicTime, parts: Parts = .work) {
    (self.context, self.sequence, self.origin, self.parts) = (context, sequence, origin, parts)
    deadlineTime = Atomic(deadline.nanoseconds)
    word = Atomic(0)
  }

  private init(stubAt time: MonotonicTime, _ error: FenceError?) {
    (context, sequence, origin, parts) = (FenceContextID.allocate(), 1, nil, .work)
    deadlineTime = Atomic(.max)
    (outcome, self.time) = (error, time)
    word = Atomic(Self.signalledBit)
  }

  /// A fence that is signalled already, for where nothing is left to wait for (`dma_fence_get_stub`).
  public static let stub = Fence(stubAt: .now, nil)

  /// A fence that is signalled already with an error.
  static func failed(_ error: FenceError) -> Fence { Fence(stubAt: .now, error) }

  // MARK: Signalling

  /// Whether the work is over, one way or the other. Looks at the parts where there are any, and never sleeps.
  public var isSignalled: Bool {
    if hasSignalledBit { return true }
    guard arePartsDone else { return false }
    signal()
    return true
  }

  private var arePartsDone: Bool {
    switch parts {
    case .work: false
    case .array(let array): array.isDone
    case .chain(let link): link.isDone
    }
  }

  /// Signals the fence, wakes who sleeps, and calls the callbacks.
  /// - Returns: false if it was signalled before; nothing happens then.
  @discardableResult public func signal() -> Bool { finish(at: .now, nil) }

  /// Sets the error and signals, in one.
  /// - Returns: false if it was signalled before; its outcome stays what it was.
  @discardableResult public func fail(with error: FenceError) -> Bool { finish(at: .now, error) }

  /// Sets the error with which the fence will be signalled.
  public func setError(_ error: FenceError) throws(FenceMisuse) {
    guard law.refusalToSetError(isSignalled: !takeLock()) == nil else { throw .alreadySignalled }
    outcome = error
    dropLock()
  }

  private func finish(at time: MonotonicTime, _ error: FenceError?) -> Bool {
    let inherited = error ?? (isPlain ? nil : errorOfParts)
    guard law.refusalToSignal(isSignalled: !takeLock()) == nil else { return false }
    self.time = time
    outcome = law.outcome(set: outcome, signalled: inherited)
    let first = self.first.take()
    var others: [(id: UInt64, body: Callback)] = []
    if !self.others.isEmpty { swap(&others, &self.others) }
    dropLockSignalled()
    guard first != nil || !others.isEmpty else { return true }
    LockOrder.took(.fenceCallback)
    defer { LockOrder.released(.fenceCallback) }
    if let first { first.body(self) }
    for other in others { other.body(self) }
    return true
  }

  private var isPlain: Bool { if case .work = parts { true } else { false } }

  private var errorOfParts: FenceError? {
    switch parts {
    case .work: nil
    case .array(let array): array.error
    case .chain(let link): link.fence.error
    }
  }

  // MARK: Looking

  public var status: Status {
    guard isSignalled else { return .pending }
    return outcome.map { .failed($0, at: time) } ?? .signalled(at: time)
  }

  /// The error that it was signalled with, or will be.
  public var error: FenceError? {
    // Whoever finds it signalled finds an outcome that does not change any more.
    guard takeLock() else { return outcome }
    defer { dropLock() }
    return outcome
  }

  /// Whether this is a later point of the same timeline. Numbers wrap, so it is the difference that counts.
  public func isLater(than other: Fence) -> Bool { isLater(than: other.sequence, of: other.context) }
  func isLater(than number: UInt64, of timeline: FenceContextID) -> Bool {
    context == timeline && Int64(bitPattern: sequence &- number) > 0
  }
  public func isLaterOrSame(as other: Fence) -> Bool { self === other || isLater(than: other) }

  // MARK: Callbacks

  /// Has a function called when the fence is signalled, on the thread that signals it.
  /// - Returns: nil if it is signalled already; the function will not be called then.
  public func addCallback(_ body: @escaping Callback) -> CallbackID? {
    guard !isSignalled else { return nil }
    watchParts()
    guard takeLock() else { return nil }
    defer { dropLock() }
    lastID += 1
    if first == nil, others.isEmpty {
      first = (lastID, body)
    } else {
      others.append((lastID, body))
    }
    return CallbackID(value: lastID)
  }

  /// Takes a callback back.
  /// - Returns: true if it will not be called. False if the fence was signalled: it was called, or is being called at this moment.
  @discardableResult public func removeCallback(_ id: CallbackID) -> Bool {
    guard takeLock() else { return false }
    // What a callback holds is let go of after the lock.
    var removed: Callback?
    if first?.id == id.value {
      removed = first.take()?.body
    } else if let index = others.firstIndex(where: { $0.id == id.value }) {
      removed = others.remove(at: index).body
    }
    dropLock()
    return removed != nil
  }

  /// Somebody wants it done by then (`dma_fence_set_deadline`). The earliest wish counts; parts are told too.
  public func wish(for time: MonotonicTime) {
    if takeLock() {
      wanted = min(wanted, time)
      dropLock()
    }
    switch parts {
    case .work: break
    case .array(let array): for fence in array.fences { fence.wish(for: time) }
    case .chain: for fence in chainParts { fence.wish(for: time) }
    }
  }
  /// The earliest moment for which somebody wished; `never` where nobody did.
  public var earliestWish: MonotonicTime {
    // Nobody wishes any more for what is signalled.
    guard takeLock() else { return wanted }
    defer { dropLock() }
    return wanted
  }

  /// From here on the fence is signalled when its parts are, and not only found to be so when it is looked at
  /// (`dma_fence_enable_sw_signaling`).
  public func watchParts() {
    guard !isPlain else { return }
    guard takeLock() else { return }
    let isFirst = !isWatchingParts
    isWatchingParts = true
    dropLock()
    guard isFirst else { return }
    switch parts {
    case .work: break
    case .array(let array): array.watch(for: self)
    case .chain(let link): link.watch(for: self)
    }
  }

  // MARK: Waiting

  /// Sleeps until the fence is signalled, for at most so many nanoseconds; `Int64.max` is for ever.
  ///
  /// To the letter of `dma_fence_wait_timeout`: 0 if the time passed; otherwise what is left of it, and 1 where nothing is left or nothing
  /// was given. With a timeout of 0 it never sleeps.
  public func wait(nanoseconds timeout: Int64) throws(FenceMisuse) -> Int64 {
    guard timeout >= 0 else { throw .negativeTimeout }
    if isSignalled { return max(timeout, 1) }
    if timeout == 0 { return 0 }
    watchParts()
    let end = timeout == .max ? MonotonicTime.never : MonotonicTime.now.advanced(by: UInt64(timeout))
    guard sleep(until: end) else { return 0 }
    if timeout == .max { return .max }
    return max(Int64(clamping: end.since(.now)), 1)
  }

  /// Sleeps until the fence is signalled, which is in finite time.
  public func wait() {
    if isSignalled { return }
    watchParts()
    _ = sleep(until: .never)
  }

  /// The work has begun, here and now, and will end: from now on no deadline says that it is over while it goes on.
  /// - Returns: false if the fence is signalled. The work is not to begin then.
  func beginWork() -> Bool {
    guard takeLock() else { return false }
    deadlineTime.store(.max, ordering: .relaxed)
    dropLock()
    return true
  }

  /// - Returns: whether it is signalled.
  func sleep(until end: MonotonicTime) -> Bool {
    while true {
      // Parts have deadlines of their own, which somebody has to notice, and which may have been put off.
      let own = partsDeadline
      let until = min(end, own)
      let isDone = sleepUntilSignalled(or: until)
      if isDone { return true }
      if until < end || own <= end {
        expire()
        if isSignalled { return true }
      }
      if MonotonicTime.now >= end { return isSignalled }
    }
  }

  /// When the last of what it waits for has to be over.
  private var partsDeadline: MonotonicTime {
    switch parts {
    case .work: deadline
    case .array(let array): array.fences.reduce(MonotonicTime(nanoseconds: 0)) { max($0, $1.isSignalled ? $0 : $1.partsDeadline) }
    case .chain: chainParts.reduce(MonotonicTime(nanoseconds: 0)) { max($0, $1.isSignalled ? $0 : $1.partsDeadline) }
    }
  }

  /// Signals it with `.timedOut`, if its time is over.
  /// - Returns: whether that signalled it.
  @discardableResult func expire(at now: MonotonicTime) -> Bool {
    // Under the lock, since the work may begin at this moment.
    guard takeLock() else { return false }
    let isOver = deadline <= now
    dropLock()
    return isOver && fail(with: .timedOut)
  }

  /// The time is over: what is not signalled fails.
  private func expire() {
    switch parts {
    case .work: expire(at: .now)
    case .array(let array): for fence in array.fences where !fence.isSignalled { fence.expire() }
    case .chain: for fence in chainParts where !fence.isSignalled { fence.expire() }
    }
  }
}

extension Fence: CustomStringConvertible {
  /// `context:sequence`, as `bufinfo` and traces write it.
  public var description: String { "\(context.value):\(sequence)" }
}
