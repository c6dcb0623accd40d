import Sharing
import Synchronization

/// The fences of a reservation, in a place that is written under the lock and read without (dma-resv.c, `struct dma_resv_list`).
///
/// Reading keeps nothing from happening: a reader counts itself in, takes a fence and counts itself out. What a writer takes out is let go
/// of later, by the next writer that sees no reader inside: everybody who comes after that finds it gone. Linux has RCU for this.
///
/// Writers: one at a time, under the reservation. Readers: any, any time.
final class FenceStore: @unchecked Sendable {
  /// A list with a fixed number of places. A place holds a fence and, in the two low bits of its address, its usage.
  final class List: @unchecked Sendable {
    let capacity: Int
    /// Every list has the number after that of the one before: a reader that finds another number than it began with begins again. It is in the
    /// list, since a number beside it would be of another moment.
    let number: UInt64
    let count: Atomic<Int>
    let places: UnsafeMutablePointer<Atomic<UInt>>

    init(capacity: Int, number: UInt64) {
      (self.capacity, self.number) = (capacity, number)
      count = Atomic(0)
      places = .allocate(capacity: capacity)
      for i in 0..<capacity { (places + i).initialize(to: Atomic(0)) }
    }

    deinit {
      for i in 0..<count.load(ordering: .acquiring) { Self.fence(in: places[i].load(ordering: .acquiring))?.release() }
      places.deallocate()
    }

    @inline(__always) static func pack(_ fence: Unmanaged<Fence>, _ usage: Usage) -> UInt {
      UInt(bitPattern: fence.toOpaque()) | UInt(usage.rawValue)
    }
    @inline(__always) static func fence(in place: UInt) -> Unmanaged<Fence>? {
      UnsafeRawPointer(bitPattern: place & ~3).map(Unmanaged<Fence>.fromOpaque)
    }
    @inline(__always) static func usage(in place: UInt) -> Usage { Usage(rawValue: UInt8(place & 3)) ?? .bookkeep }
  }

  /// The list that readers find; retained by the store.
  private let current = Atomic<UInt>(0)
  private let readers = Atomic<Int>(0)
  // Written under the reservation:
  private var retired: [Unmanaged<AnyObject>] = []
  private var promised = 0

  deinit {
    Self.list(current.load(ordering: .acquiring))?.release()
    for object in retired { object.release() }
  }

  private static func list(_ bits: UInt) -> Unmanaged<List>? { UnsafeRawPointer(bitPattern: bits).map(Unmanaged<List>.fromOpaque) }

  // MARK: Writing, under the reservation

  /// Sees to it that so many more fences find a place. Signalled ones are dropped on the way.
  func reserve(_ wanted: Int) {
    let wanted = max(wanted, 1)
    let old = Self.list(current.load(ordering: .relaxed))
    if let list = old?.takeUnretainedValue(), list.capacity - list.count.load(ordering: .relaxed) >= wanted {
      promised = max(promised, wanted)
      return
    }
    let (oldCount, number) = old.map { $0._withUnsafeGuaranteedRef { ($0.count.load(ordering: .relaxed), $0.number) } } ?? (0, 0)
    let new = List(capacity: max(4, oldCount * 2, oldCount + wanted), number: number + 1)
    var kept = 0
    if let list = old?.takeUnretainedValue() {
      for i in 0..<oldCount {
        let place = list.places[i].load(ordering: .relaxed)
        guard let fence = List.fence(in: place), !fence._withUnsafeGuaranteedRef({ $0.isSignalled }) else { continue }
        _ = fence.retain()
        new.places[kept].store(place, ordering: .relaxed)
        kept += 1
      }
    }
    new.count.store(kept, ordering: .relaxed)
    current.store(UInt(bitPattern: Unmanaged.passRetained(new).toOpaque()), ordering: .sequentiallyConsistent)
    if let old { retire(Unmanaged<AnyObject>.fromOpaque(old.toOpaque())) }
    promised = max(promised, wanted)
  }

  /// Adds a fence. It takes the place of an earlier one of its timeline with the same or a weaker claim, or of one that is over.
  /// - Returns: false if no place was reserved.
  func add(_ fence: Fence, _ usage: Usage) -> Bool {
    guard law.refusalToAdd(promised: promised) == nil, let list = Self.list(current.load(ordering: .relaxed))?.takeUnretainedValue() else {
      return false
    }
    promised -= 1
    let place = List.pack(Unmanaged.passRetained(fence), usage)
    let count = list.count.load(ordering: .relaxed)
    for i in 0..<count {
      let seen = list.places[i].load(ordering: .relaxed)
      guard let old = List.fence(in: seen) else { continue }
      let isReplaced = old._withUnsafeGuaranteedRef {
        $0.context == fence.context && List.usage(in: seen) >= usage && fence.isLaterOrSame(as: $0) || $0.isSignalled
      }
      guard isReplaced else { continue }
      list.places[i].store(place, ordering: .sequentiallyConsistent)
      retire(Unmanaged<AnyObject>.fromOpaque(old.toOpaque()))
      return true
    }
    // A promise is a place: reserve made room for all of them.
    guard count < list.capacity else { return false }
    list.places[count].store(place, ordering: .releasing)
    list.count.store(count + 1, ordering: .sequentiallyConsistent)
    return true
  }

  /// Puts another fence in the place of every one of a timeline that is gone: what was waited for has become something else, as when a
  /// page-table update replaces a preemption (`dma_resv_replace_fences`).
  func replace(_ context: FenceContextID, with fence: Fence, _ usage: Usage) {
    guard let list = Self.list(current.load(ordering: .relaxed))?.takeUnretainedValue() else { return }
    for i in 0..<list.count.load(ordering: .relaxed) {
      guard let old = List.fence(in: list.places[i].load(ordering: .relaxed)), old._withUnsafeGuaranteedRef({ $0.context == context }) else {
        continue
      }
      list.places[i].store(List.pack(Unmanaged.passRetained(fence), usage), ordering: .sequentiallyConsistent)
      retire(Unmanaged<AnyObject>.fromOpaque(old.toOpaque()))
    }
  }

  /// What was promised and not used is no promise any longer: the lock is about to be dropped.
  @inline(__always) func forgetPromises() { promised = 0 }

  /// Lets go of what readers may be looking at still, when none is inside.
  private func retire(_ object: Unmanaged<AnyObject>) {
    retired.append(object)
    guard readers.load(ordering: .sequentiallyConsistent) == 0 else { return }
    // A fence's last reference may run a destructor that comes back here.
    let gone = retired
    retired = []
    for object in gone { object.release() }
  }

  // MARK: Reading, without any lock

  var isEmpty: Bool { current.load(ordering: .relaxed) == 0 }

  /// The fence at a place of the present list, nil behind the last place, and the list's number, 0 where there is none.
  func fence(at index: Int) -> (fence: Fence?, usage: Usage, number: UInt64) {
    readers.add(1, ordering: .sequentiallyConsistent)
    defer { readers.subtract(1, ordering: .sequentiallyConsistent) }
    guard let list = Self.list(current.load(ordering: .sequentiallyConsistent)) else { return (nil, .bookkeep, 0) }
    return list._withUnsafeGuaranteedRef { list in
      guard index < list.count.load(ordering: .sequentiallyConsistent) else { return (nil, .bookkeep, list.number) }
      let place = list.places[index].load(ordering: .sequentiallyConsistent)
      return (List.fence(in: place)?.takeUnretainedValue(), List.usage(in: place), list.number)
    }
  }
}
