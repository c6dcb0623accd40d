import Primitives

/// The proof: a signature over all that was said so far, this message included. DSP0274 1.2 section 10.8.
public struct ChallengeAuth: SPDMMessage {
  public static let code = MessageCode.challengeAuth

  public var slot: CertificateSlot
  public var slots: UInt8
  public var chain: DigestValue
  public var nonce: Nonce
  public var summary: DigestValue?
  public var opaque: OpaqueData
  public var context: RequesterContext?
  public var signature: SignatureValue

  public init(
    slot: CertificateSlot, slots: UInt8, chain: DigestValue, nonce: Nonce, summary: DigestValue?, opaque: OpaqueData = .empty,
    context: RequesterContext? = nil, signature: SignatureValue
  ) {
    (self.slot, self.slots, self.chain, self.nonce) = (slot, slots, chain, nonce)
    (self.summary, self.opaque, self.context, self.signature) = (summary, opaque, context, signature)
  }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    let suite = try form.suite("chain hash", at: reader.offset)
    guard header.parameter1 & 0x80 == 0 else {
      throw SPDMError(.notSpoken, field: "parameter 1", offset: 2, expected: "no request for mutual authentication")
    }
    slot = try CertificateSlot(nibbleOf: header.parameter1, field: "slot", offset: 2)
    slots = header.parameter2
    chain = try DigestValue(from: &reader, "chain hash", suite.hash)
    nonce = try Nonce(from: &reader)
    summary = try form.summary.read(from: &reader, form: form)
    opaque = try OpaqueData(from: &reader)
    context = try RequesterContext.read(from: &reader, form: form)
    signature = try SignatureValue(from: &reader, suite.signature)
  }

  public var parameters: (UInt8, UInt8) { (slot.index, slots) }

  public func encode(into writer: inout WireWriter) {
    writer.append(chain.bytes)
    writer.append(nonce.bytes)
    if let summary { writer.append(summary.bytes) }
    opaque.encode(into: &writer)
    if let context { writer.append(context.bytes) }
    writer.append(signature.bytes)
  }
}
