import Exploration

/// How far a check goes, and how. Whatever stops it early makes its verdict `incomplete`, unless a violation was found before.
public struct CheckOptions {
  /// How many states may be stored.
  public var limit: Int?
  /// How many bytes states, their table and the arrays of liveness may take.
  public var memory: Int?
  /// Threads that search, 1...256. Every number of them gives the same report.
  public var threads: Int
  /// End at the first violation, which is a shortest one, or go on until each property has an answer.
  public var stopsAtFirst: Bool
  /// Called after about every 2^18 new states, on the thread that checks.
  public var progress: ((SearchProgress) -> Void)?
  /// Asked now and then on the thread that checks; true ends the check.
  public var interrupt: (() -> Bool)?

  public init(
    limit: Int? = nil, memory: Int? = nil, threads: Int = 1, stopsAtFirst: Bool = true,
    progress: ((SearchProgress) -> Void)? = nil, interrupt: (() -> Bool)? = nil
  ) {
    (self.limit, self.memory, self.threads, self.stopsAtFirst) = (limit, memory, threads, stopsAtFirst)
    (self.progress, self.interrupt) = (progress, interrupt)
  }

  var search: SearchOptions {
    SearchOptions(
      limit: limit, memory: memory, threads: threads, stopAtFirst: stopsAtFirst, progress: progress, interrupt: interrupt)
  }
}
