import Rules

/// A world in six words, for the explorer. The same fields as the machine's tables, at the places that `Field.place` gives.
///
/// Word 0: world and tasks. Word 1: importers and guest memory. Then, for each device, a word for the function and one for its
/// pages. A world of one device fills four words.
public struct PackedWorld: Stage, Hashable, BitwiseCopyable, Sendable {
  public var words: InlineArray<6, UInt64>
  static let mostWords = 6

  init(_ sight: Sight) {
    self.init()
    for i in 0..<Self.mostWords { words[i] = sight.words[i] }
  }

  @inlinable public init() { words = InlineArray(repeating: 0) }

  /// Words that a world of these bounds needs.
  public static func width(of bounds: Bounds) -> Int { 2 + 2 * Int(bounds.devices) }

  @inlinable @inline(__always)
  static func location(_ field: Field, _ index: Int) -> (word: Int, shift: UInt64, mask: UInt64) {
    let place = field.place
    let mask: UInt64 = 1 &<< UInt64(place.bits) &- 1
    let shift = UInt64(place.shift), i = UInt64(truncatingIfNeeded: index)
    switch place.axis {
    case .world: return (0, shift, mask)
    case .task: return (0, shift &+ 16 &* i, mask)
    case .importer: return (1, shift &+ 8 &* i, mask)
    case .memory: return (1, shift &+ 16 &* i, mask)
    case .device: return (2 &+ 2 &* index, shift, mask)
    case .page: return (3 &+ 2 &* (index &>> 2), shift &+ 16 &* (i & 3), mask)
    }
  }

  @inlinable @inline(__always) public subscript(_ field: Field, _ index: Int) -> UInt16 {
    get {
      let (word, shift, mask) = Self.location(field, index)
      return UInt16(truncatingIfNeeded: words[word] &>> shift & mask)
    }
    set {
      let (word, shift, mask) = Self.location(field, index)
      words[word] = words[word] & ~(mask &<< shift) | (UInt64(newValue) & mask) &<< shift
    }
  }

  @inlinable @inline(__always) public func pageIndex(_ device: UInt8, _ page: UInt8) -> Int { Int(device) &* 4 &+ Int(page) }

  public static func == (a: Self, b: Self) -> Bool {
    for i in 0..<6 where a.words[i] != b.words[i] { return false }
    return true
  }
  public func hash(into hasher: inout Hasher) { for i in 0..<6 { hasher.combine(words[i]) } }
}
