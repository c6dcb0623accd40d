import CLinux

/// The order in which locks are taken, checked in debug builds: a device's memory lock, then reservations, then the lock of an
/// importer's page tables (linux.md section 8). A callback of a fence takes no reservation (dma-fence.c, "callbacks may be called from
/// atomic context"), and two reservations at once need a ticket (ww-mutex-design.rst).
///
/// What a thread holds is counted in one word of that thread. A release build has none of this. A breach is an error of the program, not
/// of its input: it stops the process and says which rule it was, as lockdep would.
public enum LockOrder {
  /// The locks of a buffer's life, outermost first.
  public enum Rank: UInt64, Sendable, CaseIterable {
    case device = 0
    case reservation = 16
    case pageTables = 32
    /// Not a lock, but a place: inside the callback of a fence.
    case fenceCallback = 48
  }

  /// How many locks of a rank this thread holds; 0 in release builds.
  public static func held(_ rank: Rank) -> Int {
    #if DEBUG
      Int(cofferdam_thread_word() >> rank.rawValue & 0xFFFF)
    #else
      0
    #endif
  }

  @inline(__always) static func willTake(_ rank: Rank, hasTicket: Bool = false) {
    #if DEBUG
      switch rank {
      case .device:
        require(held(.reservation) == 0, "a device's memory lock is taken before any reservation")
        require(held(.pageTables) == 0, "a device's memory lock is taken before the lock of page tables")
      case .reservation:
        require(held(.pageTables) == 0, "a reservation is taken before the lock of page tables")
        require(held(.fenceCallback) == 0, "the callback of a fence does not take a reservation")
        require(hasTicket || held(.reservation) == 0, "a second reservation needs a ticket")
      case .pageTables: require(held(.pageTables) == 0, "one lock of page tables at a time")
      case .fenceCallback: break
      }
    #endif
  }

  @inline(__always) static func took(_ rank: Rank) {
    #if DEBUG
      cofferdam_set_thread_word(cofferdam_thread_word() &+ 1 << rank.rawValue)
    #endif
  }

  @inline(__always) static func released(_ rank: Rank) {
    #if DEBUG
      cofferdam_set_thread_word(cofferdam_thread_word() &- 1 << rank.rawValue)
    #endif
  }

  /// For what takes the reservation itself, or calls the other side with none held: attach, detach, descriptors, CPU access
  /// (dma-buf.c, "Locking Convention").
  @inline(__always) static func mustHoldNoReservation(_ operation: StaticString) {
    #if DEBUG
      require(held(.reservation) == 0, "\(operation) is called without a reservation")
    #endif
  }

  #if DEBUG
    private static func require(_ holds: Bool, _ rule: @autoclosure () -> String) {
      if !holds { fatalError("lock order: \(rule())") }
    }
  #endif
}
