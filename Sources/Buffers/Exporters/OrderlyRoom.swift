import Synchronization

/// Bytes of which there are only so many.
final class OrderlyRoom: Sendable {
  private let left: Mutex<UInt64>
  init(capacity: UInt64) { left = Mutex(capacity) }

  func take(_ bytes: UInt64) -> Bool {
    left.withLock { left in
      guard bytes <= left else { return false }
      left -= bytes
      return true
    }
  }
  func give(_ bytes: UInt64) { left.withLock { $0 += bytes } }
}
