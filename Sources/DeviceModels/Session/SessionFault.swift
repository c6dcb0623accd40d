import SPDM

/// A mistake of an end of a session: a guard that is missing, or an order that is wrong.
public enum SessionFault: Hashable, Sendable {
  /// Signature and codes are over the key exchange alone.
  case transcriptWithoutNegotiation
  /// The signature is over the negotiation alone.
  case transcriptWithoutExchange
  /// The requester's random data and point are those of its first session.
  case shareReused
  /// The requester asks for measurements with the nonce of its first question.
  case nonceRepeated
  /// The requester has its application keys when KEY_EXCHANGE_RSP is there.
  case keysBeforeFinish
  /// After KEY_UPDATE numbers begin again, under the key of before.
  case updateKeepsKey
  case dropped(ProtocolGuard)

  public static let named: [SessionFault] = [
    .transcriptWithoutNegotiation, .transcriptWithoutExchange, .shareReused, .nonceRepeated, .keysBeforeFinish, .updateKeepsKey,
  ]

  public init?(_ name: String) {
    if let found = Self.named.first(where: { $0.name == name }) {
      self = found
    } else if name.hasPrefix("drop-guard:"), let found = ProtocolGuard(id: String(name.dropFirst("drop-guard:".count))),
      ProtocolGuard.ofSessions.contains(found)
    {
      self = .dropped(found)
    } else {
      return nil
    }
  }

  public var name: String {
    switch self {
    case .transcriptWithoutNegotiation: "transcript-without-negotiation"
    case .transcriptWithoutExchange: "transcript-without-exchange"
    case .shareReused: "share-reused"
    case .nonceRepeated: "nonce-repeated"
    case .keysBeforeFinish: "keys-before-finish"
    case .updateKeepsKey: "update-keeps-key"
    case .dropped(let one): "drop-guard:" + one.id
    }
  }

  public var summary: String {
    switch self {
    case .transcriptWithoutNegotiation: "signature and verify-data cover the key exchange alone, and not what was negotiated before"
    case .transcriptWithoutExchange: "the signature covers the negotiation alone, and not the key exchange"
    case .shareReused: "the requester's random data and point are those of its first session"
    case .nonceRepeated: "the requester asks for measurements with the nonce of its first question"
    case .keysBeforeFinish: "the requester takes its application keys into use before FINISH_RSP"
    case .updateKeepsKey: "after KEY_UPDATE sequence numbers begin again, under the key of before"
    case .dropped(let one): "nobody asks \(one.id)"
    }
  }

  /// The property that it breaks first; nil for a guard that `KeyUpdateTests` misses, and nothing here: an honest requester waits for each
  /// answer, so that nothing comes out of turn to a device.
  public var breaks: SessionProperty? {
    switch self {
    case .transcriptWithoutNegotiation: .downgrade
    case .transcriptWithoutExchange: .sessionWithStranger
    case .shareReused, .updateKeepsKey: .numberReused
    case .nonceRepeated: .staleEvidence
    case .keysBeforeFinish: .applicationKeyEarly
    case .dropped(let one):
      switch one {
      case .algorithmsOffered, .chainTrusted, .exchangeSignature: .sessionWithStranger
      case .exchangeAsked, .finishPending, .finishAnswerAsked, .numberLeft: .numberReused
      case .finishProof, .finishAnswerProof: .applicationKeyEarly
      case .measurementSignature: .staleEvidence
      case .recordSession: .sessionOutlived
      case .recordKey, .recordNumber: .recordOutOfTurn
      case .updateAnswer: .keysRunAhead
      case .updateTurn: nil
      case .programIdle, .programOwn, .goProgrammed, .goOnce, .goOwn, .stopInUse, .stopOwn, .packetKey, .packetCount, .packetOrder, .packetLeft,
        .tagQuiet, .completionAsked, .bindKeysChanged:
        nil
      }
    }
  }

  var law: ProtocolLaw { if case .dropped(let one) = self { ProtocolLaw(dropping: [one]) } else { ProtocolLaw() } }
}
