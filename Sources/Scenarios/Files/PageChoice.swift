import Machine
import Rules

/// Which page of a BAR a step is about: by number, or by what its interface report says of it, so that a scenario fits machines whose
/// ranges lie otherwise.
public enum PageChoice: Hashable, Sendable {
  case number(UInt8)
  /// The first page of TEE memory, and the last, which may be the same.
  case tee, lastTEE
  /// The first page that is not TEE memory.
  case nonTEE

  static let words = ["tee", "last-tee", "non-tee"]

  init?(word: String) {
    switch word {
    case "tee": self = .tee
    case "last-tee": self = .lastTEE
    case "non-tee": self = .nonTEE
    default: return nil
    }
  }

  /// Nil where no page is such a one.
  func index(in bounds: Bounds, _ parameters: Parameters) -> UInt8? {
    let pages = 0..<bounds.pages
    return switch self {
    case .number(let index): pages.contains(index) ? index : nil
    case .tee: pages.first(where: parameters.isTEE)
    case .lastTEE: pages.last(where: parameters.isTEE)
    case .nonTEE: pages.first { !parameters.isTEE($0) }
    }
  }
}

/// Which unit of private memory.
public enum UnitChoice: Hashable, Sendable {
  case number(UInt8)
  case last

  func index(in bounds: Bounds) -> UInt8? {
    switch self {
    case .number(let index): index < bounds.memory ? index : nil
    case .last: bounds.memory == 0 ? nil : bounds.memory - 1
    }
  }
}
