import Primitives

/// The first bytes of a compiled tree: where its three blocks lie. DTSpec 0.4 section 5.2; the older versions, which have fewer fields,
/// are in the kernel's Documentation/devicetree/usage-model and in the booting-without-of document that came before it.
public struct DeviceTreeHeader: Hashable, Sendable {
  public static let magic: UInt32 = 0xD00D_FEED
  /// The newest that this reader knows. A newer one is read as this if it says that it may be.
  public static let newest: UInt32 = 17

  public let version: UInt32
  public let lastCompatible: UInt32
  /// Of the whole tree, which may be shorter than the file.
  public let totalSize: Int
  /// The CPU that boots; version 2 and later.
  public let bootCPU: UInt32?
  public let structure: Range<Int>
  public let strings: Range<Int>
  /// Where the memory reservations begin. They end with an empty one.
  public let reservations: Int
  /// Of the header itself.
  let size: Int

  /// Versions before 16 repeat the whole path in each node and align long values to eight bytes.
  var isOld: Bool { version < 16 }

  init(_ bytes: [UInt8]) throws(DeviceTreeError) {
    func field(_ offset: Int, _ name: String) throws(DeviceTreeError) -> Int {
      guard let value = bytes.word(at: offset) else {
        throw DeviceTreeError(.cut, at: bytes.count, "the file ends before the header's \(name)", expected: "a header of 28 to 40 bytes")
      }
      return Int(value)
    }
    guard try field(0, "magic number") == Int(Self.magic) else {
      throw DeviceTreeError(.notATree, at: 0, "not a compiled device tree", expected: "the bytes d0 0d fe ed, as dtc -O dtb writes them")
    }
    let total = try field(4, "size")
    totalSize = total
    version = UInt32(try field(20, "version"))
    lastCompatible = UInt32(try field(24, "last compatible version"))
    guard version >= 1, lastCompatible <= Self.newest, lastCompatible <= version else {
      throw DeviceTreeError(
        .unsupportedVersion, at: 20, "version \(version), compatible down to \(lastCompatible)",
        expected: "a version that can be read as one of 1 to 17"
      )
    }
    bootCPU = version >= 2 ? UInt32(try field(28, "boot CPU")) : nil
    size = version >= 17 ? 40 : version >= 3 ? 36 : version >= 2 ? 32 : 28
    guard totalSize >= size else {
      throw DeviceTreeError(.cut, at: 4, "a tree of \(totalSize) bytes has no room for its header", expected: "at least \(size)")
    }
    guard totalSize <= bytes.count else {
      throw DeviceTreeError(.cut, at: bytes.count, "the file has \(bytes.count) bytes of a tree of \(totalSize)", expected: "the whole tree")
    }

    let structureStart = try field(8, "structure offset"), stringsStart = try field(12, "strings offset")
    reservations = try field(16, "reservations offset")
    let starts = [structureStart, stringsStart, reservations, total]
    // Older versions do not say how long a block is: it ends where another begins.
    func end(_ start: Int, _ sizeField: Int?) throws(DeviceTreeError) -> Int {
      guard let sizeField else { return starts.filter { $0 > start }.min() ?? total }
      return start + (try field(sizeField, "block size"))
    }
    structure = try Self.block("structure", 8, structureStart, try end(structureStart, version >= 17 ? 36 : nil), size, total, alignment: 4)
    strings = try Self.block("strings", 12, stringsStart, try end(stringsStart, version >= 3 ? 32 : nil), size, total, alignment: 1)
    _ = try Self.block("reservations", 16, reservations, reservations + 16, size, total, alignment: 8)
  }

  /// Whether a block lies behind the header and inside the tree.
  private static func block(
    _ name: String, _ field: Int, _ start: Int, _ end: Int, _ header: Int, _ total: Int, alignment: Int
  ) throws(DeviceTreeError) -> Range<Int> {
    guard start >= header, start <= end, end <= total else {
      throw DeviceTreeError(
        .blockOutside, at: field, "the \(name) are said to be bytes \(start) to \(end)", expected: "a place between \(header) and \(total)")
    }
    guard start % alignment == 0 else {
      throw DeviceTreeError(.misaligned, at: field, "the \(name) begin at byte \(start)", expected: "a multiple of \(alignment)")
    }
    return start..<end
  }
}
