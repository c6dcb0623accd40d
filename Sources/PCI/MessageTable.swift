/// The MSI-X table and pending bits as they stand in a BAR. PCIe 6.0 section 6.1.4.
///
/// An entry is sixteen bytes: address, data, and a control word whose bit 0 masks the vector.
public struct MessageTable: Hashable, Sendable {
  public static let count = 16
  /// The pending bits stand in the same page, behind the table.
  public static let pendingOffset = 0x800

  private var words: [UInt32]
  private(set) var pending: UInt64 = 0

  public init() { words = (0..<Self.count * 4).map { $0 % 4 == 3 ? 1 : 0 } }

  func read(_ offset: Int) -> UInt32 {
    switch offset {
    case 0..<words.count * 4: words[offset / 4]
    case Self.pendingOffset: UInt32(truncatingIfNeeded: pending)
    case Self.pendingOffset + 4: UInt32(truncatingIfNeeded: pending >> 32)
    default: 0
    }
  }

  /// The pending bits are read-only.
  mutating func write(_ offset: Int, _ value: UInt32) {
    guard (0..<words.count * 4).contains(offset) else { return }
    words[offset / 4] = offset % 16 == 12 ? value & 1 : offset % 16 == 0 ? value & ~3 : value
  }

  /// The message to send now, or nil: then a masked vector is remembered as pending.
  mutating func raise(_ vector: Int) -> InterruptMessage? {
    guard (0..<Self.count).contains(vector) else { return nil }
    if words[4 * vector + 3] & 1 != 0 {
      pending |= 1 << UInt64(vector)
      return nil
    }
    return message(vector)
  }

  /// Messages that waited for their mask to be lifted.
  mutating func takeReleased() -> [InterruptMessage] {
    let released = (0..<Self.count).filter { pending >> UInt64($0) & 1 != 0 && words[4 * $0 + 3] & 1 == 0 }
    for vector in released { pending &= ~(1 << UInt64(vector)) }
    return released.map(message)
  }

  private func message(_ vector: Int) -> InterruptMessage {
    let entry = 4 * vector
    return InterruptMessage(
      vector: vector, address: UInt64(words[entry]) | UInt64(words[entry + 1]) << 32, data: words[entry + 2])
  }
}
