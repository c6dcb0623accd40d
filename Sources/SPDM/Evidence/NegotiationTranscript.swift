/// VCA: the six messages from GET_VERSION to ALGORITHMS, with which every transcript begins. DSP0274 1.2 section 10.4.
///
/// Its bytes are kept, because the hash that they go through is only known when they are over. What they hold was
/// bounded when each message was read.
public struct NegotiationTranscript: Hashable, Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// The bytes of a message as they were on the wire, without padding of the transport.
  public mutating func append(_ message: some Collection<UInt8>) { bytes += message }
}
