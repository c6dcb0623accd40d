/// A value of a field as it is printed.
public enum FieldValue: Hashable, Sendable, CustomStringConvertible {
  case word(String)
  case flag(Bool)
  case number(Int)

  public var description: String {
    switch self {
    case .word(let word): word
    case .flag(let flag): String(flag)
    case .number(let number): String(number)
    }
  }
}
