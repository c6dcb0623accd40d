/// A message whose signature was checked. There is no other way to make one than to check it.
///
/// What the answer has to look like follows from the bytes of the request, not from what somebody remembers of it.
public struct Verified<Message: SPDMMessage>: Sendable {
  public let message: Message

  private init(_ message: Message) { self.message = message }
}

extension Verified<ChallengeAuth> {
  /// DSP0274 1.2 section 10.8. The transcript has everything before this exchange.
  public init(request: [UInt8], response: [UInt8], transcript: Transcript, chain: VerifiedChain) throws(Refusal) {
    try self.init(request: request, response: response, transcript: transcript, chain: chain.digest, key: chain.key)
  }

  package init(request: [UInt8], response: [UInt8], transcript: Transcript, chain: DigestValue, key: LeafKey) throws(Refusal) {
    var form = MessageForm(version: transcript.version, algorithms: transcript.suite)
    let question = try Refusal.reading { () throws(SPDMError) in try Challenge(request, form: form) }
    form.summary = question.summary
    let message = try Refusal.reading { () throws(SPDMError) in try ChallengeAuth(response, form: form) }
    guard message.chain == chain else { throw .evidence(EvidenceError(.chainDigest, "CHALLENGE_AUTH is about another chain")) }
    try Refusal.answers(message.slot, message.context, question.slot, question.context)
    var signed = transcript
    signed.append(request)
    signed.append(response.dropLast(message.signature.bytes.count))
    guard key.verifies(message.signature, of: signed, as: .challenge) else { throw Refusal.signature("CHALLENGE_AUTH") }
    self.init(message)
  }
}

extension Verified<Measurements> {
  /// DSP0274 1.2 section 10.11. The transcript has the requests for measurements before this one, and their answers.
  public init(request: [UInt8], response: [UInt8], transcript: Transcript, chain: VerifiedChain) throws(Refusal) {
    try self.init(request: request, response: response, transcript: transcript, key: chain.key)
  }

  package init(request: [UInt8], response: [UInt8], transcript: Transcript, key: LeafKey) throws(Refusal) {
    let form = MessageForm(version: transcript.version, algorithms: transcript.suite)
    let question = try Refusal.reading { () throws(SPDMError) in try GetMeasurements(request, form: form) }
    let message = try Refusal.reading { () throws(SPDMError) in try Measurements(response, form: form) }
    guard let signature = message.signature, let proof = question.proof else {
      throw .evidence(EvidenceError(.answer, "no signature was asked for"))
    }
    try Refusal.answers(message.slot, message.context, proof.slot, question.context)
    var signed = transcript
    signed.append(request)
    signed.append(response.dropLast(signature.bytes.count))
    guard key.verifies(signature, of: signed, as: .measurements) else { throw Refusal.signature("MEASUREMENTS") }
    self.init(message)
  }
}

extension Verified<KeyExchangeResponse> {
  /// DSP0274 1.2 section 10.16. Takes the exchange into the session's transcript, which is at TH1 afterwards.
  public init(
    request: [UInt8], response: [UInt8], handshake: MessageForm.Handshake, transcript: inout SessionTranscript, chain: VerifiedChain
  ) throws(Refusal) {
    try self.init(request: request, response: response, handshake: handshake, transcript: &transcript, key: chain.key)
  }

  package init(
    request: [UInt8], response: [UInt8], handshake: MessageForm.Handshake, transcript: inout SessionTranscript, key: LeafKey
  ) throws(Refusal) {
    var form = MessageForm(version: transcript.version, algorithms: transcript.suite, handshake: handshake)
    let question = try Refusal.reading { () throws(SPDMError) in try KeyExchange(request, form: form) }
    form.summary = question.summary
    let message = try Refusal.reading { () throws(SPDMError) in try KeyExchangeResponse(response, form: form) }
    let tail = message.signature.bytes.count + (message.verifyData?.bytes.count ?? 0)
    let signed = transcript.exchange(request: request, unsignedResponse: response.dropLast(tail))
    guard key.verifies(message.signature, of: signed, as: .keyExchange) else { throw Refusal.signature("KEY_EXCHANGE_RSP") }
    _ = transcript.signed(message.signature)
    self.init(message)
  }
}
