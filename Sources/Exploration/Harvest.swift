/// What a worker brings home from a stretch of states: the successors that were not stored yet when it looked, and the
/// states without successors that somebody has to hear of. In the order in which one thread would have met them.
struct Harvest: ~Copyable {
  /// An entry: the state's words, its hash, its mark, and the number of the state it came from.
  let stride: Int
  private(set) var base: UnsafeMutablePointer<UInt64>
  private(set) var next: UnsafeMutablePointer<UInt64>
  private var end: UnsafeMutablePointer<UInt64>
  /// Whether somebody has to hear of none of it: then the order in which it is stored makes no difference but to numbers.
  private(set) var isPlain = true
  /// Whose cache it is in.
  var reaper = 0
  /// The number of the first state in it that is new, once it is known what the stretches before it yielded.
  var number = 0

  init(width: Int) {
    stride = width + 3
    base = .allocate(capacity: 512 * stride)
    next = base
    end = base + 512 * stride
  }

  deinit { base.deallocate() }

  var count: Int { (next - base) / stride }

  mutating func removeAll() {
    next = base
    isPlain = true
  }

  @inline(__always)
  mutating func add(_ words: UnsafePointer<UInt64>, hash: UInt64, mark: Mark, from: Int, _ k: Int) {
    if next == end { grow() }
    for i in 0..<k { next[i] = words[i] }
    next[k] = hash
    next[k &+ 1] = mark.bits
    next[k &+ 2] = UInt64(truncatingIfNeeded: from)
    next += k &+ 3
    if mark.hasVerdict { isPlain = false }
  }

  @inline(never) private mutating func grow() {
    let used = next - base
    let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: used * 2)
    larger.update(from: base, count: used)
    base.deallocate()
    (base, next, end) = (larger, larger + used, larger + used * 2)
  }

  /// The label and verdict as `Successors` wrote them, the verdict of `check`, and whether the entry is a state without
  /// successors, with the verdict of `quiescent` in the place of a step's.
  struct Mark {
    var bits: UInt64
    @inline(__always) var step: UInt64 { bits & 0xFF_FFFF_FFFF }
    @inline(__always) var verdict: UInt8 { UInt8(truncatingIfNeeded: bits &>> 32) }
    @inline(__always) var stateVerdict: UInt8 { UInt8(truncatingIfNeeded: bits &>> 40) }
    @inline(__always) var hasVerdict: Bool { bits &>> 32 != 0 }
    @inline(__always) var isQuiescent: Bool { bits &>> 48 != 0 }

    @inline(__always) static func step(_ mark: UInt64, stateVerdict: UInt8) -> Mark {
      Mark(bits: mark | UInt64(stateVerdict) &<< 40)
    }
    static func quiescent(_ verdict: UInt8) -> Mark { Mark(bits: UInt64(verdict) &<< 32 | 1 &<< 48) }
  }
}
