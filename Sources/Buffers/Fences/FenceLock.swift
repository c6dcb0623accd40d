import Synchronization

/// The lock of a fence and whether it is signalled, in one word: a signal is the last unlocking, and there is none after it.
///
/// A lock of its own beside that word would cost every signal two more atomic operations.
extension Fence {
  static let signalledBit: UInt32 = 1
  /// Somebody sleeps until it is signalled.
  static let sleeperBit: UInt32 = 2
  static let lockedBit: UInt32 = 4
  /// Somebody sleeps until the lock is free.
  static let contendedBit: UInt32 = 8

  var hasSignalledBit: Bool { word.load(ordering: .acquiring) & Self.signalledBit != 0 }

  /// Takes the lock, for a few instructions in which nothing of a user runs.
  /// - Returns: false if the fence is signalled: there is no lock any more, and nothing to guard.
  @inline(__always) func takeLock() -> Bool {
    if word.compareExchange(expected: 0, desired: Self.lockedBit, successOrdering: .acquiring, failureOrdering: .relaxed).exchanged { return true }
    return takeLockSlowly()
  }

  @inline(never) private func takeLockSlowly() -> Bool {
    var isMine = false
    _ = Parking.wait(at: self, until: .never) {
      while true {
        let seen = word.load(ordering: .acquiring)
        if seen & Self.signalledBit != 0 { return false }
        let waits = seen & Self.lockedBit != 0
        // A drop wakes everybody, and who comes too late marks the lock again.
        let desired = seen | Self.lockedBit | (waits ? Self.contendedBit : 0)
        if desired == seen { return true }
        if word.weakCompareExchange(expected: seen, desired: desired, successOrdering: .acquiring, failureOrdering: .relaxed).exchanged {
          isMine = !waits
          return waits
        }
      }
    }
    return isMine
  }

  @inline(__always) func dropLock() {
    let old = word.bitwiseAnd(~(Self.lockedBit | Self.contendedBit), ordering: .releasing).oldValue
    if old & Self.contendedBit != 0 { Parking.wake(at: self) }
  }

  /// Drops the lock for good, and wakes everybody.
  @inline(__always) func dropLockSignalled() {
    let old = word.exchange(Self.signalledBit, ordering: .acquiringAndReleasing)
    if old & (Self.sleeperBit | Self.contendedBit) != 0 { Parking.wake(at: self) }
  }

  /// Sleeps until it is signalled.
  /// - Returns: false if the moment came before.
  func sleepUntilSignalled(or moment: MonotonicTime) -> Bool {
    Parking.wait(at: self, until: moment) {
      while true {
        let seen = word.load(ordering: .acquiring)
        if seen & Self.signalledBit != 0 { return false }
        if seen & Self.sleeperBit != 0 { return true }
        if word.weakCompareExchange(
          expected: seen, desired: seen | Self.sleeperBit, successOrdering: .relaxed, failureOrdering: .relaxed
        ).exchanged {
          return true
        }
      }
    }
  }
}
