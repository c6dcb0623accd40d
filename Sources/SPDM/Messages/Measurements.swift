import Primitives

/// The measurements that were asked for. DSP0274 1.2 section 10.11.
public struct Measurements: SPDMMessage {
  public static let code = MessageCode.measurements

  /// How many there are, where that was the question; reserved otherwise.
  public var total: UInt8
  public var slot: CertificateSlot
  /// Whether something changed while the answer was made: 0 not told, 1 changed, 2 not changed. From 1.2 on.
  public private(set) var change: UInt8
  public private(set) var blocks: [MeasurementBlock]
  public var nonce: Nonce
  public var opaque: OpaqueData
  public var context: RequesterContext?
  public var signature: SignatureValue?

  public init(
    total: UInt8 = 0, slot: CertificateSlot = .first, change: UInt8 = 0, blocks: [MeasurementBlock], nonce: Nonce, opaque: OpaqueData = .empty,
    context: RequesterContext? = nil, signature: SignatureValue? = nil
  ) {
    (self.total, self.slot, self.change, self.blocks) = (total, slot, change & 3, Array(blocks.prefix(255)))
    (self.nonce, self.opaque, self.context, self.signature) = (nonce, opaque, context, signature)
  }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    total = header.parameter1
    slot = form.isSigned ? try CertificateSlot(nibbleOf: header.parameter2, field: "slot", offset: 3) : .first
    change = form.version >= .v12 ? header.parameter2 >> 4 & 3 : 0
    let count: UInt8 = try reader.integer("count of blocks")
    let low: UInt16 = try reader.integer("record length")
    let length = try Int(low) | Int(reader.integer("record length", as: UInt8.self)) << 16
    guard length <= reader.remaining else { throw reader.wrong(.cut, "record length", width: 3, expected: "at most \(reader.remaining)") }
    let end = reader.offset + length
    blocks = []
    for _ in 0..<count { blocks.append(try MeasurementBlock(from: &reader)) }
    guard reader.offset == end else {
      throw SPDMError(.length, field: "record length", offset: 5, expected: "\(reader.offset - end + length), what the blocks take")
    }
    nonce = try Nonce(from: &reader)
    opaque = try OpaqueData(from: &reader)
    context = try RequesterContext.read(from: &reader, form: form)
    if form.isSigned { signature = try SignatureValue(from: &reader, try form.suite("signature", at: reader.offset).signature) }
  }

  public var parameters: (UInt8, UInt8) { (total, slot.index | change << 4) }

  public func encode(into writer: inout WireWriter) {
    writer.integer(UInt8(truncatingIfNeeded: blocks.count))
    let length = blocks.reduce(0) { $0 + $1.byteCount }
    writer.integer(UInt16(truncatingIfNeeded: length))
    writer.integer(UInt8(truncatingIfNeeded: length >> 16))
    for block in blocks { block.encode(into: &writer) }
    writer.append(nonce.bytes)
    opaque.encode(into: &writer)
    if let context { writer.append(context.bytes) }
    if let signature { writer.append(signature.bytes) }
  }
}
