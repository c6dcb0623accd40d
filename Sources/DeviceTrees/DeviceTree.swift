import Primitives

/// A compiled device tree (a flattened device tree, DTB): the description of a board that firmware hands to a kernel.
///
/// All versions of the format are read, 1 to 17. Reading checks the form of everything, so that what walks a tree afterwards meets no
/// surprise but in values; these are checked where they are asked for. Nothing in a file makes the reader trap, loop, or allocate more
/// than some ten times the file's size. A tree is a value that never changes, and may be used from any thread.
///
/// Source: Devicetree Specification 0.4, chapters 2 and 5.
public struct DeviceTree: Sendable {
  /// One reference, so that a node is this and a number.
  final class Storage: Sendable {
    let bytes: [UInt8]
    let header: DeviceTreeHeader
    let reservations: [MemoryReservation]
    let structure: Structure
    /// In ascending order.
    let phandles: [(value: UInt32, node: Int)]

    init(_ bytes: [UInt8]) throws(DeviceTreeError) {
      self.bytes = bytes
      header = try DeviceTreeHeader(bytes)
      let (entries, end) = try MemoryReservation.read(bytes, header)
      reservations = entries
      try DeviceTree.requireDisjoint(header, reservationsEnd: end)
      structure = try Structure(bytes, header)
      phandles = try structure.phandles(bytes)
    }
  }

  let storage: Storage

  /// - Throws: what is wrong with the form of the file, with the byte at which it shows.
  public init(_ bytes: [UInt8]) throws(DeviceTreeError) { storage = try Storage(bytes) }

  public var header: DeviceTreeHeader { storage.header }
  public var reservations: [MemoryReservation] { storage.reservations }

  fileprivate static func requireDisjoint(_ header: DeviceTreeHeader, reservationsEnd: Int) throws(DeviceTreeError) {
    let blocks = [
      ("memory reservations", header.reservations..<reservationsEnd), ("structure", header.structure), ("strings", header.strings),
    ].filter { !$0.1.isEmpty }.sorted { $0.1.lowerBound < $1.1.lowerBound }
    for (one, next) in zip(blocks, blocks.dropFirst()) where one.1.overlaps(next.1) {
      throw DeviceTreeError(
        .blockOverlap, at: next.1.lowerBound, "the \(next.0) begin inside the \(one.0)", expected: "byte \(one.1.upperBound) or later")
    }
  }

  public var root: DeviceTreeNode { DeviceTreeNode(self, 0) }
  /// Every node, each before its children, in the order of the file.
  public var nodes: some Sequence<DeviceTreeNode> { storage.structure.nodes.indices.lazy.map { DeviceTreeNode(self, $0) } }

  /// The node that others call by this number.
  public func node(phandle: UInt32) -> DeviceTreeNode? {
    let index = storage.phandles.partitioningIndex { $0.value >= phandle }
    guard index < storage.phandles.count, storage.phandles[index].value == phandle else { return nil }
    return DeviceTreeNode(self, storage.phandles[index].node)
  }
}

extension Structure {
  /// Every number by which a node is called: `phandle`, or `linux,phandle` in old trees. DTSpec 0.4 section 2.3.3.
  fileprivate func phandles(_ bytes: [UInt8]) throws(DeviceTreeError) -> [(value: UInt32, node: Int)] {
    var all: [(value: UInt32, node: Int, offset: Int)] = []
    let names = ["phandle", "linux,phandle"].map { Array($0.utf8) }
    for (index, node) in nodes.enumerated() {
      for property in properties[node.properties] {
        guard property.name.count == names[0].count || property.name.count == names[1].count,
          names.contains(where: { $0.elementsEqual(bytes[property.name]) })
        else { continue }
        let name = String(decoding: bytes[property.name], as: UTF8.self)
        guard property.value.count == 4, let value = bytes.word(at: property.value.lowerBound) else {
          throw DeviceTreeError(
            .badLength, at: property.offset, path: path(index, bytes), property: name, "a value of \(property.value.count) bytes", expected: "4")
        }
        guard value != 0, value != .max else {
          throw DeviceTreeError(
            .outOfRange, at: property.offset, path: path(index, bytes), property: name, "no node can be called \(value)", expected: "1 to 0xfffffffe")
        }
        all.append((value, index, property.offset))
      }
    }
    all.sort { ($0.value, $0.node) < ($1.value, $1.node) }
    for (one, next) in zip(all, all.dropFirst()) where one.value == next.value && one.node != next.node {
      throw DeviceTreeError(
        .duplicatePhandle, at: next.offset, path: path(next.node, bytes), property: "phandle",
        "\(path(one.node, bytes)) has the same number \(one.value)",
        expected: "a number of its own")
    }
    return all.map { ($0.value, $0.node) }
  }
}
