import Primitives

/// What the responder can do. DSP0274 1.2 section 10.3.
public struct Capabilities: SPDMMessage {
  public static let code = MessageCode.capabilities
  public var body: CapabilityBody

  public init(_ body: CapabilityBody) { self.body = body }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    body = try CapabilityBody(header: header, reader: &reader, form: form)
  }

  public func encode(into writer: inout WireWriter) { body.encode(into: &writer) }
}
