import Clock

/// What an allocator made of a trace.
struct Replay {
  let name: String
  /// CPU of the process for one request, failed ones too, allocation and free together. Nanoseconds.
  let nanoseconds: Double
  let allocations: Int
  let failures: Int
  /// The longest hole's share of the free space, sampled every 10,000 requests.
  let contiguity: Double
  let worstContiguity: Double

  /// Twice: once with the clock and once with samples, which would cost time.
  init<C: Contender & ~Copyable>(_ trace: Trace, _ type: C.Type, repeats: Int) {
    name = C.name
    var best = UInt64.max
    for _ in 0..<repeats {
      var allocator = C(pages: Trace.bytes / Trace.page, slots: trace.slots)
      _ = Self.perform(trace.requests[..<trace.fill], on: &allocator)
      let start = processorTime()
      _ = Self.perform(trace.requests[trace.fill...], on: &allocator)
      best = min(best, processorTime() - start)
    }
    nanoseconds = Double(best) / Double(trace.requests.count - trace.fill)

    var allocator = C(pages: Trace.bytes / Trace.page, slots: trace.slots)
    _ = Self.perform(trace.requests[..<trace.fill], on: &allocator)
    var tally = (allocations: 0, failures: 0), samples: [Double] = []
    var position = trace.fill
    while position < trace.requests.count {
      let next = min(position + 10_000, trace.requests.count)
      let part = Self.perform(trace.requests[position..<next], on: &allocator)
      tally = (tally.allocations + part.allocations, tally.failures + part.failures)
      samples.append(allocator.free == 0 ? 1 : Double(allocator.longestHole) / Double(allocator.free))
      position = next
    }
    (allocations, failures) = tally
    contiguity = samples.reduce(0, +) / Double(max(1, samples.count))
    worstContiguity = samples.min() ?? 0
  }

  private static func perform<C: Contender & ~Copyable>(
    _ requests: ArraySlice<Trace.Request>, on allocator: inout C
  ) -> (allocations: Int, failures: Int) {
    var (allocations, failures) = (0, 0)
    for request in requests {
      switch request {
      case .allocate(let slot, let pages, let alignment):
        allocations += 1
        if !allocator.allocate(slot: slot, pages: pages, alignment: alignment / Trace.page) { failures += 1 }
      case .free(let slot): allocator.free(slot: slot)
      }
    }
    return (allocations, failures)
  }
}
