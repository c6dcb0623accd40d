import Procedures
import Rules

/// Two neighbouring runs of steps of one procedure, in the other order: what was written as A B becomes B A.
public struct ProcedureSwap: Hashable, Sendable {
  public let procedure: Procedure
  /// The steps that came first and now come last, then those that came last, by their names in the file.
  public let earlier: [String], later: [String]

  /// `vfio.reset-begin and vfio.reset-end come after TDH.DEVIF.REMOVE in reset`: the shorter of the two runs is what a reader would
  /// say was moved.
  public var sentence: String {
    let (moved, verb, anchor) = earlier.count <= later.count ? (earlier, "after", later.last) : (later, "before", earlier.first)
    guard let first = moved.first, let last = moved.last, let anchor else { return "" }
    let name =
      moved.count == 1 ? "\(first) comes" : moved.count == 2 ? "\(first) and \(last) come" : "\(first) to \(last) (\(moved.count) steps) come"
    return "\(name) \(verb) \(anchor) in \(procedure.id)"
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

  /// The steps in the other order; nil where one of them would be done under other locks, or would not be reached: that is another
  /// procedure, and nobody's mistake about an order.
  var file: ProcedureFile? {
    var copy = original
    copy.steps = exchanged(original.steps)
    return copy.heldLocks() == exchanged(locks) ? copy : nil
  }

  var swap: ProcedureSwap {
    ProcedureSwap(
      procedure: original.procedure, earlier: original.steps[first].map(\.title), later: original.steps[second].map(\.title))
  }

  private func exchanged<Element>(_ list: [Element]) -> [Element] {
    Array(list[..<first.lowerBound]) + Array(list[second]) + Array(list[first]) + Array(list[second.upperBound...])
  }
}

extension ProcedureFile {
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
  /// What it does, and its name in the file where it has one.
  fileprivate var title: String { isNamed ? "\(step.id) (\(name))" : step.id }
}
