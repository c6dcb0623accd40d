/// A session among all that a device has, over all of its connections.
public struct SessionName: Hashable, Sendable {
  public let connection: UInt64
  public let id: SessionID

  public init(connection: UInt64, id: SessionID) { (self.connection, self.id) = (connection, id) }
}

/// What a device makes of a message of another specification.
public enum VendorAnswer: Hashable, Sendable {
  case payload(VendorPayload)
  /// An ERROR of SPDM itself: `unsupportedRequest` for a protocol that nobody here speaks.
  case refused(ErrorResponse.Reason)
}

/// What stands behind a responder: what it measures, and who answers the messages of other specifications.
public protocol ResponderDevice {
  /// In rising order of their indices.
  var measurements: [MeasurementBlock] { get }
  /// The answer to VENDOR_DEFINED. `session` is nil outside of one.
  mutating func answer(_ question: VendorPayload, over session: SessionName?) -> VendorAnswer
  /// A session is over, whoever ended it. What was bound to it ends with it.
  mutating func ended(_ session: SessionName)
}

extension ResponderDevice {
  /// The hash over whole blocks in the order of their indices; those of the trusted base are the immutable and the mutable
  /// code. DSP0274 1.2 section 10.8.
  public func summary(_ kind: MeasurementSummary, _ hash: HashAlgorithm) -> DigestValue? {
    let blocks: [MeasurementBlock]
    switch kind {
    case .none: return nil
    case .all: blocks = measurements
    case .trustedBase:
      blocks = measurements.filter { if case .value(let kind, _, _) = $0.content { kind <= 1 } else { false } }
    }
    return DigestValue(hashing: blocks.flatMap(\.bytes), hash)
  }
}
