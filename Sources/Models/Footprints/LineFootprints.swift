/// The footprints of one task's advance: one for each of its lines, as a line looks at little; and where a line looks at what the
/// other task is at, because it waits for it, one for each line of that.
struct LineFootprints: ~Copyable {
  private let lines: Int
  private let width: Int
  /// For each line one that does not ask for the other task's, and one for each line of the other.
  private let all: UnsafeMutablePointer<UnsafeMutablePointer<Footprint>?>
  private var asksForOther: [Bool]

  init(lines: Int, width: Int) {
    (self.lines, self.width) = (lines, width)
    all = .allocate(capacity: lines * (lines + 1))
    all.initialize(repeating: nil, count: lines * (lines + 1))
    asksForOther = Array(repeating: false, count: lines)
  }

  deinit {
    for i in 0..<lines * (lines + 1) {
      all[i]?.deinitialize(count: 1)
      all[i]?.deallocate()
    }
    all.deallocate()
  }

  /// The footprint for a task at `line` while the other one is at `other`.
  @inline(__always) mutating func footprint(at line: Int, while other: Int) -> UnsafeMutablePointer<Footprint> {
    let place = line &* (lines &+ 1) &+ (asksForOther[line] ? other &+ 1 : 0)
    return all[place] ?? make(place)
  }

  /// From here on the line is known to ask for the other task's.
  mutating func tellApart(_ line: Int) { asksForOther[line] = true }

  @inline(never) private func make(_ place: Int) -> UnsafeMutablePointer<Footprint> {
    let new = UnsafeMutablePointer<Footprint>.allocate(capacity: 1)
    new.initialize(to: Footprint(width: width))
    all[place] = new
    return new
  }
}
