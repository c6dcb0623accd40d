import Primitives

/// A message as a value. Reading and writing are inverse; bytes that the specification reserves are ignored on the
/// way in and zero on the way out, so transcripts always take the bytes that were on the wire, never a value again.
public protocol SPDMMessage: Hashable, Sendable {
  static var code: MessageCode { get }

  /// What follows the header; the header has been read and is of this message.
  init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError)

  /// Param1 and Param2 of the header.
  var parameters: (UInt8, UInt8) { get }

  func encode(into writer: inout WireWriter)
}

extension SPDMMessage {
  public var parameters: (UInt8, UInt8) { (0, 0) }

  /// Reads a whole message: every byte belongs to a field, or the message is refused.
  public init(_ bytes: some Collection<UInt8>, form: MessageForm) throws(SPDMError) {
    var reader = MessageReader(bytes)
    try self.init(&reader, form: form)
    try reader.finish()
  }

  /// Reads a message that a transport padded to words, and says how many of the bytes are its own: only those belong
  /// into a transcript.
  public static func read(padded bytes: some Collection<UInt8>, form: MessageForm) throws(SPDMError) -> (message: Self, byteCount: Int) {
    var reader = MessageReader(bytes)
    let message = try Self(&reader, form: form)
    if reader.remaining >= 4 { try reader.finish() }
    return (message, reader.offset)
  }

  private init(_ reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    let header = try MessageHeader(from: &reader)
    guard header.code == Self.code else {
      throw SPDMError(.unexpectedMessage, field: "code", offset: 1, expected: "\(Self.code)")
    }
    // An ERROR may answer anything, also what was asked before there was a version.
    guard header.version == form.version || (header.code == .error && header.version == .v10) else {
      throw SPDMError(.version, field: "version", offset: 0, expected: form.version.text)
    }
    try self.init(header: header, reader: &reader, form: form)
  }

  public func bytes(version: SPDMVersion) -> [UInt8] {
    var writer = WireWriter()
    writer.integer(version.rawValue)
    writer.integer(Self.code.rawValue)
    writer.integer(parameters.0)
    writer.integer(parameters.1)
    encode(into: &writer)
    return writer.bytes
  }
}

/// A message that is its header and nothing more.
public protocol HeaderOnlyMessage: SPDMMessage {}
extension HeaderOnlyMessage {
  public func encode(into writer: inout WireWriter) {}
}
