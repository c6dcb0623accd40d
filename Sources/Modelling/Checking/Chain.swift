import Exploration

/// One closure in the place of many.
///
/// A closure that is taken out of an array is retained for the time of its call, and threads that do so a million times a second
/// fight about the counts. A closure that another has captured is not. They are wrapped in a value, because a generic function
/// that is handed a bare closure puts another one around it.
protocol Chain {
  static func joined(_ one: Self, _ other: Self) -> Self
}

extension Chain {
  /// Joins neighbours until one is left; nil if there was none. Calls are nested as deep as the logarithm of their number.
  static func joined(_ list: some RandomAccessCollection<Self>) -> Self? {
    guard list.count > 1 else { return list.first }
    let half = list.count / 2
    guard let left = joined(list.prefix(half)), let right = joined(list.dropFirst(half)) else { return nil }
    return joined(left, right)
  }
}

/// All successors of a state.
struct Expansion: Chain {
  let append: @Sendable (_ state: State, _ successors: inout Successors) -> Void

  static func joined(_ one: Expansion, _ other: Expansion) -> Expansion {
    let (first, second) = (one.append, other.append)
    return Expansion { state, successors in
      first(state, &successors)
      second(state, &successors)
    }
  }
}

/// The number of the first property that a state breaks, or zero.
struct Judgement: Chain {
  let number: @Sendable (_ state: State) -> UInt8

  static func joined(_ one: Judgement, _ other: Judgement) -> Judgement {
    let (first, second) = (one.number, other.number)
    return Judgement { state in
      let number = first(state)
      return number != 0 ? number : second(state)
    }
  }
}

/// What holds in a state, as bits.
struct Facts: Chain {
  let bits: @Sendable (_ state: State) -> UInt32

  static func joined(_ one: Facts, _ other: Facts) -> Facts {
    let (first, second) = (one.bits, other.bits)
    return Facts { first($0) | second($0) }
  }
}
