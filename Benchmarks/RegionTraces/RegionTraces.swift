import Foundation

/// Replays traces over the region allocator and three that were written to compare it with, and says for each seed whether it is as
/// fast and as tight as it has to be. Status 1 if it is not.
///
///     RegionTraces [mixed|small|even] [low] [high] [requests] [seed]...
///     RegionTraces survey [requests]
///
/// Without arguments: all mixes at 0.7 to 0.9, a million requests, seeds 1 to 3.
@main
enum RegionTraces {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == "survey" { return Survey.run(requests: arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000) }
    guard let traces = arguments.isEmpty ? usual : traces(arguments) else {
      print("usage: RegionTraces [mixed|small|even LOW HIGH REQUESTS SEED... | survey [REQUESTS]], as mixed 0.7 0.9 1000000 1 2 3")
      exit(2)
    }
    var isGood = true
    for trace in traces {
      isGood = compare(Trace(trace.mix, low: trace.low, high: trace.high, requests: trace.requests, seed: trace.seed), trace.mix) && isGood
    }
    exit(isGood ? 0 : 1)
  }

  private typealias Parameters = (mix: Trace.Mix, low: Double, high: Double, requests: Int, seed: UInt64)

  private static var usual: [Parameters] {
    Trace.Mix.allCases.flatMap { mix in (1...3 as ClosedRange<UInt64>).map { (mix, 0.7, 0.9, 1_000_000, $0) } }
  }

  /// Nil for what is no trace.
  private static func traces(_ arguments: [String]) -> [Parameters]? {
    guard arguments.count >= 5, let mix = Trace.Mix(rawValue: arguments[0]), let low = Double(arguments[1]), let high = Double(arguments[2]),
      let requests = Int(arguments[3]), 0 < low, low <= high, high < 1, requests > 0
    else { return nil }
    let seeds = arguments[4...].compactMap { UInt64($0) }
    return seeds.count == arguments.count - 4 ? seeds.map { (mix, low, high, requests, $0) } : nil
  }

  /// Whether ours is good enough on this trace.
  private static func compare(_ trace: Trace, _ mix: Trace.Mix) -> Bool {
    print("trace \(trace.name): \(trace.slots) slots, \(trace.fill) requests to fill")
    print("  allocator           ns/request    failed        %   contiguous    worst")
    let ours = Replay(trace, Ours.self, repeats: 5), best = Replay(trace, BestFit.self, repeats: 1)
    for replay in [ours, best, Replay(trace, FirstFit.self, repeats: 1), Replay(trace, Buddy.self, repeats: 3)] {
      let share = 100 * Double(replay.failures) / Double(max(1, replay.allocations))
      print(
        "  \(replay.name.padding(toLength: 18, withPad: " ", startingAt: 0))"
          + String(format: "%12.1f %9d %8.3f %12.4f %8.4f", replay.nanoseconds, replay.failures, share, replay.contiguity, replay.worstContiguity))
    }
    let isFast = ours.nanoseconds <= 150, isTight = ours.failures <= best.failures
    let ratio = best.contiguity == 0 ? 1 : ours.contiguity / best.contiguity
    let isWhole = mix != .small || ratio >= 0.95
    print(
      String(
        format: "  %@: failures %d of %d, contiguity %.1f %% of best fit's", isFast && isTight && isWhole ? "good" : "NOT GOOD", ours.failures,
        best.failures, 100 * ratio))
    return isFast && isTight && isWhole
  }
}
