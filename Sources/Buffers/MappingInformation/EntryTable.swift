import Primitives

/// Four levels of 512 entries each, in the raw form of whatever architecture uses them: what a walk reads is what was written.
public struct EntryTable<Space: Address>: Sendable {
  private var tables: [[UInt64]] = [Array(repeating: 0, count: 512)]
  /// Bits of an entry that say it leads somewhere.
  private let present: UInt64

  /// - Parameter present: 1 for x86 tables, 7 for an EPT, 3 for Arm.
  public init(present: UInt64) { self.present = max(present, 1) }

  private static func index(_ address: Space, _ level: Int) -> Int { Int(address.rawValue >> UInt64(12 + 9 * level) & 511) }

  /// Writes the leaf for a page, whatever was there.
  public mutating func set(_ page: Space, _ entry: UInt64) {
    var table = 0
    for level in [3, 2, 1] {
      let index = Self.index(page, level)
      if tables[table][index] & present == 0 {
        // The number of the next table stands where its address would.
        tables[table][index] = UInt64(tables.count) << 12 | present
        tables.append(Array(repeating: 0, count: 512))
      }
      table = Int(tables[table][index] >> 12)
    }
    tables[table][Self.index(page, 0)] = entry
  }

  /// The leaf of a page; nil where nothing is.
  public func walk(_ address: Space) -> UInt64? {
    var table = 0
    for level in [3, 2, 1] {
      let entry = tables[table][Self.index(address, level)]
      guard entry & present != 0, tables.indices.contains(Int(entry >> 12)) else { return nil }
      table = Int(entry >> 12)
    }
    let entry = tables[table][Self.index(address, 0)]
    return entry & present == 0 ? nil : entry
  }
}
