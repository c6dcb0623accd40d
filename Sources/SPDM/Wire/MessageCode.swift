/// The codes of DSP0274 1.2 tables 4 and 5: a request has bit 7 set, and its answer is the same without that bit.
public enum MessageCode: UInt8, Hashable, Sendable, CaseIterable {
  case digests = 0x01
  case certificate = 0x02
  case challengeAuth = 0x03
  case version = 0x04
  case chunkSendAck = 0x05
  case chunkResponse = 0x06
  case measurements = 0x60
  case capabilities = 0x61
  case algorithms = 0x63
  case keyExchangeResponse = 0x64
  case finishResponse = 0x65
  case preSharedKeyExchangeResponse = 0x66
  case preSharedKeyFinishResponse = 0x67
  case heartbeatAck = 0x68
  case keyUpdateAck = 0x69
  case encapsulatedRequest = 0x6A
  case encapsulatedResponseAck = 0x6B
  case endSessionAck = 0x6C
  case certificateSigningRequest = 0x6D
  case setCertificateResponse = 0x6E
  case vendorDefinedResponse = 0x7E
  case error = 0x7F
  case getDigests = 0x81
  case getCertificate = 0x82
  case challenge = 0x83
  case getVersion = 0x84
  case chunkSend = 0x85
  case chunkGet = 0x86
  case getMeasurements = 0xE0
  case getCapabilities = 0xE1
  case negotiateAlgorithms = 0xE3
  case keyExchange = 0xE4
  case finish = 0xE5
  case preSharedKeyExchange = 0xE6
  case preSharedKeyFinish = 0xE7
  case heartbeat = 0xE8
  case keyUpdate = 0xE9
  case getEncapsulatedRequest = 0xEA
  case deliverEncapsulatedResponse = 0xEB
  case endSession = 0xEC
  case getSigningRequest = 0xED
  case setCertificate = 0xEE
  case vendorDefinedRequest = 0xFE
  case respondIfReady = 0xFF

  public var isRequest: Bool { rawValue & 0x80 != 0 }

  /// What to call the feature behind a message that is refused by name; nil for one that is spoken.
  public var notSpoken: String? {
    switch self {
    case .preSharedKeyExchange, .preSharedKeyExchangeResponse, .preSharedKeyFinish, .preSharedKeyFinishResponse: "pre-shared keys"
    case .getEncapsulatedRequest, .encapsulatedRequest, .deliverEncapsulatedResponse, .encapsulatedResponseAck: "mutual authentication"
    case .chunkSend, .chunkSendAck, .chunkGet, .chunkResponse: "messages in chunks"
    case .getSigningRequest, .certificateSigningRequest, .setCertificate, .setCertificateResponse: "provisioning of certificates"
    default: nil
    }
  }
}
