import Primitives

/// What GET_CAPABILITIES and CAPABILITIES have in common, which is all after the header. DSP0274 1.2 section 10.3.
public struct CapabilityBody: Hashable, Sendable {
  /// From 1.2 on a side says what it can receive at once, and what it can put together out of chunks.
  public struct Sizes: Hashable, Sendable {
    /// The least that a side must be able to receive. DSP0274 1.2 section 10.3.
    public static let least: UInt32 = 42

    public var transfer: UInt32
    public var message: UInt32

    public init(transfer: UInt32, message: UInt32) { (self.transfer, self.message) = (transfer, message) }
  }

  /// A cryptographic answer may take 2 to this power microseconds.
  public var timeExponent: UInt8
  public var flags: CapabilityFlags
  /// Nil in 1.1.
  public var sizes: Sizes?

  public init(flags: CapabilityFlags, timeExponent: UInt8 = 0, sizes: Sizes?) {
    (self.flags, self.timeExponent, self.sizes) = (flags, timeExponent, sizes)
  }

  init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    // 1.3 has a block of algorithms behind this bit, which lets a side skip NEGOTIATE_ALGORITHMS.
    guard form.version < .v13 || header.parameter1 & 1 == 0 else {
      throw SPDMError(.notSpoken, field: "parameter 1", offset: 2, expected: "no block of supported algorithms")
    }
    try reader.reserved(1)
    timeExponent = try reader.integer("CTExponent")
    try reader.reserved(2)
    flags = CapabilityFlags(rawValue: try reader.integer("flags"))
    guard form.version >= .v12 else { return }
    let transfer: UInt32 = try reader.integer("DataTransferSize")
    guard transfer >= Sizes.least else { throw reader.wrong("DataTransferSize", width: 4, expected: "at least \(Sizes.least)") }
    let message: UInt32 = try reader.integer("MaxSPDMmsgSize")
    guard message >= transfer else { throw reader.wrong("MaxSPDMmsgSize", width: 4, expected: "at least DataTransferSize") }
    sizes = Sizes(transfer: transfer, message: message)
  }

  func encode(into writer: inout WireWriter) {
    writer.reserve(1)
    writer.integer(timeExponent)
    writer.reserve(2)
    writer.integer(flags.rawValue)
    guard let sizes else { return }
    writer.integer(sizes.transfer)
    writer.integer(sizes.message)
  }
}
