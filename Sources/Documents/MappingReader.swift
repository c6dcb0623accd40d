/// A mapping whose keys were all found valid: what remains is to ask for them.
public struct MappingReader: Sendable {
  /// The mapping itself, for its place and for errors about it as a whole.
  public let node: DocumentNode
  let entries: [DocumentNode.Entry]

  /// Nil when the key is not there, or is there with nothing behind it.
  public func optional(_ key: String) -> DocumentNode? {
    guard let value = entries.first(where: { $0.key == key })?.value, !value.isNull else { return nil }
    return value
  }

  /// Whether the key was written at all, even with nothing behind it.
  public func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

  /// Throws `missingKey` with the mapping's place.
  public func required(_ key: String) throws(DocumentError) -> DocumentNode {
    if let value = optional(key) { return value }
    if let entry = entries.first(where: { $0.key == key }) {
      throw DocumentError(.missingKey, at: entry.keyPosition, path: node.path, "the key \(quoted(key)) has no value")
    }
    throw node.error(.missingKey, "the key \(quoted(key)) is missing", expected: "\(key): a value")
  }
}
