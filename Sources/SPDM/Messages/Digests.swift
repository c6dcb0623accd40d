import Primitives

/// One hash for each slot that holds a chain, lowest slot first. DSP0274 1.2 section 10.5.
public struct Digests: SPDMMessage {
  public static let code = MessageCode.digests

  /// From 1.3 on, the slots that exist; reserved before.
  public private(set) var supported: UInt8
  /// The slots that are filled.
  public private(set) var provisioned: UInt8
  public private(set) var digests: [DigestValue]

  /// The mask follows from the number of slots that are given: there is a digest for each of its bits.
  public init(supported: UInt8 = 0, _ digests: [CertificateSlot: DigestValue]) {
    let slots = digests.keys.sorted()
    self.supported = supported
    provisioned = slots.reduce(0) { $0 | 1 << $1.index }
    self.digests = slots.compactMap { digests[$0] }
  }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    let suite = try form.suite("digest", at: reader.offset)
    supported = form.version >= .v13 ? header.parameter1 : 0
    provisioned = header.parameter2
    guard form.version < .v13 || provisioned & ~supported == 0 else {
      throw SPDMError(.value, field: "parameter 2", offset: 3, expected: "only slots that are supported")
    }
    digests = []
    for _ in 0..<provisioned.nonzeroBitCount { digests.append(try DigestValue(from: &reader, "digest", suite.hash)) }
  }

  public var parameters: (UInt8, UInt8) { (supported, provisioned) }

  public func encode(into writer: inout WireWriter) { for digest in digests { writer.append(digest.bytes) } }

  public subscript(slot: CertificateSlot) -> DigestValue? {
    guard provisioned >> slot.index & 1 == 1 else { return nil }
    let position = (provisioned & ((1 << slot.index) - 1)).nonzeroBitCount
    return position < digests.count ? digests[position] : nil
  }
}
