import Primitives

/// One structure of NEGOTIATE_ALGORITHMS or ALGORITHMS: a kind of algorithm and bits for those that are offered or
/// taken. DSP0274 1.2 tables 16 to 20. A table whose value would be 0 is left out.
public struct AlgorithmTable: Hashable, Sendable {
  public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case exchange = 2
    case cipher = 3
    case requesterSignature = 4
    case keySchedule = 5
  }

  public var kind: Kind
  public var fixed: UInt16
  /// Algorithms of other registries, four bytes each.
  public private(set) var external: [UInt32]

  public init(_ kind: Kind, _ fixed: UInt16, external: [UInt32] = []) {
    (self.kind, self.fixed, self.external) = (kind, fixed, Array(external.prefix(15)))
  }

  /// As many as the header says: in the order of their kinds, none twice.
  static func list(count: UInt8, from reader: inout MessageReader) throws(SPDMError) -> [Self] {
    var tables: [Self] = []
    for _ in 0..<count {
      let table = try Self(from: &reader)
      if let last = tables.last, last.kind.rawValue >= table.kind.rawValue {
        throw reader.wrong("table type", width: 4 + 4 * table.external.count, expected: "types in rising order")
      }
      tables.append(table)
    }
    return tables
  }

  private init(from reader: inout MessageReader) throws(SPDMError) {
    guard let kind = Kind(rawValue: try reader.integer("table type")) else { throw reader.wrong("table type", width: 1, expected: "2 to 5") }
    self.kind = kind
    // High nibble: how many bytes the fixed bits take. Low nibble: how many external algorithms follow.
    let counts: UInt8 = try reader.integer("table counts")
    guard counts >> 4 == 2 else { throw reader.wrong("table counts", width: 1, expected: "two bytes of fixed algorithms") }
    fixed = try reader.integer("fixed algorithms")
    external = try reader.words("external algorithm", counts & 0xF)
  }

  func encode(into writer: inout WireWriter) {
    writer.integer(kind.rawValue)
    writer.integer(0x20 | UInt8(truncatingIfNeeded: external.count & 0xF))
    writer.integer(fixed)
    for algorithm in external { writer.integer(algorithm) }
  }

  var byteCount: Int { 4 + 4 * external.count }
}
