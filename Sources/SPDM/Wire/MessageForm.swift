/// What has to be known to read a message besides its bytes: several fields are there, and are as long as they are,
/// because of what was negotiated or asked before.
public struct MessageForm: Hashable, Sendable {
  public var version: SPDMVersion
  /// Nil until ALGORITHMS has come.
  public var algorithms: AlgorithmSuite?
  /// Which summary of measurements the request asked for: the answer has the hash or has not.
  public var summary: MeasurementSummary
  /// Whether the request asked for a signature.
  public var isSigned: Bool
  public var handshake: Handshake

  /// Whether FINISH and its answer travel in the clear. DSP0274 1.2 section 10.17: then KEY_EXCHANGE_RSP proves no
  /// key yet and FINISH_RSP does, otherwise the other way round.
  public enum Handshake: Hashable, Sendable { case clear, encrypted }

  public init(
    version: SPDMVersion, algorithms: AlgorithmSuite? = nil, summary: MeasurementSummary = .none, isSigned: Bool = true,
    handshake: Handshake = .encrypted
  ) {
    (self.version, self.algorithms, self.summary, self.isSigned, self.handshake) = (version, algorithms, summary, isSigned, handshake)
  }

  /// The suite, for a message that cannot be read without one.
  func suite(_ field: String, at offset: Int) throws(SPDMError) -> AlgorithmSuite {
    guard let algorithms else { throw SPDMError(.tooEarly, field: field, offset: offset, expected: "ALGORITHMS before") }
    return algorithms
  }

  func exchange(at offset: Int) throws(SPDMError) -> ExchangeGroup {
    guard let group = try suite("exchange data", at: offset).exchange else {
      throw SPDMError(.tooEarly, field: "exchange data", offset: offset, expected: "a key exchange group in ALGORITHMS")
    }
    return group
  }
}
