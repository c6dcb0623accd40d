import CLinux
import Synchronization

/// Where threads sleep. Fences, reservations and mapping counts keep their state in a word of their own, with a bit that says that
/// somebody sleeps; the sleeping itself is done at one of a few places that all of them share.
///
/// A place is a counter. Who sleeps reads the counter first and its condition second, so that a change in between is seen by the
/// kernel, which compares the counter again (futex(2)). Two objects at the same place wake each other for nothing, which costs a look
/// and is never wrong. In return an object needs no memory for its sleepers, and may go away the moment it has woken them.
enum Parking {
  private static let count = 256
  private static let places: Places = Places()

  private struct Places: @unchecked Sendable {
    let words: UnsafeMutablePointer<Atomic<UInt32>>
    init() {
      // For the life of the process.
      words = .allocate(capacity: Parking.count)
      for i in 0..<Parking.count { (words + i).initialize(to: Atomic(0)) }
    }
  }

  private static func place(of bits: UInt) -> UnsafeMutablePointer<Atomic<UInt32>> {
    places.words + Int((bits >> 4 ^ bits >> 13) & UInt(count - 1))
  }

  /// Sleeps for as long as a condition holds. The condition sets the bit that makes others call `wake`.
  /// - Returns: false if the deadline passed and the condition still held.
  static func wait(at object: AnyObject, until deadline: MonotonicTime, while waits: () -> Bool) -> Bool {
    wait(at: UInt(bitPattern: ObjectIdentifier(object)), until: deadline, while: waits)
  }

  /// The same at an address, for what is no object.
  static func wait(at address: UInt, until deadline: MonotonicTime, while waits: () -> Bool) -> Bool {
    let place = place(of: address)
    while true {
      let seen = place.pointee.load(ordering: .sequentiallyConsistent)
      guard waits() else { return true }
      if deadline != .never, MonotonicTime.now >= deadline { return false }
      cofferdam_futex_wait(UnsafeMutableRawPointer(place).assumingMemoryBound(to: UInt32.self), seen, deadline.nanoseconds)
    }
  }

  /// Wakes whoever sleeps at the object's place, to look again. After the change that they wait for.
  static func wake(at object: AnyObject) { wake(at: UInt(bitPattern: ObjectIdentifier(object))) }

  static func wake(at address: UInt) {
    let place = place(of: address)
    place.pointee.add(1, ordering: .sequentiallyConsistent)
    cofferdam_futex_wake(UnsafeMutableRawPointer(place).assumingMemoryBound(to: UInt32.self))
  }
}
