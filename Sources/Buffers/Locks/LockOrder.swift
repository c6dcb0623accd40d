import CLinux
import Sharing

/// The order in which locks are taken, checked in debug builds by the rule of `LockBreach`.
///
/// What a thread holds is counted in one word of that thread. A release build has none of this. A breach is an error of the program, not
/// of its input: it stops the process and says which rule it was, as lockdep would.
public enum LockOrder {
  /// How many locks of a rank this thread holds; 0 in release builds.
  public static func held(_ rank: LockRank) -> Int {
    #if DEBUG
      HeldLocks(word: cofferdam_thread_word()).count(rank)
    #else
      0
    #endif
  }

  @inline(__always) static func willTake(_ rank: LockRank, underTicket: Int = 0) {
    #if DEBUG
      if let breach = LockBreach(taking: rank, with: HeldLocks(word: cofferdam_thread_word()), underTicket: underTicket) {
        fatalError("lock order: \(breach.rawValue)")
      }
    #endif
  }

  @inline(__always) static func took(_ rank: LockRank) { change { $0.take(rank) } }
  @inline(__always) static func released(_ rank: LockRank) { change { $0.release(rank) } }

  @inline(__always) private static func change(_ body: (inout HeldLocks) -> Void) {
    #if DEBUG
      var held = HeldLocks(word: cofferdam_thread_word())
      body(&held)
      cofferdam_set_thread_word(held.word)
    #endif
  }

  /// For what takes the reservation itself, or calls the other side with none held: attach, detach, descriptors, CPU access
  /// (dma-buf.c, "Locking Convention").
  @inline(__always) static func mustHoldNoReservation(_ operation: StaticString) {
    #if DEBUG
      if held(.reservation) > 0 { fatalError("lock order: \(operation) is called without a reservation") }
    #endif
  }
}
