import Primitives

/// The responder's choice, one bit of each kind. `AlgorithmSuite` is what it means. DSP0274 1.2 section 10.4.
public struct Algorithms: SPDMMessage {
  public static let code = MessageCode.algorithms

  public var measurementSpecification: UInt8
  public var otherParameters: UInt8
  /// The hash in measurement blocks, which may be another than the base hash.
  public var measurementHash: UInt32
  public var signature: UInt32
  public var hash: UInt32
  public private(set) var externalSignatures: [UInt32]
  public private(set) var externalHashes: [UInt32]
  public var measurementLog: UInt8
  public private(set) var tables: [AlgorithmTable]

  public init(
    measurementSpecification: UInt8 = 1, otherParameters: UInt8 = NegotiateAlgorithms.opaqueFormat1, measurementHash: UInt32, signature: UInt32,
    hash: UInt32, externalSignatures: [UInt32] = [], externalHashes: [UInt32] = [], measurementLog: UInt8 = 0, tables: [AlgorithmTable]
  ) {
    (self.measurementSpecification, self.otherParameters) = (measurementSpecification, otherParameters)
    (self.measurementHash, self.signature, self.hash) = (measurementHash, signature, hash)
    (self.externalSignatures, self.externalHashes) = (Array(externalSignatures.prefix(255)), Array(externalHashes.prefix(255)))
    (self.measurementLog, self.tables) = (measurementLog, Array(tables.prefix(255)))
  }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    let length: UInt16 = try reader.integer("length")
    guard Int(length) == reader.offset + reader.remaining else {
      throw reader.wrong(.length, "length", width: 2, expected: "the \(reader.offset + reader.remaining) bytes of the message")
    }
    measurementSpecification = try reader.integer("measurement specification")
    otherParameters = try reader.integer("other parameters")
    measurementHash = try reader.integer("measurement hash algorithm")
    signature = try reader.integer("base asymmetric algorithm")
    hash = try reader.integer("base hash algorithm")
    try reader.reserved(11)
    measurementLog = try reader.integer("measurement log specification")
    let signatureCount: UInt8 = try reader.integer("count of external asymmetric algorithms")
    let hashCount: UInt8 = try reader.integer("count of external hash algorithms")
    try reader.reserved(2)
    externalSignatures = try reader.words("external asymmetric algorithm", signatureCount)
    externalHashes = try reader.words("external hash algorithm", hashCount)
    tables = try AlgorithmTable.list(count: header.parameter1, from: &reader)
  }

  public var parameters: (UInt8, UInt8) { (UInt8(truncatingIfNeeded: tables.count), 0) }

  public func encode(into writer: inout WireWriter) {
    let external = externalSignatures + externalHashes
    writer.integer(UInt16(truncatingIfNeeded: 36 + 4 * external.count + tables.reduce(0) { $0 + $1.byteCount }))
    writer.integer(measurementSpecification)
    writer.integer(otherParameters)
    writer.integer(measurementHash)
    writer.integer(signature)
    writer.integer(hash)
    writer.reserve(11)
    writer.integer(measurementLog)
    writer.integer(UInt8(truncatingIfNeeded: externalSignatures.count))
    writer.integer(UInt8(truncatingIfNeeded: externalHashes.count))
    writer.reserve(2)
    for algorithm in external { writer.integer(algorithm) }
    for table in tables { table.encode(into: &writer) }
  }
}
