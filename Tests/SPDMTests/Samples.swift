import Primitives

import SPDM

/// One or more of every message that is spoken, with the form in which it is read.
struct Sample {
  let message: any SPDMMessage
  let form: MessageForm

  var version: SPDMVersion { message is GetVersion || message is Version ? .v10 : form.version }
  var bytes: [UInt8] { message.bytes(version: version) }
  var name: String { "\(type(of: message)) in \(form.version.text) with \(form.algorithms.map { "\($0.signature)" } ?? "nothing")" }
}

enum Samples {
  static func random(_ count: Int, _ seed: UInt64) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  static func nonce(_ seed: UInt64) -> Nonce {
    var random = SeededRandom(seed: seed)
    return Nonce(using: &random)
  }

  static func digest(_ suite: AlgorithmSuite, _ seed: UInt64) throws -> DigestValue {
    try required(DigestValue(random(suite.hash.byteCount, seed), suite.hash))
  }

  struct Missing: Error {}
  static func required<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Missing() }
    return value
  }

  /// Everything in all versions and with both suites, signed and not, with and without summaries, in both handshakes.
  static func all() throws -> [Sample] {
    var samples: [Sample] = []
    for version in [SPDMVersion.v11, .v12, .v13] {
      for suite in [AlgorithmSuite.p384, .p256] {
        samples += try plain(version, suite) + signed(version, suite) + session(version, suite)
      }
    }
    return samples
  }

  private static func plain(_ version: SPDMVersion, _ suite: AlgorithmSuite) throws -> [Sample] {
    let form = MessageForm(version: version, algorithms: suite)
    let sizes = version >= .v12 ? CapabilityBody.Sizes(transfer: 0x1200, message: 0x28000) : nil
    let body = CapabilityBody(flags: [.certificates, .challenge, .keyExchange], timeExponent: 12, sizes: sizes)
    let tables = [AlgorithmTable(.exchange, 0x18), AlgorithmTable(.cipher, 2, external: [7, 8]), AlgorithmTable(.keySchedule, 1)]
    let slot = try required(CertificateSlot(3))
    let vendor = try VendorPayload.pci(protocol: 1, random(40, 9))
    let messages: [any SPDMMessage] = [
      GetVersion(), Version([.init(.v12), .init(.v13), .init(rawValue: 0x2001)]), GetCapabilities(body), Capabilities(body),
      NegotiateAlgorithms.everything,
      NegotiateAlgorithms(signatures: 0x90, hashes: 3, externalSignatures: [1, 2], externalHashes: [3], measurementLog: 1, tables: tables),
      Algorithms(
        measurementHash: 8, signature: suite.signature.rawValue, hash: suite.hash.rawValue, externalHashes: [5], measurementLog: 1, tables: tables),
      GetDigests(), Digests(supported: version >= .v13 ? 0xFF : 0, [.first: try digest(suite, 1), slot: try digest(suite, 2)]), Digests([:]),
      GetCertificate(slot: slot, offset: 0x1234, length: 0x400),
      CertificateResponse(slot: slot, model: version >= .v13 ? 1 : 0, portion: try Payload(random(300, 3)), remainder: 77),
      Heartbeat(), HeartbeatAck(), EndSession(isStateCleared: true), EndSession(), EndSessionAck(), RespondIfReady(request: 0x83, token: 9),
      VendorDefinedRequest(vendor), VendorDefinedResponse(VendorPayload(registry: 0, vendor: [], payload: try Payload([]))),
    ]
    let updates = KeyUpdate.Operation.allCases.flatMap { [KeyUpdate($0, tag: 5), KeyUpdateAck($0, tag: 6)] as [any SPDMMessage] }
    let reasons: [ErrorResponse.Reason] = [
      .invalidRequest, .busy, .unexpectedRequest, .unspecified, .decryptError, .unsupportedRequest, .sessionLimitExceeded, .sessionRequired,
      .largeResponse(handle: 7), .versionMismatch, .notReady(.init(exponent: 1, request: 0x83, token: 2, multiple: 3)), .requestResynchronisation,
      .other(0xFF, extended: random(32, 4)), .other(0x08, extended: []),
    ]
    return (messages + updates + reasons.map { ErrorResponse($0, data: 0xE4) }).map { Sample(message: $0, form: form) }
  }

  private static func signed(_ version: SPDMVersion, _ suite: AlgorithmSuite) throws -> [Sample] {
    var samples: [Sample] = []
    let context = version >= .v13 ? RequesterContext(random(8, 10)) : nil
    let slot = try required(CertificateSlot(5))
    let signature = try required(SignatureValue(random(suite.signature.byteCount, 11), suite.signature))
    for summary in MeasurementSummary.allCases {
      let form = MessageForm(version: version, algorithms: suite, summary: summary)
      let hash = summary == .none ? nil : try digest(suite, 12)
      samples += [
        Sample(message: Challenge(slot: slot, summary: summary, nonce: nonce(13), context: context), form: form),
        Sample(
          message: ChallengeAuth(
            slot: slot, slots: 0x21, chain: try digest(suite, 14), nonce: nonce(15), summary: hash, opaque: try OpaqueData(random(17, 16)),
            context: context, signature: signature), form: form),
      ]
    }
    let blocks = try [
      required(MeasurementBlock(index: 1, content: .value(kind: 0, isRaw: false, bytes: random(48, 17)))),
      required(MeasurementBlock(index: 0xFD, content: .value(kind: 4, isRaw: true, bytes: []))),
      required(MeasurementBlock(index: 9, content: .other(specification: 4, bytes: random(5, 18)))),
    ]
    for isSigned in [false, true] {
      let form = MessageForm(version: version, algorithms: suite, isSigned: isSigned)
      let proof = isSigned ? GetMeasurements.Proof(nonce: nonce(19), slot: slot) : nil
      for operation in [GetMeasurements.Operation.count, .all, .index(7)] {
        samples.append(
          Sample(message: GetMeasurements(operation, proof: proof, isRawWanted: version >= .v12, context: context), form: form))
      }
      samples.append(
        Sample(
          message: Measurements(
            total: 3, slot: isSigned ? slot : .first, change: version >= .v12 ? 2 : 0, blocks: blocks, nonce: nonce(20),
            opaque: try OpaqueData(random(1024, 21)), context: context, signature: isSigned ? signature : nil), form: form))
    }
    return samples
  }

  private static func session(_ version: SPDMVersion, _ suite: AlgorithmSuite) throws -> [Sample] {
    var samples: [Sample] = []
    let group = try required(suite.exchange)
    let point = try required(ExchangePoint(random(group.byteCount, 30), group))
    let signature = try required(SignatureValue(random(suite.signature.byteCount, 31), suite.signature))
    for (handshake, summary) in [(MessageForm.Handshake.clear, MeasurementSummary.all), (.encrypted, .none)] {
      let form = MessageForm(version: version, algorithms: suite, summary: summary, handshake: handshake)
      let code = try digest(suite, 32)
      let messages: [any SPDMMessage] = [
        KeyExchange(
          summary: summary, slot: .first, session: 0xFFFE, policy: 1, random: nonce(33), point: point,
          opaque: try SecuredMessageVersions.supported([0x1100]).opaque()),
        KeyExchangeResponse(
          heartbeat: 30, session: 0x8001, random: nonce(34), point: point, summary: summary == .none ? nil : code,
          opaque: try SecuredMessageVersions.selected(0x1100).opaque(), signature: signature, verifyData: handshake == .encrypted ? code : nil),
        Finish(verifyData: code), FinishResponse(verifyData: handshake == .clear ? code : nil),
      ]
      samples += messages.map { Sample(message: $0, form: form) }
    }
    return samples
  }
}
