import Primitives

/// Says what the requester can do and asks what the responder can. DSP0274 1.2 section 10.3.
public struct GetCapabilities: SPDMMessage {
  public static let code = MessageCode.getCapabilities
  public var body: CapabilityBody

  public init(_ body: CapabilityBody) { self.body = body }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    body = try CapabilityBody(header: header, reader: &reader, form: form)
  }

  public func encode(into writer: inout WireWriter) { body.encode(into: &writer) }
}
