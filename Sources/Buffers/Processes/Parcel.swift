import Primitives

/// Buffers on their way to another process: what each is called and how long it is, and its descriptor beside. As many as fit go in one
/// message.
struct Parcel {
  struct Item: Hashable {
    var name: String
    var size: UInt64
    var isWritable: Bool
  }
  /// A byte that says what it is, a count, and 41 bytes for each: name in 32, size in 8, whether it may be written in one.
  static let tag: UInt8 = 0x42, itemLength = 41

  static func encode(_ items: [Item]) -> [UInt8] {
    var bytes: [UInt8] = [tag, UInt8(items.count)]
    for item in items {
      let name = Array(item.name.utf8.prefix(BufferName.limit))
      bytes += name + [UInt8](repeating: 0, count: BufferName.limit - name.count)
      for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: item.size >> UInt64(shift))) }
      bytes.append(item.isWritable ? 1 : 0)
    }
    return bytes
  }

  /// Nil for what is no parcel: every byte belongs to an item, and every item has a descriptor.
  static func decode(_ bytes: [UInt8], descriptors: Int) -> [Item]? {
    guard bytes.count >= 2, bytes[0] == tag, bytes.count == 2 + Int(bytes[1]) * itemLength, descriptors == Int(bytes[1]) else { return nil }
    var items: [Item] = []
    for i in 0..<Int(bytes[1]) {
      let at = 2 + i * itemLength
      let name = bytes[at..<at + BufferName.limit].prefix { $0 != 0 }
      var size: UInt64 = 0
      for byte in bytes[(at + BufferName.limit)..<(at + BufferName.limit + 8)].reversed() { size = size << 8 | UInt64(byte) }
      guard let text = String(validating: name, as: UTF8.self), bytes[at + itemLength - 1] < 2 else { return nil }
      items.append(Item(name: text, size: size, isWritable: bytes[at + itemLength - 1] == 1))
    }
    return items
  }
}
