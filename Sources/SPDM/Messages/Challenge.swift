import Primitives

/// Asks the responder to prove that it has the key of a slot's leaf. DSP0274 1.2 section 10.8.
public struct Challenge: SPDMMessage {
  public static let code = MessageCode.challenge

  public var slot: CertificateSlot
  public var summary: MeasurementSummary
  public var nonce: Nonce
  /// Nil before 1.3.
  public var context: RequesterContext?

  public init(slot: CertificateSlot, summary: MeasurementSummary, nonce: Nonce, context: RequesterContext? = nil) {
    (self.slot, self.summary, self.nonce, self.context) = (slot, summary, nonce, context)
  }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    slot = try CertificateSlot(nibbleOf: header.parameter1, field: "slot", offset: 2)
    summary = try MeasurementSummary(header.parameter2, field: "summary type", offset: 3)
    nonce = try Nonce(from: &reader)
    context = try RequesterContext.read(from: &reader, form: form)
  }

  public var parameters: (UInt8, UInt8) { (slot.index, summary.rawValue) }

  public func encode(into writer: inout WireWriter) {
    writer.append(nonce.bytes)
    if let context { writer.append(context.bytes) }
  }
}
