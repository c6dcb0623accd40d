import Primitives

/// The requester's proof that it has the keys. DSP0274 1.2 section 10.17.
public struct Finish: SPDMMessage {
  public static let code = MessageCode.finish
  public var verifyData: DigestValue

  public init(verifyData: DigestValue) { self.verifyData = verifyData }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    let suite = try form.suite("verify data", at: reader.offset)
    // A requester signs only where the responder asked for mutual authentication.
    guard header.parameter1 & 1 == 0 else {
      throw SPDMError(.notSpoken, field: "parameter 1", offset: 2, expected: "no signature of the requester")
    }
    verifyData = try DigestValue(from: &reader, "verify data", suite.hash)
  }

  public func encode(into writer: inout WireWriter) { writer.append(verifyData.bytes) }
}
