/// A node of a device tree: a device, a bus, or a place to hang properties.
public struct DeviceTreeNode: Sendable {
  public let tree: DeviceTree
  let index: Int

  init(_ tree: DeviceTree, _ index: Int) { (self.tree, self.index) = (tree, index) }

  private var record: Structure.Node { tree.storage.structure.nodes[index] }

  /// `serial@1000`, with the unit address; empty for the root.
  public var name: String { String(decoding: tree.storage.bytes[record.name], as: UTF8.self) }
  /// What stands before the `@`: `serial`.
  public var baseName: Substring { name.prefix { $0 != "@" } }
  /// `/soc/serial@1000`
  public var path: String { tree.storage.structure.path(index, tree.storage.bytes) }
  /// Of its token, from the beginning of the file.
  public var offset: Int { record.offset }
  public var isRoot: Bool { index == 0 }

  public var parent: DeviceTreeNode? { isRoot ? nil : DeviceTreeNode(tree, record.parent) }
  public var children: some Sequence<DeviceTreeNode> {
    sequence(first: record.firstChild) { [tree] in $0.flatMap { tree.storage.structure.nodes[$0].nextSibling } }
      .lazy.prefix { $0 != nil }.compactMap { [tree] in $0.map { DeviceTreeNode(tree, $0) } }
  }
  public func child(named name: String) -> DeviceTreeNode? { children.first { $0.name == name } }

  public var properties: some Sequence<DeviceTreeProperty> {
    tree.storage.structure.properties[record.properties].lazy.map { [self] in DeviceTreeProperty($0, of: self) }
  }
  /// The first of that name: a second one is nobody's.
  public subscript(name: String) -> DeviceTreeProperty? {
    let wanted = name.utf8, bytes = tree.storage.bytes
    let found = tree.storage.structure.properties[record.properties].first {
      $0.name.count == wanted.count && bytes[$0.name].elementsEqual(wanted)
    }
    return found.map { DeviceTreeProperty($0, of: self) }
  }

  /// What it is, from the most to the least special; empty where it does not say. DTSpec 0.4 section 2.3.1.
  public func compatible() throws(DeviceTreeError) -> [String] { try self["compatible"]?.strings() ?? [] }

  /// Without `status` a node counts, and with `okay` or the older `ok`. DTSpec 0.4 section 2.3.4.
  public func isEnabled() throws(DeviceTreeError) -> Bool {
    guard let status = try self["status"]?.strings().first else { return true }
    return status == "okay" || status == "ok"
  }
}
