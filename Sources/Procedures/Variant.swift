import Documents
import Rules

/// One way to divide the work between VMM and kernel, and what it should come to on each platform.
public struct Variant: Hashable, Sendable {
  public let name: String
  public let summary: String
  public let source: String
  /// The variant whose procedures stand where this one has none of its own. Nil: it stands by itself.
  public let base: String?
  /// By platform id, in the file's order.
  public var expectations: [(platform: String, expectation: Expectation)] {
    zip(platforms, outcomes).map { ($0, $1) }
  }
  private let platforms: [String]
  private let outcomes: [Expectation]

  public init(_ document: Document) throws(DocumentError) {
    let map = try document.root.mapping(keys: ["variant", "summary", "source", "based-on", "expect"])
    name = try map.required("variant").string
    summary = try map.required("summary").string
    source = try map.optional("source")?.string ?? ""
    base = try map.optional("based-on").map { (node) throws(DocumentError) in try node.word(among: ProcedureSet.variantNames) }
    var platforms: [String] = [], outcomes: [Expectation] = []
    for entry in try map.required("expect").entries {
      platforms.append(entry.key)
      outcomes.append(try Expectation(entry.value))
    }
    (self.platforms, self.outcomes) = (platforms, outcomes)
  }

  public func expectation(on platform: String) -> Expectation? { expectations.first { $0.platform == platform }?.expectation }
}
