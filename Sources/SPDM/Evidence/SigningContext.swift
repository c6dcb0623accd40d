/// What a signature is for; no signature can be taken for one of another purpose. DSP0274 1.2 section 15.
public enum SigningContext: String, Sendable, CaseIterable {
  case challenge = "responder-challenge_auth signing"
  case measurements = "responder-measurements signing"
  case keyExchange = "responder-key_exchange_rsp signing"

  /// The combined prefix: four times the version, then the context at the end of 36 bytes. 1.1 has none: there the
  /// transcript is signed as it is.
  func prefix(_ version: SPDMVersion) -> [UInt8]? {
    guard version >= .v12 else { return nil }
    let text = Array(rawValue.utf8)
    let repeated = Array("dmtf-spdm-v\(version.text).*".utf8)
    return (0..<4).flatMap { _ in repeated } + [UInt8](repeating: 0, count: 36 - text.count) + text
  }
}
