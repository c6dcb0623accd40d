/// A message whose signature was checked. There is no other way to make one than to check it.
public struct Verified<Message: SPDMMessage>: Sendable {
  public let message: Message

  /// `bytes` are those of the message on the wire; `signature` is what remains of them when `unsigned` are taken away.
  private init(_ message: Message) { self.message = message }
}

extension Verified<ChallengeAuth> {
  /// DSP0274 1.2 section 10.8. The transcript has everything before this exchange.
  public init(
    request: [UInt8], response: [UInt8], form: MessageForm, transcript: consuming Transcript, chain: DigestValue, key: LeafKey
  ) throws(Refusal) {
    let message = try Refusal.reading { () throws(SPDMError) in try ChallengeAuth(response, form: form) }
    guard message.chain == chain else { throw .evidence(EvidenceError(.chainDigest, "CHALLENGE_AUTH is about another chain")) }
    transcript.append(request)
    transcript.append(response.dropLast(message.signature.bytes.count))
    guard key.verifies(message.signature, of: transcript, as: .challenge) else { throw Refusal.signature("CHALLENGE_AUTH") }
    self.init(message)
  }
}

extension Verified<Measurements> {
  /// DSP0274 1.2 section 10.11. The transcript has the requests for measurements before this one, and their answers.
  public init(
    request: [UInt8], response: [UInt8], form: MessageForm, transcript: consuming Transcript, key: LeafKey
  ) throws(Refusal) {
    let message = try Refusal.reading { () throws(SPDMError) in try Measurements(response, form: form) }
    guard let signature = message.signature else { throw Refusal.signature("MEASUREMENTS") }
    transcript.append(request)
    transcript.append(response.dropLast(signature.bytes.count))
    guard key.verifies(signature, of: transcript, as: .measurements) else { throw Refusal.signature("MEASUREMENTS") }
    self.init(message)
  }
}

extension Verified<KeyExchangeResponse> {
  /// DSP0274 1.2 section 10.16. Takes the exchange into the session's transcript, which is at TH1 afterwards.
  public init(
    request: [UInt8], response: [UInt8], form: MessageForm, transcript: inout SessionTranscript, key: LeafKey
  ) throws(Refusal) {
    let message = try Refusal.reading { () throws(SPDMError) in try KeyExchangeResponse(response, form: form) }
    let tail = message.signature.bytes.count + (message.verifyData?.bytes.count ?? 0)
    let signed = transcript.exchange(request: request, unsignedResponse: response.dropLast(tail))
    guard key.verifies(message.signature, of: signed, as: .keyExchange) else { throw Refusal.signature("KEY_EXCHANGE_RSP") }
    _ = transcript.signed(message.signature)
    self.init(message)
  }
}
