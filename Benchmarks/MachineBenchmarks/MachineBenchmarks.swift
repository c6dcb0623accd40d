import Benchmark
import Clock
import Memory
import Primitives
import Scenarios

let benchmarks: @Sendable () -> Void = {
  let cpu = BenchmarkMetric.custom("CPU milliseconds", useScalingFactor: false)
  Benchmark("run private-mmio", configuration: .init(metrics: [cpu], warmupIterations: 1, maxDuration: .seconds(20), maxIterations: 10)) {
    benchmark in
    let before = processorTime()
    let run = try ScenarioRunner.run(RunRequest(BuiltInScenarios.scenario("private-mmio")))
    guard run.passed else {
      benchmark.error(run.resultLine)
      return
    }
    benchmark.measurement(cpu, Int((processorTime() - before) / 1_000_000))
  }

  let ratio = BenchmarkMetric.custom("percent of memcpy's bandwidth", polarity: .prefersLarger, useScalingFactor: false)
  Benchmark(
    "device DMA: 2 MiB blocks over 2 MiB pages of shared memory",
    configuration: .init(metrics: [ratio], warmupIterations: 1, maxDuration: .seconds(10), maxIterations: 20)
  ) { benchmark in
    benchmark.measurement(ratio, try TransferRatio().percentOfMemcpy(blocks: 64))
  }
}
