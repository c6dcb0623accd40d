/// A part of the table that grows where it lies, and that one thread at a time may change.
struct SeenSegment {
  /// Slots in a line.
  static let line = 8
  private static let firstLines = 64
  /// Bytes from which on large pages are worth their size.
  private static let largeFrom = 1 << 20

  let slots: UnsafeMutablePointer<UInt64>
  private(set) var lines: UInt64
  /// Slots that are not free, and how many may be before it has to grow.
  private(set) var taken = 0
  private(set) var threshold: Int
  /// Lines that there is address space for.
  private let mostLines: Int
  /// The first growth spreads the sizes of the segments over a factor of 1.5, and later ones keep them apart: they do not all grow at once.
  private let secondLines: Int
  /// Makes it as long as a line of the cache: its neighbour is another thread's.
  private let rest: (Int, Int) = (0, 0)

  init(_ reserved: UnsafeMutableRawPointer, bytes: Int, secondLines: Int) {
    mostLines = bytes / (Self.line * 8)
    slots = reserved.bindMemory(to: UInt64.self, capacity: mostLines * Self.line)
    lines = UInt64(Self.firstLines)
    threshold = Self.threshold(Self.firstLines)
    self.secondLines = secondLines
  }

  /// Address space that a segment of so many states may come to need: a third of the slots is free just before it grows by half, and
  /// no hash is perfectly even.
  static func bytes(for states: Int) -> Int { AddressSpace.largePages((states * 5 / 2 + 16 * firstLines * line) * 8) }

  private static func threshold(_ lines: Int) -> Int { lines * line - lines * line / 4 }

  var slotCount: Int { Int(lines) * Self.line }
  /// Touched, in whole pages.
  var bytes: Int { Self.touched(Int(lines)) }
  var isFull: Bool { taken == threshold }

  private static func touched(_ lines: Int) -> Int { AddressSpace.pages(lines * line * 8) }

  /// Lines after the next growth; nil where there is no address space for it.
  private func larger(than lines: Int) -> Int? {
    let larger = lines == Self.firstLines ? secondLines : lines + lines / 2
    return larger <= mostLines ? larger : nil
  }

  /// Bytes that it touches once it has grown; nil where it cannot.
  var bytesGrown: Int? { larger(than: Int(lines)).map(Self.touched) }

  /// Bytes that it touches once so many states were added to it.
  func bytes(afterAdding states: Int) -> Int? {
    var size = Int(lines)
    while taken + states > Self.threshold(size) {
      guard let larger = larger(than: size) else { return nil }
      size = larger
    }
    return Self.touched(size)
  }

  /// The line at which looking for a tag begins, and where in it: a tag's upper bits say the one, its lowest the other.
  @inline(__always) private static func home(_ tag: UInt64, _ lines: UInt64) -> UInt64 { (tag &* lines) &>> 32 }

  /// The slot at which looking for a tag begins.
  @inline(__always) func home(_ tag: UInt64) -> UnsafeMutablePointer<UInt64> {
    slots + Int(truncatingIfNeeded: Self.home(tag, lines) &<< 3 | tag & 7)
  }

  /// The slot of the state with this tag that is the one (`isIt` is asked with what a slot holds), or the free one where it would be, and
  /// what was seen there.
  @inline(__always) func find(_ tag: UInt64, _ isIt: (_ content: UInt64) -> Bool) -> (slot: SeenSlot, content: UInt64) {
    var at = Self.home(tag, lines)
    while true {
      let line = slots + Int(truncatingIfNeeded: at &<< 3)
      var place = tag
      repeat {
        let slot = SeenSlot(line + Int(truncatingIfNeeded: place & 7))
        let content = slot.content
        if content == 0 || (content &>> 32 == tag && isIt(content)) { return (slot, content) }
        place = place &+ 1
      } while (place ^ tag) & 7 != 0
      at = at &+ 1
      if at == lines { at = 0 }
    }
  }

  /// The number of the state with this tag, counted from one, if it is in one of the first slots of its line; or zero. Without a branch
  /// that nobody could predict.
  @inline(__always) func likely(_ tag: UInt64) -> Int {
    let line = slots + Int(truncatingIfNeeded: Self.home(tag, lines) &<< 3)
    var number: UInt64 = 0
    for i in 0..<4 as Range<UInt64> {
      let content = SeenSlot(line + Int(truncatingIfNeeded: (tag &+ i) & 7)).content
      number |= content &>> 32 == tag ? content & SeenSlot.numbers : 0
    }
    return Int(truncatingIfNeeded: number)
  }

  /// The line at which a look-up goes on that does not find its tag in the first, or nil where it ends there: the slot that it comes to
  /// last is free. Behind the last line it is no line of the segment, and nothing but a wasted prefetch.
  @inline(__always) func next(_ tag: UInt64) -> UnsafeMutablePointer<UInt64>? {
    let line = slots + Int(truncatingIfNeeded: Self.home(tag, lines) &<< 3)
    return SeenSlot(line + Int(truncatingIfNeeded: (tag &- 1) & 7)).content == 0 ? nil : line + Self.line
  }

  /// Takes a free slot.
  @inline(__always) mutating func take(_ slot: SeenSlot, _ tag: UInt64, number: Int) {
    slot.content = SeenSlot.content(tag, number: number)
    taken = taken &+ 1
  }

  /// Slots that several threads may take together before somebody looks whether it has to grow: an eighth stays free, so that every
  /// look-up comes to an end.
  var spare: Int { slotCount - slotCount / 8 - taken }

  /// Counts slots that several threads took. True if it has to grow for them.
  mutating func add(_ slots: Int) -> Bool {
    taken += slots
    return taken > threshold
  }

  /// Grows as if its slots had been taken one by one. There has to be address space for it.
  mutating func growAsNeeded() {
    while taken > threshold, larger(than: Int(lines)) != nil { grow() }
  }

  /// Moves the slots apart, to half as many lines again, and needs the tags alone: no state is read again. There has to be address
  /// space for it (`bytesGrown`).
  ///
  /// From the last line to the first, since what was behind is in front of nothing by then. A tag whose look-up would pass lines that were
  /// not moved yet (its new home is before them, or the end is full) waits until all were.
  @inline(never) mutating func grow() {
    let old = Int(lines)
    guard let new = larger(than: old) else { return }
    lines = UInt64(new)
    threshold = Self.threshold(new)
    // Not from the beginning: most searches are small.
    if Self.touched(old) < Self.largeFrom, Self.touched(new) >= Self.largeFrom {
      AddressSpace.takeLargePages(slots, mostLines * Self.line * 8)
    }
    AddressSpace.populate(
      UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(slots) + Self.touched(old), count: Self.touched(new) - Self.touched(old)))
    var waiting: [UInt64] = []
    var moved = InlineArray<8, UInt64>(repeating: 0)
    for from in stride(from: old - 1, through: 0, by: -1) {
      let line = slots + from * Self.line
      for i in 0..<Self.line {
        moved[i] = line[i]
        line[i] = 0
      }
      for i in 0..<Self.line where moved[i] != 0 {
        if !move(moved[i], before: from) { waiting.append(moved[i]) }
      }
    }
    for content in waiting { find(content &>> 32) { _ in false }.slot.content = content }
  }

  /// Puts what a slot held where it belongs now, if that is among the lines from `first` on.
  @inline(__always) private func move(_ content: UInt64, before first: Int) -> Bool {
    let tag = content &>> 32
    let home = Int(truncatingIfNeeded: Self.home(tag, lines))
    guard home >= first else { return false }
    for at in home..<Int(truncatingIfNeeded: lines) {
      for i in 0..<Self.line {
        let slot = slots + (at &* Self.line &+ Int(truncatingIfNeeded: (tag &+ UInt64(truncatingIfNeeded: i)) & 7))
        if slot.pointee == 0 {
          slot.pointee = content
          return true
        }
      }
    }
    return false
  }
}
