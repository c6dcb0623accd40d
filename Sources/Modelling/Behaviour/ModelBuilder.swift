/// Collects the actions and properties of a model; `if` and `for` may be used between them.
@resultBuilder public enum ModelBuilder {
  /// An action or a property.
  public enum Part: Sendable {
    case action(Action)
    case property(Property)
  }

  public static func buildExpression(_ action: Action) -> [Part] { [.action(action)] }
  public static func buildExpression(_ property: Property) -> [Part] { [.property(property)] }
  /// Parts that were collected elsewhere, in a function marked `@ModelBuilder`.
  public static func buildExpression(_ parts: [Part]) -> [Part] { parts }
  public static func buildBlock(_ parts: [Part]...) -> [Part] { parts.flatMap { $0 } }
  public static func buildArray(_ parts: [[Part]]) -> [Part] { parts.flatMap { $0 } }
  public static func buildOptional(_ parts: [Part]?) -> [Part] { parts ?? [] }
  public static func buildEither(first parts: [Part]) -> [Part] { parts }
  public static func buildEither(second parts: [Part]) -> [Part] { parts }
}
