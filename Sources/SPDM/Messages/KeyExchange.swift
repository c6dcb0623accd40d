import Primitives

/// Opens a session: the requester's half of the secret and of the session's name. DSP0274 1.2 section 10.16.
public struct KeyExchange: SPDMMessage {
  public static let code = MessageCode.keyExchange

  public var summary: MeasurementSummary
  public var slot: CertificateSlot
  public var session: UInt16
  /// Bit 0: the session ends when the responder's firmware changes. From 1.2 on.
  public var policy: UInt8
  public var random: Nonce
  public var point: ExchangePoint
  public var opaque: OpaqueData

  public init(
    summary: MeasurementSummary, slot: CertificateSlot, session: UInt16, policy: UInt8 = 0, random: Nonce, point: ExchangePoint,
    opaque: OpaqueData
  ) {
    (self.summary, self.slot, self.session, self.policy) = (summary, slot, session, policy)
    (self.random, self.point, self.opaque) = (random, point, opaque)
  }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    summary = try MeasurementSummary(header.parameter1, field: "summary type", offset: 2)
    slot = try CertificateSlot(nibbleOf: header.parameter2, field: "slot", offset: 3)
    session = try reader.integer("session id")
    policy = try reader.integer("session policy")
    try reader.reserved(1)
    random = try Nonce(from: &reader, "random data")
    point = try ExchangePoint(from: &reader, try form.exchange(at: reader.offset))
    opaque = try OpaqueData(from: &reader)
  }

  public var parameters: (UInt8, UInt8) { (summary.rawValue, slot.index) }

  public func encode(into writer: inout WireWriter) {
    writer.integer(session)
    writer.integer(policy)
    writer.reserve(1)
    writer.append(random.bytes)
    writer.append(point.bytes)
    opaque.encode(into: &writer)
  }
}
