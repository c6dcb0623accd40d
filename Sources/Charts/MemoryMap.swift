import Primitives

/// Who has a stretch of an address space, and how.
public struct Ownership: Hashable, Sendable {
  /// One colour in the map, so few words: "guest private", "guest shared", "device", "host".
  public var owner: String
  /// "4 KiB", "accepted", "→ BAR0+0x1000"
  public var attributes: [String]

  public init(_ owner: String, _ attributes: [String] = []) { (self.owner, self.attributes) = (owner, attributes) }
}

/// A stretch `start ..< start + length` of one space.
public struct Region: Hashable, Sendable {
  public let start: UInt64
  /// In bytes. Cut where the 64-bit space ends.
  public let length: UInt64
  public var ownership: Ownership

  public init(_ start: UInt64, length: UInt64, _ ownership: Ownership) {
    (self.start, self.length, self.ownership) = (start, min(length, UInt64.max - start), ownership)
  }
  public init(_ start: UInt64, length: UInt64, owner: String, _ attributes: [String] = []) {
    self.init(start, length: length, Ownership(owner, attributes))
  }

  public var end: UInt64 { start + length }
}

/// One address space, as regions in ascending order that do not overlap.
public struct MemoryMap: Hashable, Sendable {
  /// "guest physical", "host physical", "IOVA 0000:01:00.0"
  public let space: String
  public private(set) var regions: [Region] = []

  /// Regions are painted in the order given: a later one covers an earlier one.
  public init(_ space: String, _ regions: [Region] = []) {
    self.space = space
    for region in regions { paint(region.start, region.length, region.ownership) }
  }
}

/// A stretch that changes hands in one step. Whatever lay there is covered, and cut where it juts out.
public struct MemoryChange: Hashable, Sendable {
  /// A `MemoryMap.space`; a name that the chart's maps do not have begins a new space.
  public var space: String
  public var start: UInt64
  public var length: UInt64
  /// What the maker says was there, to show; nil for nobody's.
  public var before: Ownership?
  /// Nil: nobody's any more.
  public var after: Ownership?

  public init(_ space: String, _ start: UInt64, length: UInt64, before: Ownership?, after: Ownership?) {
    (self.space, self.start, self.length) = (space, start, length)
    (self.before, self.after) = (before, after)
  }
}

/// "Replace `removed` regions from position `at` by `inserted`": all that painting ever does.
package struct MapSplice: Hashable, Sendable {
  var at: Int
  var removed: Int
  var inserted: [Region]
}

extension MemoryMap {
  /// Gives `start ..< start + length` to `ownership`, or to nobody. An empty stretch changes nothing.
  @discardableResult
  package mutating func paint(_ start: UInt64, _ length: UInt64, _ ownership: Ownership?) -> MapSplice {
    let end = start + min(length, UInt64.max - start)
    guard start < end else { return MapSplice(at: 0, removed: 0, inserted: []) }
    let first = regions.partitioningIndex { $0.end > start }
    let past = regions.partitioningIndex { $0.start >= end }
    var inserted: [Region] = []
    if first < past, regions[first].start < start {
      inserted.append(Region(regions[first].start, length: start - regions[first].start, regions[first].ownership))
    }
    if let ownership { inserted.append(Region(start, length: end - start, ownership)) }
    if first < past, regions[past - 1].end > end {
      inserted.append(Region(end, length: regions[past - 1].end - end, regions[past - 1].ownership))
    }
    regions.replaceSubrange(first..<past, with: inserted)
    return MapSplice(at: first, removed: past - first, inserted: inserted)
  }
}
