import Benchmark
import Clock
import Exploration

/// What liveness costs beside safety: the same states once without and once with a question, CPU time of both.
enum LivenessBenchmarks {
  private static let share = BenchmarkMetric.custom("CPU of safety and liveness per 100 of safety", useScalingFactor: false)
  private static let arrays = BenchmarkMetric.custom("bytes of liveness per 100 states", useScalingFactor: false)

  static func register() {
    for (name, liveness, holds) in [
      ("one property that holds", question([.alwaysEventually(0)]), true),
      (
        "four properties that hold",
        question([.alwaysEventually(0), .alwaysEventually(1), .leadsTo(trigger: 0, goal: 1), .leadsTo(trigger: 1, goal: 0)]), true
      ),
      ("one property that does not", question([.alwaysEventually(2)]), false),
    ] {
      Benchmark(
        "liveness on \(Parties.states) states, \(name)",
        configuration: .init(metrics: [share, arrays, .wallClock], warmupIterations: 1, maxDuration: .seconds(30), maxIterations: 3)
      ) { benchmark in
        let safety = try time(nil).nanoseconds
        let (both, report) = try time(liveness)
        guard report.outcome == .exhausted || !holds, report.isExhaustive, let judged = report.liveness else {
          benchmark.error("the search gave \(report.outcome)")
          return
        }
        benchmark.measurement(share, Int(both * 100 / max(safety, 1)))
        benchmark.measurement(arrays, judged.peakBytes * 100 / report.states)
      }
    }
  }

  /// Each party goes on, for ever. Facts: the first one is at stage 0, at stage 2; all are at stage 0.
  private static func question(_ properties: [LivenessProperty]) -> Liveness {
    let fairness = (0..<UInt32(Parties.count)).map { Fairness.weak([$0]) }
    return Liveness(properties: properties, fairness: fairness) { state in
      let first = state[0] & 0xFF
      return (first == 0 ? 1 : 0) | (first == 2 ? 2 : 0) | (state[0] | state[1] | state[2] == 0 ? 4 : 0)
    }
  }

  private static func time(_ liveness: Liveness?) throws -> (nanoseconds: UInt64, report: SearchReport) {
    let before = processorTime()
    var explorer = try Explorer(Parties.system(width: 3), liveness: liveness)
    let report = explorer.run()
    return (processorTime() - before, report)
  }
}
