import Primitives

/// Pages of a contiguous heap that work for somebody else, in the order of their numbers: a range is asked for those in it and not for each of
/// its pages.
struct PageGuests {
  private var entries: [(number: Int, page: MovablePage)] = []

  var count: Int { entries.count }

  /// Those in a range of page numbers.
  subscript(pages: Range<Int>) -> [MovablePage] { entries[slice(pages)].map(\.page) }

  /// - Precondition: nobody has the page.
  mutating func insert(_ page: MovablePage, at number: Int) { entries.insert((number, page), at: firstIndex(from: number)) }

  mutating func remove(_ number: Int) {
    let index = firstIndex(from: number)
    if index < entries.count, entries[index].number == number { entries.remove(at: index) }
  }

  /// The highest page of a range that nobody has.
  func highestFree(in pages: Range<Int>) -> Int? {
    // Behind the lowest entry from which on there is no gap up to the end, numbers and positions differ by as much as there.
    let inside = slice(pages)
    let whole = inside.partitioningIndex { pages.upperBound - entries[$0].number == inside.upperBound - $0 }
    let free = pages.upperBound - 1 - (inside.upperBound - whole)
    return pages.contains(free) ? free : nil
  }

  private func slice(_ pages: Range<Int>) -> Range<Int> { firstIndex(from: pages.lowerBound)..<firstIndex(from: pages.upperBound) }

  private func firstIndex(from number: Int) -> Int { entries.partitioningIndex { $0.number >= number } }
}
