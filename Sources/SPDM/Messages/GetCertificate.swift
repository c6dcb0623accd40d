import Primitives

/// Asks for a portion of one slot's chain. DSP0274 1.2 section 10.6.
public struct GetCertificate: SPDMMessage {
  public static let code = MessageCode.getCertificate

  public var slot: CertificateSlot
  public var offset: UInt16
  public var length: UInt16

  public init(slot: CertificateSlot, offset: UInt16 = 0, length: UInt16 = .max) {
    (self.slot, self.offset, self.length) = (slot, offset, length)
  }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    slot = try CertificateSlot(nibbleOf: header.parameter1, field: "slot", offset: 2)
    guard form.version < .v13 || header.parameter2 & 1 == 0 else {
      throw SPDMError(.notSpoken, field: "parameter 2", offset: 3, expected: "no question for the size of the slot")
    }
    offset = try reader.integer("offset")
    length = try reader.integer("length")
  }

  public var parameters: (UInt8, UInt8) { (slot.index, 0) }

  public func encode(into writer: inout WireWriter) {
    writer.integer(offset)
    writer.integer(length)
  }
}
