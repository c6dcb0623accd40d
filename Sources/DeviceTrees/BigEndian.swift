/// Numbers in the byte order of device trees. DTSpec 0.4 section 5.
extension Collection where Element == UInt8, Index == Int {
  /// The 32 bits that begin so many bytes behind the first, or nil where fewer are left.
  func word(at offset: Int) -> UInt32? {
    guard offset >= 0, offset <= count - 4 else { return nil }
    let first = startIndex + offset
    return UInt32(self[first]) << 24 | UInt32(self[first + 1]) << 16 | UInt32(self[first + 2]) << 8 | UInt32(self[first + 3])
  }

  /// The same for 64 bits.
  func doubleWord(at offset: Int) -> UInt64? {
    guard let high = word(at: offset), let low = word(at: offset + 4) else { return nil }
    return UInt64(high) << 32 | UInt64(low)
  }
}
