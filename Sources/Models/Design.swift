import Exploration
import Procedures

/// A variant, asked for everything, beside what its file says that it comes to on a platform.
public struct Design: Sendable {
  public let platform: String
  public let judgements: Judgements
  /// Nil where the file says nothing of the platform.
  public let declared: Variant.Expectation?

  public init(_ model: Model, on platform: String, options: SearchOptions = SearchOptions()) throws(Judgements.Failure) {
    self.platform = platform
    declared = model.procedures.variant.expectation(on: platform)
    judgements = try Judgements(model, options: options)
  }

  public var variant: Variant { judgements.model.procedures.variant }

  public enum Verdict: Hashable, Sendable { case asDeclared, notAsDeclared, incomplete }

  /// Files speak of a world with an importer; in one without what is declared may have no chance.
  public var verdict: Verdict {
    guard let declared, judgements.mayBe(declared) else { return .notAsDeclared }
    guard judgements.isComplete else { return .incomplete }
    return judgements.model.book.bounds.importers == 0 || judgements.isJust(declared) ? .asDeclared : .notAsDeclared
  }
}
