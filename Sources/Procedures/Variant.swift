import Documents
import Rules

/// One way to divide the work between VMM and kernel, and what it should come to on each platform.
public struct Variant: Hashable, Sendable {
  public enum Expectation: Hashable, Sendable {
    case holds
    /// The first violation is one of these.
    case violates([Property])
  }
  public var name: String
  public var summary: String
  public var source: String
  /// By platform id, in the file's order.
  public var expectations: [(platform: String, expectation: Expectation)] {
    zip(platforms, outcomes).map { ($0, $1) }
  }
  private var platforms: [String] = []
  private var outcomes: [Expectation] = []

  public init(_ document: Document) throws(DocumentError) {
    let map = try document.root.mapping(keys: ["variant", "summary", "source", "expect"])
    name = try map.required("variant").string
    summary = try map.required("summary").string
    source = try map.optional("source")?.string ?? ""
    for entry in try map.required("expect").entries {
      platforms.append(entry.key)
      outcomes.append(try Self.expectation(entry.value))
    }
  }

  private static func expectation(_ node: DocumentNode) throws(DocumentError) -> Expectation {
    if (try? node.string) == "holds" { return .holds }
    let map = try node.mapping(keys: ["violates"])
    var properties: [Property] = []
    for item in try map.required("violates").sequence {
      guard let property = Property(id: try item.word(among: Property.allCases.map(\.id))) else { throw item.error(.unknownWord, "unknown property") }
      properties.append(property)
    }
    return .violates(properties)
  }

  public func expectation(on platform: String) -> Expectation? { expectations.first { $0.platform == platform }?.expectation }
}
