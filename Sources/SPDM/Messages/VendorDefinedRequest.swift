import Primitives

/// A question of another specification. DSP0274 1.2 section 10.14.
public struct VendorDefinedRequest: SPDMMessage {
  public static let code = MessageCode.vendorDefinedRequest
  public var body: VendorPayload

  public init(_ body: VendorPayload) { self.body = body }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    body = try VendorPayload(from: &reader)
  }

  public func encode(into writer: inout WireWriter) { body.encode(into: &writer) }
}
