/// How far a search goes, and how.
public struct SearchOptions {
  /// How many states may be stored. One more ends the search as incomplete.
  public var limit: Int?
  /// How many bytes the stored states, their table, and the arrays of liveness may touch, at their peak. More ends the search,
  /// or the judgement of liveness, as incomplete.
  public var memory: Int?
  /// Threads that expand, 1...256. Every number of them gives the same report.
  public var threads: Int
  /// Stop at the first violation (a shortest path to one), or go on and keep the first path to each property.
  public var stopAtFirst: Bool
  /// Called on the searching thread after about every 2^18 new states.
  public var progress: ((SearchProgress) -> Void)?
  /// Asked now and then on the searching thread; true ends the search as interrupted.
  public var interrupt: (() -> Bool)?

  public init(
    limit: Int? = nil, memory: Int? = nil, threads: Int = 1, stopAtFirst: Bool = true,
    progress: ((SearchProgress) -> Void)? = nil, interrupt: (() -> Bool)? = nil
  ) {
    self.limit = limit
    self.memory = memory
    self.threads = threads
    self.stopAtFirst = stopAtFirst
    self.progress = progress
    self.interrupt = interrupt
  }
}

/// Where a search is.
public struct SearchProgress: Hashable, Sendable {
  public var states: Int
  public var transitions: UInt64
  /// Distance from the initial state of the states that are being expanded.
  public var depth: Int
  /// States that are stored and not expanded yet.
  public var frontier: Int
  /// How full the table is, 0...0.75.
  public var load: Double
  /// What states, parents and table touch now.
  public var bytes: Int
}

/// Why a search could not begin.
public enum SearchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A state has 1 to 12 words.
  case width(Int)
  /// The initial state has another number of words than `width`.
  case initialState(words: Int, width: Int)
  /// Threads are 1...256.
  case threads(Int)
  /// A limit, a memory bound or a label count below zero, labels beyond 2^24, or in what is asked about liveness: a fact or a
  /// label that does not exist, or too many properties, constraints, or kinds of labels.
  case bound(String, Int)
  /// The kernel refused address space of this many bytes.
  case addressSpace(bytes: Int)

  public var description: String {
    switch self {
    case .width(let width): "a state has 1 to \(TransitionSystem.maximumWidth) words, not \(width)"
    case .initialState(let words, let width): "the initial state has \(words) words, a state of this system has \(width)"
    case .threads(let threads): "a search runs on 1 to 256 threads, not \(threads)"
    case .bound(let name, let value): "\(name) cannot be \(value)"
    case .addressSpace(let bytes): "no address space for \(bytes) bytes"
    }
  }
}
