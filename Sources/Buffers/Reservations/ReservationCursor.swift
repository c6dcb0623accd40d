import Sharing

/// Goes through the fences of a reservation that are not signalled, without its lock (`dma_resv_for_each_fence_unlocked`).
///
/// If the list is replaced meanwhile it begins again, and says so: what was collected before is thrown away then.
public struct ReservationCursor: IteratorProtocol {
  private let reservation: Reservation
  public let usage: Usage
  private var index = 0
  /// The list that it goes through.
  private var number: UInt64?
  /// The fence that was handed out last is the first one after a restart, or the first at all.
  public private(set) var isRestarted = true
  /// What the fence that was handed out last stands for.
  public private(set) var currentUsage = Usage.kernel

  init(_ reservation: Reservation, _ usage: Usage) {
    (self.reservation, self.usage) = (reservation, usage)
  }

  public mutating func next() -> Fence? {
    isRestarted = index == 0
    while true {
      let found = reservation.fences.fence(at: index)
      if found.number != number {
        isRestarted = true
        number = found.number
        guard index == 0 else {
          index = 0
          continue
        }
      }
      guard let fence = found.fence else { return nil }
      index += 1
      guard found.usage <= usage, !fence.isSignalled else { continue }
      currentUsage = found.usage
      return fence
    }
  }
}

extension Reservation {
  /// The unsignalled fences of a usage and those before it, one at a time.
  /// - Threads: any, without the lock. A fence that is handed out is kept alive.
  public func cursor(_ usage: Usage) -> ReservationCursor { ReservationCursor(self, usage) }

  /// The unsignalled fences of a usage and those before it, all of one moment (`dma_resv_get_fences`).
  public func unsignalled(_ usage: Usage) -> [Fence] {
    var found: [Fence] = []
    var cursor = cursor(usage)
    while let fence = cursor.next() {
      if cursor.isRestarted { found.removeAll(keepingCapacity: true) }
      found.append(fence)
    }
    return found
  }

  /// The same as one fence (`dma_resv_get_singleton`): a snapshot, to which nothing is added later.
  public func snapshot(_ usage: Usage) -> Fence { Fence.merging(unsignalled(usage)) }

  /// Whether everything of a usage and those before it is over (`dma_resv_test_signaled`).
  public func isSignalled(_ usage: Usage) -> Bool {
    var cursor = cursor(usage)
    return cursor.next() == nil
  }

  /// Sleeps until everything of a usage and those before it is over, for at most so many nanoseconds; `Int64.max` is for ever.
  ///
  /// To the letter of `dma_resv_wait_timeout`: what is left of the time goes from fence to fence; 0 if it did not suffice, otherwise what is
  /// left. With a timeout of 0 it never sleeps, and returns 1 where all are signalled or none exist.
  /// - Throws: `.negativeTimeout`.
  public func wait(_ usage: Usage, nanoseconds timeout: Int64) throws(FenceMisuse) -> Int64 {
    guard timeout >= 0 else { throw .negativeTimeout }
    var left = timeout
    var answer = max(timeout, 1)
    var cursor = cursor(usage)
    while let fence = cursor.next() {
      answer = try fence.wait(nanoseconds: left)
      if answer == 0 { return 0 }
      if timeout != 0 { left = answer }
    }
    return answer
  }
}

extension Reservation.Held {
  /// Makes room for so many fences, so that adding them cannot fail any more (`dma_resv_reserve_fences`).
  public func reserve(_ count: Int = 1) { reservation.fences.reserve(count) }

  /// Adds a fence for which room was made. A later fence of a timeline takes the place of an earlier one.
  /// - Throws: `.notReserved`.
  public func add(_ fence: Fence, _ usage: Usage) throws(ReservationError) {
    guard reservation.fences.add(fence, usage) else { throw .notReserved }
  }

  /// Puts a fence in the place of all of a timeline. It has to be over no earlier than they.
  public func replace(_ context: FenceContextID, with fence: Fence, _ usage: Usage) {
    reservation.fences.replace(context, with: fence, usage)
  }

  /// Whether this is the lock of that reservation.
  func isLock(of other: Reservation) -> Bool { reservation === other }
}
