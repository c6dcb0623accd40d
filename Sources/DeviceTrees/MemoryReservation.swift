/// An entry of the memory reservation block, `/memreserve/` in source form: memory that the kernel must not use. DTSpec 0.4 section 5.3.
public struct MemoryReservation: Hashable, Sendable {
  public let address: UInt64
  public let size: UInt64
  /// Of the entry, from the beginning of the file.
  public let offset: Int

  /// Entries up to the first that is zero in both fields, and where the block ends.
  static func read(_ bytes: [UInt8], _ header: DeviceTreeHeader) throws(DeviceTreeError) -> (entries: [Self], end: Int) {
    var entries: [Self] = [], offset = header.reservations
    while true {
      guard offset + 16 <= header.totalSize, let address = bytes.doubleWord(at: offset), let size = bytes.doubleWord(at: offset + 8) else {
        throw DeviceTreeError(.cut, at: offset, "the memory reservations do not end", expected: "an entry of sixteen zero bytes behind the last")
      }
      offset += 16
      if address == 0, size == 0 { return (entries, offset) }
      entries.append(Self(address: address, size: size, offset: offset - 16))
    }
  }
}
