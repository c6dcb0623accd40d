import Primitives

/// What is wrong with a compiled tree, where, and what would have been right.
///
/// A file of bytes has no lines: `offset` counts bytes from its beginning. Inside the structure, node and property say the place as
/// people do. Tests compare `code`; people read `description`.
public struct DeviceTreeError: Error, Hashable, Sendable {
  public enum Code: String, CaseIterable, Hashable, Sendable {
    // The file as a whole
    /// It does not begin with the magic number.
    case notATree
    /// It ends before what it says that it holds.
    case cut
    case unsupportedVersion
    // Its blocks
    case blockOutside, blockOverlap, misaligned
    // The structure
    case badToken, unbalanced, tooDeep, badName
    case stringOutside, endlessString
    // Nodes and properties
    /// A length that no value of this kind has.
    case badLength
    /// A count of cells that no address or length has.
    case badCells
    case outOfRange
    case notText
    case duplicatePhandle, unknownPhandle
    /// An address of a bus that its `ranges` do not lead to the root.
    case untranslatable
    /// More of something than a board could have.
    case tooMany
  }

  public var code: Code
  /// Bytes from the beginning of the file; nil where something is missing that could be anywhere in its node.
  public var offset: Int?
  /// `/reserved-memory/optee@43200000`; empty outside of the structure.
  public var path: String
  public var property: String
  /// One clause without a full stop.
  public var message: String
  /// What would have been accepted, or empty.
  public var expectation: String

  public init(
    _ code: Code, at offset: Int? = nil, path: String = "", property: String = "", _ message: String, expected expectation: String = ""
  ) {
    (self.code, self.offset, self.path, self.property) = (code, offset, path, property)
    (self.message, self.expectation) = (message, expectation)
  }
}

extension DeviceTreeError: CustomStringConvertible {
  public var description: String {
    var details: [String] = []
    if !path.isEmpty { details.append("in \(path)" + (property.isEmpty ? "" : ", property '\(property)'")) }
    if !expectation.isEmpty { details.append("expected \(expectation)") }
    let place = offset.map { "byte 0x\(String($0, radix: 16)): " } ?? ""
    return place + message + (details.isEmpty ? "" : "\n  " + details.joined(separator: "; "))
  }
}
