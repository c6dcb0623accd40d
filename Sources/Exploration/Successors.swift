/// The steps that lead out of one state, filled by a model's `expand` and emptied by the engine for every state.
///
/// One flat buffer: an entry is `width` state words, then one word with the label and the verdict, then one that the
/// engine uses (the hash). Appending is a few stores, without reference counting or arrays, because it happens for
/// every transition of a search: a model that appends must be able to inline this, hence the `@inlinable`s.
public struct Successors: ~Copyable {
  /// How many words a state has.
  public let width: Int
  @usableFromInline let stride: Int
  @usableFromInline var base: UnsafeMutablePointer<UInt64>
  @usableFromInline var next: UnsafeMutablePointer<UInt64>
  @usableFromInline var end: UnsafeMutablePointer<UInt64>

  /// Room behind the last entry, so that an append may store a wider value than `width` before it is cut.
  @usableFromInline static let slack = 16

  /// An empty buffer for states of `width` words (1...12), that grows when `capacity` entries are not enough.
  public init(width: Int, capacity: Int = 256) {
    precondition((1...TransitionSystem.maximumWidth).contains(width), "a state has 1 to 12 words")
    self.width = width
    stride = width + 2
    let words = max(capacity, 1) * stride
    base = .allocate(capacity: words + Self.slack)
    base.initialize(repeating: 0, count: words + Self.slack)
    next = base
    end = base + words
  }

  deinit { base.deallocate() }

  /// How many successors there are so far.
  @inlinable public var count: Int { (next - base) / stride }
  @inlinable public var isEmpty: Bool { next == base }

  /// Forgets all entries and keeps the room.
  @inlinable @inline(__always) public mutating func removeAll() {
    next = base
  }

  /// Adds a state held in an inline array. Words beyond `width` are cut off, missing ones are zero.
  /// - Parameters:
  ///   - label: which action leads there; an index below the system's `labelCount`.
  ///   - verdict: zero when the step is accepted, else the number (1...255) of the property that it violates.
  @inlinable @inline(__always)
  public mutating func append<let count: Int>(_ words: InlineArray<count, UInt64>, label: UInt32, verdict: UInt8 = 0) {
    if next == end { grow() }
    let into = next
    for i in 0..<min(count, TransitionSystem.maximumWidth) { into[i] = words[i] }
    if count < width { for i in count..<width { into[i] = 0 } }
    commit(label: label, verdict: verdict)
  }

  /// Adds the state whose `width` words are at `words`.
  @inlinable @inline(__always)
  public mutating func append(_ words: UnsafePointer<UInt64>, label: UInt32, verdict: UInt8 = 0) {
    let into = reserve()
    for i in 0..<width { into[i] = words[i] }
    commit(label: label, verdict: verdict)
  }

  /// Where the next state's `width` words may be written in place. Their content is undefined until then. The pointer is
  /// good until the next call on this buffer; without a `commit` nothing was added.
  @inlinable @inline(__always)
  public mutating func reserve() -> UnsafeMutablePointer<UInt64> {
    if next == end { grow() }
    return next
  }

  /// As `reserve()`, with the words of `state` already copied there: change what the step changes, then `commit`.
  @inlinable @inline(__always)
  public mutating func reserve(copying state: UnsafePointer<UInt64>) -> UnsafeMutablePointer<UInt64> {
    let into = reserve()
    for i in 0..<width { into[i] = state[i] }
    return into
  }

  /// Makes the words written after `reserve` a successor. Never call it without a `reserve` before.
  @inlinable @inline(__always)
  public mutating func commit(label: UInt32, verdict: UInt8 = 0) {
    next[width] = UInt64(label) | UInt64(verdict) &<< 32
    next += stride
  }

  /// The `width` words of successor `index`; good until the next change of the buffer.
  public borrowing func words(at index: Int) -> UnsafePointer<UInt64> { UnsafePointer(entry(index)) }
  public borrowing func label(at index: Int) -> UInt32 { UInt32(truncatingIfNeeded: entry(index)[width]) }
  public borrowing func verdict(at index: Int) -> UInt8 { UInt8(truncatingIfNeeded: entry(index)[width] &>> 32) }

  @inline(__always) borrowing func entry(_ index: Int) -> UnsafeMutablePointer<UInt64> {
    precondition(index >= 0 && index < count, "no such successor")
    return base + index &* stride
  }

  @usableFromInline @inline(never) mutating func grow() {
    let used = next - base
    let words = (end - base) * 2
    let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: words + Self.slack)
    larger.initialize(repeating: 0, count: words + Self.slack)
    larger.update(from: base, count: used)
    base.deallocate()
    (base, next, end) = (larger, larger + used, larger + words)
  }
}
