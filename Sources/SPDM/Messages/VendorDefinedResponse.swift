import Primitives

/// The answer of another specification. DSP0274 1.2 section 10.14.
public struct VendorDefinedResponse: SPDMMessage {
  public static let code = MessageCode.vendorDefinedResponse
  public var body: VendorPayload

  public init(_ body: VendorPayload) { self.body = body }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    body = try VendorPayload(from: &reader)
  }

  public func encode(into writer: inout WireWriter) { body.encode(into: &writer) }
}
