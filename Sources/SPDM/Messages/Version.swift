import Primitives

/// The versions that a responder speaks. DSP0274 1.2 section 10.2.
public struct Version: SPDMMessage {
  public static let code = MessageCode.version

  /// One entry: major and minor version, then update and alpha numbers, which do not change what is on the wire.
  public struct Entry: Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public init(_ version: SPDMVersion) { rawValue = UInt16(version.rawValue) << 8 }

    /// Nil for a version that this room does not know, and for one that is a draft (alpha is not zero).
    public var version: SPDMVersion? { rawValue & 0xF == 0 ? SPDMVersion(rawValue: UInt8(rawValue >> 8)) : nil }
  }

  public private(set) var entries: [Entry]

  public init(_ entries: [Entry]) { self.entries = Array(entries.prefix(255)) }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    try reader.reserved(1)
    let count: UInt8 = try reader.integer("count of versions")
    entries = []
    for _ in 0..<count { entries.append(Entry(rawValue: try reader.integer("version entry"))) }
  }

  public func encode(into writer: inout WireWriter) {
    writer.reserve(1)
    writer.integer(UInt8(truncatingIfNeeded: entries.count))
    for entry in entries { writer.integer(entry.rawValue) }
  }

  /// The highest version that both sides speak; a choice below it would be a downgrade.
  public var best: SPDMVersion? { entries.compactMap(\.version).filter(\.isSpoken).max() }
}
