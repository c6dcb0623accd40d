import Procedures
import Rules

/// Two neighbouring runs of steps of one procedure, in the other order: what was written as A B becomes B A.
public struct ProcedureSwap: Hashable, Sendable {
  public let procedure: Procedure
  /// The steps that came first and now come last, then those that came last, by their names in the file.
  public let earlier: [String], later: [String]

  /// The shorter of the two runs is what a reader would say was moved.
  public var movesEarlier: Bool { earlier.count <= later.count }

  /// `vfio.reset-begin … vfio.reset-end come after TDH.DEVIF.REMOVE in reset`.
  public var sentence: String {
    let (moved, verb, anchor) = movesEarlier ? (earlier, "after", later.last) : (later, "before", earlier.first)
    guard let first = moved.first, let last = moved.last, let anchor else { return "" }
    let name =
      moved.count == 1 ? "\(first) comes" : moved.count == 2 ? "\(first) and \(last) come" : "\(first) to \(last) (\(moved.count) steps) come"
    return "\(name) \(verb) \(anchor) in \(procedure.id)"
  }
}

extension ProcedureFile {
  private static let reach = 2

  /// Every swap in which a step of `pivots` changes its place, the smaller changes first: few steps moved, then moved not far.
  func swaps(around pivots: Set<Int>) -> [(first: Range<Int>, second: Range<Int>)] {
    var all: [(first: Range<Int>, second: Range<Int>)] = []
    for pivot in pivots where steps.indices.contains(pivot) {
      for start in 0...pivot {
        for end in pivot + 1...steps.count where end - start >= 2 {
          // The two runs meet near the pivot: what belongs to it (its end, its lock, its jump) may go with it.
          for middle in pivot - Self.reach...pivot + 1 + Self.reach where middle > start && middle < end {
            all.append((start..<middle, middle..<end))
          }
        }
      }
    }
    func moved(_ swap: (first: Range<Int>, second: Range<Int>)) -> (Int, Int) {
      (min(swap.first.count, swap.second.count), max(swap.first.count, swap.second.count))
    }
    return all.sorted { moved($0) < moved($1) }
  }

  /// The steps in the other order; nil where one of them would be done under other locks, or would not be reached: that is another
  /// procedure, and nobody's mistake about an order.
  func swapped(_ first: Range<Int>, _ second: Range<Int>) -> ProcedureFile? {
    func exchanged<Element>(_ list: [Element]) -> [Element] {
      Array(list[..<first.lowerBound]) + Array(list[second]) + Array(list[first]) + Array(list[second.upperBound...])
    }
    var copy = self
    copy.steps = exchanged(steps)
    return copy.heldLocks() == exchanged(heldLocks()) ? copy : nil
  }
}
