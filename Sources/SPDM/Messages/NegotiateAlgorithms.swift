import Primitives

/// Offers algorithms, a bit each. DSP0274 1.2 section 10.4.
public struct NegotiateAlgorithms: SPDMMessage {
  public static let code = MessageCode.negotiateAlgorithms
  /// Bit 1 of the other parameters: opaque data in the general format 1.
  public static let opaqueFormat1: UInt8 = 0x02

  public var measurementSpecification: UInt8
  public var otherParameters: UInt8
  public var signatures: UInt32
  public var hashes: UInt32
  public private(set) var externalSignatures: [UInt32]
  public private(set) var externalHashes: [UInt32]
  public var measurementLog: UInt8
  public private(set) var tables: [AlgorithmTable]

  public init(
    measurementSpecification: UInt8 = 1, otherParameters: UInt8 = opaqueFormat1, signatures: UInt32, hashes: UInt32,
    externalSignatures: [UInt32] = [], externalHashes: [UInt32] = [], measurementLog: UInt8 = 0, tables: [AlgorithmTable]
  ) {
    (self.measurementSpecification, self.otherParameters) = (measurementSpecification, otherParameters)
    (self.signatures, self.hashes) = (signatures, hashes)
    (self.externalSignatures, self.externalHashes) = (Array(externalSignatures.prefix(255)), Array(externalHashes.prefix(255)))
    (self.measurementLog, self.tables) = (measurementLog, Array(tables.prefix(255)))
  }

  /// All that this room speaks.
  public static let everything = Self(
    signatures: SignatureAlgorithm.allCases.reduce(0) { $0 | $1.rawValue }, hashes: HashAlgorithm.allCases.reduce(0) { $0 | $1.rawValue },
    tables: [
      AlgorithmTable(.exchange, ExchangeGroup.allCases.reduce(0) { $0 | $1.rawValue }),
      AlgorithmTable(.cipher, RecordCipher.aes256GCM.rawValue), AlgorithmTable(.keySchedule, 1),
    ])

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    let length: UInt16 = try reader.integer("length")
    // 128 bytes are what the specification lets this request take.
    guard length <= 128 else { throw reader.wrong(.tooLong, "length", width: 2, expected: "at most 128") }
    guard Int(length) == reader.offset + reader.remaining else {
      throw reader.wrong(.length, "length", width: 2, expected: "the \(reader.offset + reader.remaining) bytes of the message")
    }
    measurementSpecification = try reader.integer("measurement specification")
    otherParameters = try reader.integer("other parameters")
    signatures = try reader.integer("base asymmetric algorithms")
    hashes = try reader.integer("base hash algorithms")
    try reader.reserved(12)
    let signatureCount: UInt8 = try reader.integer("count of external asymmetric algorithms")
    let hashCount: UInt8 = try reader.integer("count of external hash algorithms")
    try reader.reserved(1)
    measurementLog = try reader.integer("measurement log specification")
    externalSignatures = try reader.words("external asymmetric algorithm", signatureCount)
    externalHashes = try reader.words("external hash algorithm", hashCount)
    tables = try AlgorithmTable.list(count: header.parameter1, from: &reader)
  }

  public var parameters: (UInt8, UInt8) { (UInt8(truncatingIfNeeded: tables.count), 0) }

  public func encode(into writer: inout WireWriter) {
    let external = externalSignatures + externalHashes
    writer.integer(UInt16(truncatingIfNeeded: 32 + 4 * external.count + tables.reduce(0) { $0 + $1.byteCount }))
    writer.integer(measurementSpecification)
    writer.integer(otherParameters)
    writer.integer(signatures)
    writer.integer(hashes)
    writer.reserve(12)
    writer.integer(UInt8(truncatingIfNeeded: externalSignatures.count))
    writer.integer(UInt8(truncatingIfNeeded: externalHashes.count))
    writer.reserve(1)
    writer.integer(measurementLog)
    for algorithm in external { writer.integer(algorithm) }
    for table in tables { table.encode(into: &writer) }
  }
}
