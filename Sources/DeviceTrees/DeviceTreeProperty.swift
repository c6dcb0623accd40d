/// A property of a node: a name, and bytes that mean what the name says. DTSpec 0.4 section 2.2.4.
public struct DeviceTreeProperty: Sendable {
  public let node: DeviceTreeNode
  private let record: Structure.Property

  init(_ record: Structure.Property, of node: DeviceTreeNode) { (self.record, self.node) = (record, node) }

  public var name: String { String(decoding: node.tree.storage.bytes[record.name], as: UTF8.self) }
  public var bytes: ArraySlice<UInt8> { node.tree.storage.bytes[record.value] }
  public var isEmpty: Bool { record.value.isEmpty }
  /// Of its token, from the beginning of the file.
  public var offset: Int { record.offset }

  /// An error about this property.
  public func error(_ code: DeviceTreeError.Code, _ message: String, expected: String = "") -> DeviceTreeError {
    DeviceTreeError(code, at: offset, path: node.path, property: name, message, expected: expected)
  }

  /// A value of one cell.
  public func word() throws(DeviceTreeError) -> UInt32 {
    guard bytes.count == 4, let word = bytes.word(at: 0) else { throw error(.badLength, "a value of \(bytes.count) bytes", expected: "4") }
    return word
  }

  /// A value of cells of 32 bits.
  public func words() throws(DeviceTreeError) -> [UInt32] {
    guard bytes.count % 4 == 0 else { throw error(.badLength, "a value of \(bytes.count) bytes", expected: "whole cells of 4 bytes") }
    return stride(from: 0, to: bytes.count, by: 4).compactMap { bytes.word(at: $0) }
  }

  /// A number of one or two cells, however many the node's parent asks for: boards are not of one mind about `alignment`.
  public func number() throws(DeviceTreeError) -> UInt64 {
    switch bytes.count {
    case 4: UInt64(try word())
    case 8: bytes.doubleWord(at: 0) ?? 0
    default: throw error(.badLength, "a value of \(bytes.count) bytes", expected: "4 or 8")
    }
  }

  /// One or more strings, each with a zero byte behind it.
  public func strings() throws(DeviceTreeError) -> [String] {
    try require(bytes.count { $0 == 0 }, "strings")
    guard bytes.last == 0 else { throw error(.endlessString, "the text does not end", expected: "a zero byte behind it") }
    var strings: [String] = []
    for piece in bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false) {
      guard let text = String(validating: piece, as: UTF8.self), text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
        throw error(.notText, "not text", expected: "visible characters")
      }
      strings.append(text)
    }
    return strings
  }

  /// Nodes that are named by their numbers. DTSpec 0.4 section 2.2.4.
  public func nodes() throws(DeviceTreeError) -> [DeviceTreeNode] {
    try require(bytes.count / 4, "nodes")
    var nodes: [DeviceTreeNode] = []
    for phandle in try words() {
      guard let node = node.tree.node(phandle: phandle) else {
        throw error(.unknownPhandle, "no node is called \(phandle)", expected: "the phandle of a node")
      }
      nodes.append(node)
    }
    return nodes
  }

  /// More parts than any property of a board has: what is made of them would be many times larger than the file.
  static let mostParts = 1024

  func require(_ count: Int, _ what: String) throws(DeviceTreeError) {
    guard count <= Self.mostParts else { throw error(.tooMany, "a value of \(count) \(what)", expected: "at most \(Self.mostParts)") }
  }
}
