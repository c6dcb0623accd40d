import Procedures
import Rules

/// Two neighbouring runs of steps of one procedure, in the other order: what was written as A B becomes B A.
public struct ProcedureSwap: Hashable, Sendable {
  public let procedure: Procedure
  /// The steps that came first and now come last, then those that came last, by their names in the file.
  public let earlier: [String], later: [String]
  /// What is done under other locks by it. Most orders leave every step under its own.
  public let moves: [LockMove]

  /// `vfio.reset-begin and vfio.reset-end come after TDH.DEVIF.REMOVE in reset`: the shorter of the two runs is what a reader would
  /// say was moved. Where it is the lock that mends it, that is said.
  public var sentence: String {
    let (moved, verb, anchor) = earlier.count <= later.count ? (earlier, "after", later.last) : (later, "before", earlier.first)
    guard !moved.isEmpty, let anchor else { return "" }
    let order = "\(Self.list(moved)) \(moved.count == 1 ? "comes" : "come") \(verb) \(anchor) in \(procedure.id)"
    return order + moves.map(\.sentence).joined()
  }

  fileprivate static func list(_ steps: [String]) -> String {
    guard let first = steps.first, let last = steps.last, steps.count > 1 else { return steps.first ?? "" }
    return steps.count == 2 ? "\(first) and \(last)" : "\(first) to \(last) (\(steps.count) steps)"
  }
}

/// Steps that come under a lock by a swap, or out from under it.
public struct LockMove: Hashable, Sendable {
  /// As a step says it: `lock memory`.
  public let lock: String
  public let steps: [String]
  public let isHeldNow: Bool

  public init(lock: String, steps: [String], isHeldNow: Bool) { (self.lock, self.steps, self.isHeldNow) = (lock, steps, isHeldNow) }

  var sentence: String {
    let names = ProcedureSwap.list(steps), verb = steps.count == 1 ? "is" : "are"
    return isHeldNow ? ", so that \(names) \(verb) done under '\(lock)'" : ", so that \(names) \(verb) done without '\(lock)'"
  }
}

/// A swap that was not made yet. Smaller changes come first: few steps moved, then moved not far.
struct SwapCandidate: Comparable {
  let original: ProcedureFile
  /// What may be held before each step of it.
  let locks: [Set<String>?]
  let first: Range<Int>, second: Range<Int>

  private var key: [Int] {
    [min(first.count, second.count), max(first.count, second.count), Int(original.procedure.code), first.lowerBound, second.lowerBound]
  }

  static func < (a: Self, b: Self) -> Bool { a.key.lexicographicallyPrecedes(b.key) }
  static func == (a: Self, b: Self) -> Bool { a.key == b.key }

  /// What the exchange does to the locks under which steps are done.
  enum Crossing: CaseIterable {
    /// Every step keeps its locks: an order that somebody mistook.
    case none
    /// A step comes under another lock, or out from under one: looked at where no mere order does, and said.
    case locks
  }

  /// Of steps that are carried across a lock there are few: what is moved far is another procedure.
  private static let carried = 2
  var carriesFew: Bool { min(first.count, second.count) <= Self.carried }

  /// The steps in the other order. Nil where one of them would not be reached, or where the locks do not come to what is asked for.
  func exchange(_ crossing: Crossing) -> (file: ProcedureFile, swap: ProcedureSwap)? {
    var copy = original
    copy.steps = exchanged(original.steps)
    let before = exchanged(locks), now = copy.heldLocks()
    switch crossing {
    case .none: guard now == before else { return nil }
    case .locks:
      // Nobody is helped by an error that is returned with another lock.
      guard copy.steps.indices.allSatisfy({ copy.steps[$0].step != .fail || now[$0] == before[$0] }) else { return nil }
      guard now != before, zip(now, before).allSatisfy({ ($0 == nil) == ($1 == nil) }), !copy.losesALock(from: before, to: now) else { return nil }
    }
    return (copy, swap(copy.moves(from: before, to: now)))
  }

  private func swap(_ moves: [LockMove]) -> ProcedureSwap {
    ProcedureSwap(
      procedure: original.procedure, earlier: original.steps[first].map(\.title), later: original.steps[second].map(\.title), moves: moves)
  }

  private func exchanged<Element>(_ list: [Element]) -> [Element] {
    Array(list[..<first.lowerBound]) + Array(list[second]) + Array(list[first]) + Array(list[second.upperBound...])
  }
}

extension ProcedureFile {
  /// Whether a step is done without a lock now that Linux does it under: it would be refused, or break what that lock keeps.
  fileprivate func losesALock(from before: [Set<String>?], to now: [Set<String>?]) -> Bool {
    func has(_ held: Set<String>?, _ locks: LockSet) -> Bool { locks.names.contains { held?.contains(String($0.trimmingPrefix("lock "))) ?? false } }
    return steps.indices.contains { i in
      let locks = steps[i].step.locks(in: procedure)
      return has(before[i], locks) && !has(now[i], locks)
    }
  }

  /// What is done under other locks now. Of the locks' own steps the order says it, and of those that do nothing there is nothing to say.
  fileprivate func moves(from before: [Set<String>?], to now: [Set<String>?]) -> [LockMove] {
    var moves: [LockMove] = []
    for isHeldNow in [true, false] {
      var moved: [String: [String]] = [:]
      for (i, step) in steps.enumerated() where !step.isQuiet {
        let (old, new) = (before[i] ?? [], now[i] ?? [])
        for lock in isHeldNow ? new.subtracting(old) : old.subtracting(new) { moved[lock, default: []].append(step.title) }
      }
      moves += moved.keys.sorted().map { LockMove(lock: "lock \($0)", steps: moved[$0] ?? [], isHeldNow: isHeldNow) }
    }
    return moves
  }

  private static let reach = 2

  /// Every swap whose two runs meet at most `reach` steps from a pivot, and in which it changes its place: what belongs to it (its
  /// end, its lock, its jump) may go with it.
  func swaps(around pivots: Set<Int>) -> [SwapCandidate] {
    var middles: [Int: ClosedRange<Int>] = [:]
    for pivot in pivots.sorted() where steps.indices.contains(pivot) {
      for middle in max(1, pivot - Self.reach)...max(1, min(steps.count - 1, pivot + 1 + Self.reach)) where middles[middle] == nil {
        middles[middle] = pivot...pivot
      }
    }
    let locks = heldLocks()
    return middles.flatMap { middle, pivot in
      (0..<middle).flatMap { start in
        (middle..<steps.count).compactMap { last in
          guard start <= pivot.lowerBound, pivot.lowerBound <= last else { return nil }
          return SwapCandidate(original: self, locks: locks, first: start..<middle, second: middle..<last + 1)
        }
      }
    }
  }
}

extension WrittenStep {
  /// A lock's own step, or one that does nothing. What a jump asks may well need a lock.
  fileprivate var isQuiet: Bool { step == .nothing || (step.isFlow && step != .jump) }

  /// What it does, and its name in the file where it has one.
  fileprivate var title: String { isNamed ? "\(step.id) (\(name))" : step.id }
}
