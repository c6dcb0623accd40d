import Exploration

/// What is wrong with a model, or why it could not be checked. Tests compare `code`; people read the description.
public enum ModelError: Error, Hashable, Sendable {
  /// This field does not fit into the 768 bits of a state any more.
  case tooWide(field: String)
  /// The field's type has no values.
  case noValues(field: String)
  /// An indexed field has at least one element.
  case noElements(field: String, count: Int)
  /// The initial value is not one of the field's.
  case initialValue(field: String, value: String)
  /// Two fields, actions or properties of one name.
  case declaredTwice(_ kind: String, _ name: String)
  /// A model has no action.
  case noActions
  /// There are more of these than can be told apart.
  case tooMany(_ kind: String, count: Int, most: Int)
  /// A bound of the search that makes no sense, or no room for it.
  case search(SearchError)
}

extension ModelError: CustomStringConvertible {
  /// A word that does not change.
  public var code: String {
    switch self {
    case .tooWide: "too-wide"
    case .noValues: "no-values"
    case .noElements: "no-elements"
    case .initialValue: "initial-value"
    case .declaredTwice: "declared-twice"
    case .noActions: "no-actions"
    case .tooMany: "too-many"
    case .search: "search"
    }
  }

  public var description: String {
    switch self {
    case .tooWide(let field): "there is no room for field '\(field)': a state has \(Schema.maximumBits) bits"
    case .noValues(let field): "field '\(field)' can have no value: its type has no cases"
    case .noElements(let field, let count): "field '\(field)' has \(count) elements; expected at least 1"
    case .initialValue(let field, let value): "field '\(field)' cannot begin with \(value): that is not one of its values"
    case .declaredTwice(let kind, let name): "there are two of one name: \(kind) '\(name)'"
    case .noActions: "a model without actions does nothing"
    case .tooMany(let kind, let count, let most): "there are \(count) \(kind); expected at most \(most)"
    case .search(let error): error.description
    }
  }
}
