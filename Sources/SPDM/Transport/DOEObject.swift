import Primitives

/// A data object of a DOE mailbox: two words of header, then the payload, padded to words. PCIe 6.0 section 6.30.
///
/// Padding is no part of a message: a reader of SPDM has to know where its message ends, and a transcript never takes
/// it. The registers of a mailbox are PCI's, this is what goes through them.
public struct DOEObject: Hashable, Sendable {
  public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case discovery = 0
    case spdm = 1
    case securedSPDM = 2
  }

  /// The PCI-SIG.
  public static let vendor: UInt16 = 1
  public static let headerByteCount = 8
  /// Lengths have 18 bits in words, and 0 is all of them.
  public static let wordLimit = 1 << 18

  public var kind: Kind
  public var payload: [UInt8]

  public init(_ kind: Kind, _ payload: [UInt8]) { (self.kind, self.payload) = (kind, payload) }

  /// A whole object; the payload has its padding still, up to three bytes.
  public init(_ bytes: some Collection<UInt8>) throws(SPDMError) {
    var reader = MessageReader(bytes)
    guard try reader.integer("vendor") == Self.vendor else { throw reader.wrong("vendor", width: 2, expected: "1") }
    guard let kind = Kind(rawValue: try reader.integer("object type")) else {
      throw reader.wrong("object type", width: 1, expected: "0 to 2")
    }
    try reader.reserved(1)
    let words = Int(try reader.integer("length", as: UInt32.self) & 0x3FFFF)
    guard 4 * (words == 0 ? Self.wordLimit : words) == bytes.count else {
      throw reader.wrong(.length, "length", width: 4, expected: "\(bytes.count) bytes in words")
    }
    self.init(kind, try reader.bytes("payload", reader.remaining))
  }

  /// Nil if no length can say how long it is.
  public var bytes: [UInt8]? {
    let words = 2 + (payload.count + 3) / 4
    guard words <= Self.wordLimit else { return nil }
    var writer = WireWriter()
    writer.integer(Self.vendor)
    writer.integer(kind.rawValue)
    writer.reserve(1)
    writer.integer(UInt32(words & 0x3FFFF))
    writer.append(payload)
    writer.reserve(4 * (words - 2) - payload.count)
    return writer.bytes
  }
}
