import Primitives

/// Frames that nobody has, by address: runs of whole pages, of which no two touch.
struct FrameRuns: Hashable, Sendable {
  typealias Run = AddressRange<HostPhysicalAddress>

  private(set) var runs: [Run] = []
  /// All runs together.
  private(set) var bytes: UInt64 = 0

  /// So many bytes from the shortest run that has them, the lowest where several are alike. What is left of the run stays.
  /// - Parameter alignment: of the first byte, a power of two.
  mutating func take(_ length: UInt64, alignedTo alignment: UInt64) -> Run? {
    var best: (index: Int, start: UInt64)?
    for (index, run) in runs.enumerated() {
      let (sum, overflow) = run.start.rawValue.addingReportingOverflow(alignment - 1)
      let start = sum & ~(alignment - 1)
      guard !overflow, start <= run.end.rawValue, length <= run.end.rawValue - start else { continue }
      if let best, runs[best.index].length <= run.length { continue }
      best = (index, start)
    }
    guard let best else { return nil }
    return cut(from: best.start, length, outOf: best.index)
  }

  /// The end of the last run, at most so many bytes of it. Nil when nothing is left, or nothing is asked for.
  mutating func takeLast(atMost limit: UInt64) -> Run? {
    guard let last = runs.last, limit > 0 else { return nil }
    let length = min(limit, last.length)
    return cut(from: last.end.rawValue - length, length, outOf: runs.count - 1)
  }

  private mutating func cut(from start: UInt64, _ length: UInt64, outOf index: Int) -> Run? {
    let run = runs[index]
    guard let taken = Run(start: HostPhysicalAddress(start), length: length) else { return nil }
    let before = Run(start: run.start, length: start - run.start.rawValue),
      after = Run(start: taken.end, length: run.end.rawValue - taken.end.rawValue)
    runs.replaceSubrange(index...index, with: [before, after].compactMap { $0 }.filter { $0.length > 0 })
    bytes -= length
    return taken
  }

  /// Puts a run back. It has nothing in common with those that are here.
  mutating func give(_ run: Run) {
    guard run.length > 0 else { return }
    var index = runs.partitioningIndex { $0.start >= run.start }
    var whole = run
    bytes += run.length
    if index < runs.count, runs[index].start == run.end, let joined = Run(start: run.start, length: run.length + runs[index].length) {
      whole = joined
      runs.remove(at: index)
    }
    if index > 0, runs[index - 1].end == whole.start, let joined = Run(start: runs[index - 1].start, length: runs[index - 1].length + whole.length) {
      index -= 1
      whole = joined
      runs.remove(at: index)
    }
    runs.insert(whole, at: index)
  }

  /// The alignment at which so many bytes are mapped with the largest pages that they could fill.
  static func alignment(of length: UInt64) -> UInt64 { (PageSize.allCases.last { $0.bytes <= length } ?? .small).bytes }
}
