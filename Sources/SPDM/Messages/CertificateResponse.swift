import Primitives

/// A portion of a chain, and how much of it is still to come. DSP0274 1.2 section 10.6.
public struct CertificateResponse: SPDMMessage {
  public static let code = MessageCode.certificate

  public var slot: CertificateSlot
  /// From 1.3 on, which kind of certificate it is; reserved before.
  public var model: UInt8
  public var portion: Payload
  public var remainder: UInt16

  public init(slot: CertificateSlot, model: UInt8 = 0, portion: Payload, remainder: UInt16) {
    (self.slot, self.model, self.portion, self.remainder) = (slot, model, portion, remainder)
  }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    slot = try CertificateSlot(nibbleOf: header.parameter1, field: "slot", offset: 2)
    model = form.version >= .v13 ? header.parameter2 : 0
    let length: UInt16 = try reader.integer("portion length")
    remainder = try reader.integer("remainder length")
    portion = try Payload(from: &reader, "portion", count: length)
  }

  public var parameters: (UInt8, UInt8) { (slot.index, model) }

  public func encode(into writer: inout WireWriter) {
    writer.integer(portion.count)
    writer.integer(remainder)
    writer.append(portion.bytes)
  }
}
