import Primitives

/// Neighbouring lines in the same state. `start` and `end` may lie inside the first and the last of them.
struct LineRun {
  let state: LineState
  let start: UInt64
  let end: UInt64
  var firstLine: UInt64 { start & ~(MemoryLine.bytes - 1) }
}

extension MemoryEncryption {
  /// The largest piece from `start` whose lines share owner, version and poison, ending at a line or at `limit`.
  func run(from start: UInt64, to limit: UInt64) -> LineRun {
    let state = metadata.state(ofLineAt: start)
    var end = (start & ~(MemoryLine.bytes - 1)) + MemoryLine.bytes
    var pageNumber = start >> 12
    var page = metadata.page(of: start)
    while end < limit {
      if end >> 12 != pageNumber {
        pageNumber = end >> 12
        if page == nil, state == LineState(), !metadata.hasRegion(of: end) {
          end = (end >> 21 + 1) << 21
          continue
        }
        page = metadata.page(of: end)
      }
      guard let page else {
        guard state == LineState() else { break }
        end = (pageNumber + 1) << 12
        continue
      }
      guard page[MetadataStore.line(end)] == state else { break }
      end += MemoryLine.bytes
    }
    return LineRun(state: state, start: start, end: min(end, limit))
  }

  func poison(_ run: LineRun) {
    var line = run.firstLine
    while line < run.end {
      var state = metadata.state(ofLineAt: line)
      state.isPoisoned = true
      metadata.set(state, ofLineAt: line)
      line += MemoryLine.bytes
    }
  }
}
