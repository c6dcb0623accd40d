/// Compiled trees made by hand, of any version of the format, right ones and wrong ones. It shares nothing with the reader.
package struct TreeBuilder {
  package struct Node {
    package var name: String
    package var properties: [(name: String, value: [UInt8])] = []
    package var children: [Node] = []

    package init(_ name: String, _ properties: [(String, Value)] = [], _ children: [Node] = []) {
      self.name = name
      self.properties = properties.map { ($0.0, $0.1.bytes) }
      self.children = children
    }
  }

  package enum Value {
    case empty
    case cells([UInt32])
    case text([String])
    case raw([UInt8])

    package static func cell(_ value: UInt32) -> Value { .cells([value]) }
    package static func string(_ text: String) -> Value { .text([text]) }
    /// Numbers of two cells each.
    package static func pairs(_ numbers: UInt64...) -> Value { .cells(numbers.flatMap { [UInt32($0 >> 32), UInt32(truncatingIfNeeded: $0)] }) }

    package var bytes: [UInt8] {
      switch self {
      case .empty: []
      case .cells(let cells): cells.flatMap { cell in (0..<4).map { UInt8(truncatingIfNeeded: cell >> (24 - 8 * $0)) } }
      case .text(let strings): strings.flatMap { Array($0.utf8) + [0] }
      case .raw(let bytes): bytes
      }
    }
  }

  package var version: UInt32
  package var lastCompatible: UInt32?
  package var reservations: [(UInt64, UInt64)]
  package var root: Node

  package init(version: UInt32 = 17, lastCompatible: UInt32? = nil, reservations: [(UInt64, UInt64)] = [], root: Node = Node("")) {
    (self.version, self.lastCompatible, self.reservations, self.root) = (version, lastCompatible, reservations, root)
  }

  package func bytes() -> [UInt8] {
    var strings: [UInt8] = [], structure: [UInt8] = [], known: [String: Int] = [:]
    let header = version >= 17 ? 40 : version >= 3 ? 36 : version >= 2 ? 32 : 28
    let reserved = (header + 7) / 8 * 8
    let start = reserved + 16 * (reservations.count + 1)
    func word(_ value: Int) -> [UInt8] { Value.cell(UInt32(value)).bytes }
    func pad(to alignment: Int) { while (start + structure.count) % alignment != 0 { structure.append(0) } }
    func emit(_ node: Node, _ path: String) {
      structure += word(1)
      structure += Array((version < 16 ? path : node.name).utf8) + [0]
      pad(to: 4)
      for property in node.properties {
        let name = known[property.name] ?? strings.count
        if name == strings.count { strings += Array(property.name.utf8) + [0] }
        known[property.name] = name
        structure += word(3) + word(property.value.count) + word(name)
        if version < 16, property.value.count >= 8 { pad(to: 8) }
        structure += property.value
        pad(to: 4)
      }
      for child in node.children { emit(child, (path == "/" ? "" : path) + "/" + child.name) }
      structure += word(4) + word(2)
    }
    emit(root, "/")
    structure += word(9)

    let total = start + structure.count + strings.count
    let oldest: UInt32 = version >= 16 ? 16 : 1
    var fields = [0xD00D_FEED, total, start, start + structure.count, reserved, Int(version), Int(lastCompatible ?? oldest)]
    if version >= 2 { fields.append(0) }
    if version >= 3 { fields.append(strings.count) }
    if version >= 17 { fields.append(structure.count) }
    var out = fields.flatMap(word)
    while out.count < reserved { out.append(0) }
    for (address, size) in reservations + [(0, 0)] { out += Value.pairs(address, size).bytes }
    return out + structure + strings
  }
}
