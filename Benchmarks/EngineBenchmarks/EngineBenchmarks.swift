import Benchmark
import Clock
import Exploration

let benchmarks: @Sendable () -> Void = {
  let speed = BenchmarkMetric.custom("states per CPU-second", polarity: .prefersLarger, useScalingFactor: false)
  let size = BenchmarkMetric.custom("bytes per 100 states", useScalingFactor: false)
  let overhead = BenchmarkMetric.custom("bytes per 100 states beyond the packed ones", useScalingFactor: false)

  for (width, threads) in [(3, 1), (4, 1), (6, 1), (3, 2)] {
    Benchmark(
      "explore \(Parties.states) states of \(width) words, threads: \(threads)",
      configuration: .init(
        metrics: [speed, size, overhead, .wallClock], warmupIterations: 1, maxDuration: .seconds(15), maxIterations: 5)
    ) { benchmark in
      let before = processorTime()
      var explorer = try Explorer(Parties.system(width: width), options: SearchOptions(threads: threads))
      let report = explorer.run()
      let nanoseconds = max(processorTime() - before, 1)
      guard report.outcome == .exhausted, report.states == Parties.states else {
        benchmark.error("the search gave \(report.outcome) after \(report.states) states")
        return
      }
      benchmark.measurement(speed, Int(UInt64(report.states) * 1_000_000_000 / nanoseconds))
      benchmark.measurement(size, Int(report.bytesPerState * 100))
      benchmark.measurement(overhead, Int(report.overheadPerState * 100))
    }
  }
  LivenessBenchmarks.register()
}
