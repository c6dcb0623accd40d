import Primitives

/// How often each page is counted, where pages are counted in ranges: what importers hold. Costs what edges there are, however long the ranges.
package struct PageCounts {
  /// From each edge to the next the count is the same; below the first and from the last on it is zero. In ascending order.
  private var edges: [(page: Int, count: Int)] = []

  package init() {}

  package var isEmpty: Bool { edges.isEmpty }

  package subscript(page: Int) -> Int {
    let above = firstEdge(above: page)
    return above == 0 ? 0 : edges[above - 1].count
  }

  /// Where the pages end, from this one on and not beyond `limit`, that are counted as often.
  package func endOfAlike(from page: Int, to limit: Int) -> Int {
    let above = firstEdge(above: page)
    return above == edges.count ? limit : min(limit, edges[above].page)
  }

  /// Counts every page of a range so often more, or less, and never less than not at all.
  package mutating func add(_ amount: Int, to pages: Range<Int>) {
    guard !pages.isEmpty, amount != 0 else { return }
    let first = cut(at: pages.lowerBound), end = cut(at: pages.upperBound)
    for index in first..<end { edges[index].count = max(0, edges[index].count + amount) }
    // Edges that part nothing go: only those in reach can have become such.
    var index = min(end, edges.count - 1)
    while index >= first {
      if edges[index].count == (index == 0 ? 0 : edges[index - 1].count) { edges.remove(at: index) }
      index -= 1
    }
  }

  /// Makes an edge at a page, where there is none.
  private mutating func cut(at page: Int) -> Int {
    let above = firstEdge(above: page)
    if above > 0, edges[above - 1].page == page { return above - 1 }
    edges.insert((page, above == 0 ? 0 : edges[above - 1].count), at: above)
    return above
  }

  private func firstEdge(above page: Int) -> Int { edges.partitioningIndex { $0.page > page } }
}
