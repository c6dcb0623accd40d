import Testing

import SPDM

/// A requester and a responder in one process: what each sends is what the other gets, unless a test changes it.
struct Party {
  let connections: (requester: Connection, responder: Connection)
  let chain: VerifiedChain
  let key: SigningKey

  static let flags: CapabilityFlags = [.certificates, .challenge, .encryption, .authentication, .keyExchange, .keyUpdate, .heartbeat]

  static func body(_ flags: CapabilityFlags) -> CapabilityBody {
    CapabilityBody(flags: flags, sizes: .init(transfer: 4608, message: 4608))
  }

  init(suite: AlgorithmSuite, version: SPDMVersion, handshake: MessageForm.Handshake) async throws {
    let flags = handshake == .clear ? Self.flags.union(.handshakeInClear) : Self.flags
    var requester = RequesterNegotiation(capabilities: Self.body(flags))
    var responder = ResponderNegotiation(capabilities: Self.body(flags), suites: [suite], versions: [version])
    while let request = requester.request { try requester.take(responder.answer(request + [0, 0, 0].prefix(3 - (request.count + 3) % 4))) }
    guard case .done(let ours) = requester.state, case .done(let theirs) = responder.state else { throw Samples.Missing() }
    connections = (ours, theirs)
    let made = try Chains.make(Chains.Plan(suite: suite))
    key = made.key
    chain = try await VerifiedChain(try made.chain(hash: suite.hash), root: made.root, at: Chains.day, suite: suite)
  }

  func offer() throws -> SessionOffer {
    try SessionOffer(connections.requester, chain: chain, slot: .first, session: 0x1111, random: Samples.nonce(1))
  }

  func answer(_ request: [UInt8]) throws -> SessionAnswer {
    let summary = try Samples.digest(connections.responder.suite, 2)
    return try SessionAnswer(
      connections.responder, to: request, chain: chain.digest, key: key, session: 0x2222, random: Samples.nonce(3), heartbeat: 20
    ) { _ in summary }
  }

  /// The sessions of both sides.
  func sessions() throws -> (requester: Session, responder: Session) {
    let offer = try offer()
    let answer = try answer(offer.request)
    let handshake = try offer.take(answer.response)
    let (response, theirs) = try answer.take(handshake.request)
    return (try handshake.take(response), theirs)
  }
}
