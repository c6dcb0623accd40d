import Primitives

/// The responder's half, signed, and unless the handshake is in the clear with the proof that it has the keys.
/// DSP0274 1.2 section 10.16.
public struct KeyExchangeResponse: SPDMMessage {
  public static let code = MessageCode.keyExchangeResponse

  /// Seconds within which something has to be heard; 0 is no heartbeat.
  public var heartbeat: UInt8
  public var session: UInt16
  public var random: Nonce
  public var point: ExchangePoint
  public var summary: DigestValue?
  public var opaque: OpaqueData
  public var signature: SignatureValue
  public var verifyData: DigestValue?

  public init(
    heartbeat: UInt8 = 0, session: UInt16, random: Nonce, point: ExchangePoint, summary: DigestValue?, opaque: OpaqueData,
    signature: SignatureValue, verifyData: DigestValue?
  ) {
    (self.heartbeat, self.session, self.random, self.point) = (heartbeat, session, random, point)
    (self.summary, self.opaque, self.signature, self.verifyData) = (summary, opaque, signature, verifyData)
  }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    heartbeat = header.parameter1
    session = try reader.integer("session id")
    guard try reader.integer("mutual authentication", as: UInt8.self) == 0 else {
      throw reader.wrong(.notSpoken, "mutual authentication", width: 1, expected: "0")
    }
    // Which slot the requester would prove itself with.
    try reader.reserved(1)
    random = try Nonce(from: &reader, "random data")
    let suite = try form.suite("signature", at: reader.offset)
    point = try ExchangePoint(from: &reader, try form.exchange(at: reader.offset))
    summary = try form.summary.read(from: &reader, form: form)
    opaque = try OpaqueData(from: &reader)
    signature = try SignatureValue(from: &reader, suite.signature)
    if form.handshake == .encrypted { verifyData = try DigestValue(from: &reader, "verify data", suite.hash) }
  }

  public var parameters: (UInt8, UInt8) { (heartbeat, 0) }

  public func encode(into writer: inout WireWriter) {
    writer.integer(session)
    writer.reserve(2)
    writer.append(random.bytes)
    writer.append(point.bytes)
    if let summary { writer.append(summary.bytes) }
    opaque.encode(into: &writer)
    writer.append(signature.bytes)
    if let verifyData { writer.append(verifyData.bytes) }
  }
}
