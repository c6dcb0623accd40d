/// An MSI-X table and its pending bits. PCIe 6.0 section 6.1.4.
///
/// An entry is sixteen bytes: address, data, and a control word whose bit 0 masks the vector. Where in a BAR the two stand, the
/// function's capability says (`MSIX`).
public struct MessageTable: Hashable, Sendable {
  /// Vectors, 1 to 2048.
  public let count: Int

  private var words: [UInt32]
  private var pending: [UInt64]

  public init(count: Int) {
    self.count = min(max(count, 1), 2048)
    words = (0..<self.count * 4).map { $0 % 4 == 3 ? 1 : 0 }
    pending = Array(repeating: 0, count: (self.count + 63) / 64)
  }

  /// Four bytes of the table; zero outside of it.
  public func entry(_ offset: Int) -> UInt32 { words.indices.contains(offset / 4) ? words[offset / 4] : 0 }
  /// Four bytes of the pending bits.
  public func pendingBits(_ offset: Int) -> UInt32 {
    pending.indices.contains(offset / 8) ? UInt32(truncatingIfNeeded: pending[offset / 8] >> UInt64(offset % 8 * 8)) : 0
  }

  /// The pending bits are read-only.
  mutating func write(_ offset: Int, _ value: UInt32) {
    guard words.indices.contains(offset / 4) else { return }
    words[offset / 4] = offset % 16 == 12 ? value & 1 : offset % 16 == 0 ? value & ~3 : value
  }

  /// The message to send now, or nil: then a masked vector is remembered as pending.
  mutating func raise(_ vector: Int) -> InterruptMessage? {
    guard (0..<count).contains(vector) else { return nil }
    if words[4 * vector + 3] & 1 != 0 {
      pending[vector / 64] |= 1 << UInt64(vector % 64)
      return nil
    }
    return message(vector)
  }

  /// Messages that waited for their mask to be lifted.
  mutating func takeReleased() -> [InterruptMessage] {
    guard pending.contains(where: { $0 != 0 }) else { return [] }
    let released = (0..<count).filter { pending[$0 / 64] >> UInt64($0 % 64) & 1 != 0 && words[4 * $0 + 3] & 1 == 0 }
    for vector in released { pending[vector / 64] &= ~(1 << UInt64(vector % 64)) }
    return released.map(message)
  }

  private func message(_ vector: Int) -> InterruptMessage {
    let entry = 4 * vector
    return InterruptMessage(
      vector: vector, address: UInt64(words[entry]) | UInt64(words[entry + 1]) << 32, data: words[entry + 2])
  }
}
