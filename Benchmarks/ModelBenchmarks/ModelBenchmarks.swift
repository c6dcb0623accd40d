import Benchmark
import Clock
import Exploration
import Models
import Procedures
import Rules

/// The model of the README at 1 device, 2 pages, 3 importers, cut at 2.5 million states: how fast real rules are explored,
/// and what a state costs beyond its packed words.
let benchmarks: @Sendable () -> Void = {
  let speed = BenchmarkMetric.custom("states per CPU-second", polarity: .prefersLarger, useScalingFactor: false)
  let overhead = BenchmarkMetric.custom("bytes per 100 states beyond the packed ones", useScalingFactor: false)

  for threads in [1, 2] {
    Benchmark(
      "private-mmio, 1 device, 2 pages, 3 importers, 2.5 M states, threads: \(threads)",
      configuration: .init(metrics: [speed, overhead, .wallClock], warmupIterations: 1, maxDuration: .seconds(30), maxIterations: 5)
    ) { benchmark in
      let model = try Model(
        .privateMMIO, procedures: ProcedureSet(), bounds: Bounds(devices: 1, pages: 2, importers: 3, memory: 1))
      let before = processorTime()
      let check = try Check(model, options: SearchOptions(limit: 2_500_000, threads: threads))
      let nanoseconds = max(processorTime() - before, 1)
      guard check.report.states == 2_500_000, check.counterexample == nil else {
        benchmark.error("the search ended with \(check.verdict) after \(check.report.states) states")
        return
      }
      benchmark.measurement(speed, Int(UInt64(check.report.states) * 1_000_000_000 / nanoseconds))
      benchmark.measurement(overhead, Int(check.report.overheadPerState * 100))
    }
  }
}
