import Foundation

/// Ours against best fit where nobody set a mark: all mixes at four loads, five seeds each.
///
///     RegionTraces survey [requests]
enum Survey {
  private static let loads = [(0.5, 0.6), (0.7, 0.9), (0.85, 0.95), (0.95, 0.99)]

  static func run(requests: Int) {
    print("\(requests) requests, seeds 1 to 5 together; failed: ours, best fit's, seeds in which ours are more; contiguity in % of best fit's")
    for mix in Trace.Mix.allCases {
      for (low, high) in loads {
        var (ours, best, more, time, ratio) = (0, 0, 0, 0.0, 0.0)
        for seed in 1...5 as ClosedRange<UInt64> {
          let trace = Trace(mix, low: low, high: high, requests: requests, seed: seed)
          let one = Replay(trace, Ours.self, repeats: 1), other = Replay(trace, BestFit.self, repeats: 0)
          (ours, best, more) = (ours + one.failures, best + other.failures, more + (one.failures > other.failures ? 1 : 0))
          time += one.nanoseconds / 5
          ratio += (other.contiguity == 0 ? 1 : one.contiguity / other.contiguity) / 5
        }
        print(
          "  " + "\(mix.rawValue) \(low) \(high)".padding(toLength: 16, withPad: " ", startingAt: 0)
            + String(format: "%9d %9d   %d of 5  %7.1f ns %8.1f %%", ours, best, more, time, 100 * ratio))
      }
    }
  }
}
