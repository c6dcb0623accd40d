/// What printers, differs and JSON know of a field: all that is left of it when its type is gone.
struct Column: Sendable {
  var name: String
  /// Whether its values are printed with an index.
  var isIndexed: Bool
  var place: Place
  var domain: Domain
  /// The code of every value in the initial state.
  var initial: UInt64

  /// The values that there are.
  enum Domain: Sendable {
    case words([String])
    case flag
    case numbers(ClosedRange<Int>)
  }

  func value(_ code: UInt64) -> FieldValue {
    switch domain {
    case .words(let words): .word(code < words.count ? words[Int(code)] : "?")
    case .flag: .flag(code != 0)
    case .numbers(let range): .number(range.lowerBound &+ Int(truncatingIfNeeded: code))
    }
  }

  /// The values that there are, for a sentence.
  var range: String {
    switch domain {
    case .words(let words): words.joined(separator: ", ")
    case .flag: "false, true"
    case .numbers(let range): "\(range.lowerBound)...\(range.upperBound)"
    }
  }
}
