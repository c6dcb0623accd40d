import Documents
import Foundation
import SPDM

/// A report that somebody kept: GET_MEASUREMENTS and its signed answer, one behind the other, as bytes or as hexadecimal text.
///
/// Only a report of version 1.1 stands for itself: from 1.2 on the signature also covers what was negotiated, which a report
/// does not contain. DSP0274 1.2 section 10.11.
public struct SavedReport: Hashable, Sendable {
  /// Far above any report: 254 measurements of a kilobyte each.
  public static let byteLimit = 1 << 20

  public let request: [UInt8]
  public let response: [UInt8]
  public let version: SPDMVersion

  /// Errors: `value` where the request asks for no signature, `version` for one that does not stand for itself, and whatever is
  /// wrong with the messages.
  public init(_ bytes: [UInt8]) throws(SPDMError) {
    let bytes = Self.text(bytes) ?? bytes
    let header = try MessageHeader(of: bytes)
    guard header.version == .v11 else {
      throw SPDMError(.version, field: "version", offset: 0, expected: "1.1, whose reports are signed without what was negotiated before")
    }
    guard header.code == .getMeasurements else {
      throw SPDMError(.unexpectedMessage, field: "code", offset: 1, expected: "GET_MEASUREMENTS, then MEASUREMENTS")
    }
    guard header.parameter1 & 1 == 1 else { throw SPDMError(.value, field: "parameter 1", offset: 2, expected: "a request for a signature") }
    // Header, nonce, slot.
    let length = MessageHeader.byteCount + Nonce.byteCount + 1
    guard bytes.count > length else { throw SPDMError(.cut, field: "response", offset: bytes.count, expected: "MEASUREMENTS behind the request") }
    version = header.version
    request = Array(bytes.prefix(length))
    response = Array(bytes.dropFirst(length))
  }

  /// Hexadecimal text as bytes; nil for what is none.
  private static func text(_ bytes: [UInt8]) -> [UInt8]? {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    let decoded = HexText.bytes(text)
    return decoded?.isEmpty == false ? decoded : nil
  }

  /// The measurements, believed: the signature is that of the chain's leaf over exactly these bytes, and for the nonce that is asked
  /// for, if one is. The suite follows from the key.
  public func verified(_ chain: VerifiedChain, suite: AlgorithmSuite, nonce: Nonce? = nil) throws(Refusal) -> Verified<Measurements> {
    if let nonce {
      guard request.count > MessageHeader.byteCount + Nonce.byteCount,
        Array(request[MessageHeader.byteCount..<MessageHeader.byteCount + Nonce.byteCount]) == nonce.bytes
      else { throw .evidence(EvidenceError(.answer, "the report is for another nonce")) }
    }
    return try Verified(
      request: request, response: response, transcript: .measurements(NegotiationTranscript(), version: version, suite: suite), chain: chain)
  }
}
