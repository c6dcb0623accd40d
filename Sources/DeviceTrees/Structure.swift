/// The structure block as flat arrays: nodes in the order in which they begin, and the properties of each one after the other.
///
/// Names and values stay in the file's bytes and are only pointed at, so that a tree takes some ten times its file's size at most,
/// whatever the file says. DTSpec 0.4 section 5.4.
struct Structure: Sendable {
  struct Node: Sendable {
    var name: Range<Int>
    var parent: Int
    var firstChild: Int?
    var nextSibling: Int?
    /// Positions in `properties`.
    var properties: Range<Int>
    /// Of its token, from the beginning of the file.
    var offset: Int
  }
  struct Property: Sendable {
    var name: Range<Int>
    var value: Range<Int>
    var offset: Int
  }

  private(set) var nodes: [Node] = []
  private(set) var properties: [Property] = []

  /// As deep as Linux goes (drivers/of/fdt.c, FDT_MAX_DEPTH).
  static let deepest = 64
  /// DTSpec says 31 characters. Real boards have longer ones; without a bound one string could stand for a million properties.
  static let longestName = 255
  /// In old versions a name is a path.
  private static let longestPath = 4096

  private enum Token: UInt32 {
    case beginNode = 1, endNode = 2, property = 3, nothing = 4, end = 9
  }

  init(_ bytes: [UInt8], _ header: DeviceTreeHeader) throws(DeviceTreeError) {
    var reader = TokenReader(bytes: bytes, header: header)
    /// The nodes that are open, and the last child of each.
    var open: [(node: Int, lastChild: Int?)] = []
    while true {
      let offset = reader.offset
      switch Token(rawValue: try reader.word("a token")) {
      case .beginNode:
        guard open.count < Self.deepest else {
          throw DeviceTreeError(.tooDeep, at: offset, path: path(open.last?.node, bytes), "nodes more than \(Self.deepest) deep")
        }
        if open.isEmpty, !nodes.isEmpty { throw DeviceTreeError(.unbalanced, at: offset, "a second root", expected: "the end") }
        let name = try reader.nodeName(isRoot: open.isEmpty, longest: header.isOld ? Self.longestPath : Self.longestName)
        let index = nodes.count
        nodes.append(
          Node(
            name: name, parent: open.last?.node ?? 0, firstChild: nil, nextSibling: nil, properties: properties.count..<properties.count,
            offset: offset))
        if let (parent, sibling) = open.last {
          if let sibling { nodes[sibling].nextSibling = index } else { nodes[parent].firstChild = index }
          open[open.count - 1].lastChild = index
        }
        open.append((index, nil))
      case .endNode:
        guard open.popLast() != nil else { throw DeviceTreeError(.unbalanced, at: offset, "a node ends that did not begin") }
      case .property:
        guard let (node, child) = open.last else {
          throw DeviceTreeError(.unbalanced, at: offset, "a property outside of every node", expected: nodes.isEmpty ? "the root" : "the end")
        }
        // Linux stops looking at the first child: what comes behind it does not exist there.
        guard child == nil else {
          throw DeviceTreeError(.badToken, at: offset, path: path(node, bytes), "a property behind a child node", expected: "properties first")
        }
        do { properties.append(try reader.property(at: offset)) } catch {
          var error = error
          error.path = path(node, bytes)
          throw error
        }
        nodes[node].properties = nodes[node].properties.lowerBound..<properties.count
      case .nothing: break
      case .end:
        guard open.isEmpty, !nodes.isEmpty else {
          throw DeviceTreeError(
            .unbalanced, at: offset, path: path(open.last?.node, bytes), "the structure ends with \(open.count) nodes open",
            expected: "one root, closed")
        }
        return
      case nil:
        throw DeviceTreeError(
          .badToken, at: offset, path: path(open.last?.node, bytes), "no such token",
          expected: "1 (node), 2 (its end), 3 (property), 4 (nothing) or 9 (end)")
      }
    }
  }

  /// `/soc/serial@1000`; empty for none.
  func path(_ node: Int?, _ bytes: [UInt8]) -> String {
    guard var node else { return "" }
    var names: [String] = []
    while node != 0 {
      names.append(String(decoding: bytes[nodes[node].name], as: UTF8.self))
      node = nodes[node].parent
    }
    return "/" + names.reversed().joined(separator: "/")
  }
}
