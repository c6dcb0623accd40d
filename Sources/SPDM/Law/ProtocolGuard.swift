import Primitives

/// Every reason for which an end of a session, or of a protected link, says no. One name gives the code, the source, the switch and the
/// citation.
///
/// What the real code can ask as a question of small values it asks by these names (``SequenceNumber``, ``KeyUpdateState``, ``KeyLife``);
/// where it has cryptography or a type that allows nothing else, the models `spdm-session` and `ide-keys` alone do.
public enum ProtocolGuard: UInt8, NamedGuard {
  // A session: the handshake.
  case algorithmsOffered, chainTrusted, exchangeAsked, exchangeSignature, finishPending, finishProof, finishAnswerAsked, finishAnswerProof
  case measurementSignature
  // A session: its records and keys.
  case recordSession, recordKey, recordNumber, numberLeft, updateTurn, updateAnswer
  // Keys of a link.
  case programIdle, programOwn, goProgrammed, goOnce, goOwn, stopInUse, stopOwn
  // Packets of a link.
  case packetKey, packetCount, packetOrder, packetLeft, tagQuiet, completionAsked, bindKeysChanged
}

extension ProtocolGuard {
  /// Those of a session; the others are those of a link.
  public static let ofSessions = allCases.filter { $0.rawValue <= ProtocolGuard.updateAnswer.rawValue }
  public static let ofLinks = allCases.filter { $0.rawValue > ProtocolGuard.updateAnswer.rawValue }

  public var entry: GuardEntry {
    let km = "PCIe 6.0 section 6.33.3", link = "PCIe 6.0 section 6.33.5"
    return switch self {
    case .algorithmsOffered: .init("ALGORITHMS/offered", "-", "DSP0274 1.2 section 10.4: one of what was offered is selected")
    case .chainTrusted: .init("CERTIFICATE/trusted-root", "-", "DSP0274 1.2 section 10.6: the chain ends in a root that the requester trusts")
    case .exchangeAsked: .init("KEY_EXCHANGE_RSP/asked", "-", "DSP0274 1.2 section 10.16: an answer is to a question that waits")
    case .exchangeSignature: .init("KEY_EXCHANGE_RSP/signature", "-", "DSP0274 1.2 section 10.16: signed by the leaf over the transcript")
    case .finishPending: .init("FINISH/pending", "UnexpectedRequest", "DSP0274 1.2 section 10.17: it finishes a key exchange, once")
    case .finishProof: .init("FINISH/verify-data", "DecryptError", "DSP0274 1.2 section 10.17: RequesterVerifyData")
    case .finishAnswerAsked: .init("FINISH_RSP/asked", "-", "DSP0274 1.2 section 10.17: an answer is to a question that waits")
    case .finishAnswerProof: .init("FINISH_RSP/verify-data", "-", "DSP0274 1.2 section 10.17: ResponderVerifyData")
    case .measurementSignature: .init("MEASUREMENTS/signature", "-", "DSP0274 1.2 section 10.11: signed over the request with its nonce")
    case .recordSession: .init("RECORD/session", "DecryptError", "DSP0277 1.1 section 7: the session id is of a session that stands")
    case .recordKey: .init("RECORD/key", "DecryptError", "DSP0277 1.1 section 7: the tag is that of the direction's key")
    case .recordNumber: .init("RECORD/number", "DecryptError", "DSP0277 1.1 section 7: the number is the one that is due")
    case .numberLeft: .init("RECORD/number-left", "-", "DSP0277 1.1 section 7: a number is used once under a key")
    case .updateTurn: .init("KEY_UPDATE/turn", "UnexpectedRequest", "DSP0274 1.2 section 10.21: one change at a time, shown to work before the next")
    case .updateAnswer: .init("KEY_UPDATE_ACK/asked", "-", "DSP0274 1.2 section 10.21: operation and tag are those of the request")
    case .programIdle: .init("K_PROG/not-in-use", "KP_ACK 3", "\(km): the other key set is there for that; the code is inferred")
    case .programOwn: .init("K_PROG/own-session", "KP_ACK 3", "\(km); section 11.3.8: keys belong to a session; the code is inferred")
    case .goProgrammed: .init("K_SET_GO/programmed", "InvalidRequest", "\(km); the code is inferred")
    case .goOnce: .init("K_SET_GO/once", "-", "\(km): a key that is in use goes on counting; that it is answered is inferred")
    case .goOwn: .init("K_SET_GO/own-session", "InvalidRequest", "\(km); section 11.3.8: keys belong to a session; the code is inferred")
    case .stopInUse: .init("K_SET_STOP/in-use", "InvalidRequest", "\(km); the code is inferred")
    case .stopOwn: .init("K_SET_STOP/own-session", "InvalidRequest", "\(km); section 11.3.8: keys belong to a session; the code is inferred")
    case .packetKey: .init("IDE/key", "IDE Check Failed", "\(link): the check value is that of the sub-stream's key")
    case .packetCount: .init("IDE/count", "IDE Check Failed", "\(link): the counter is the one that is due")
    case .packetOrder:
      .init("IDE/posted-first", "IDE Check Failed", "CVE-2025-9612, INTEL-SA-01409 (forbidden IDE reordering); \(link), PR_Sent_Counter")
    case .packetLeft: .init("IDE/count-left", "-", "\(link): an invocation of a key is used once")
    case .tagQuiet:
      .init("TAG/quiet", "-", "CVE-2025-9613, INTEL-SA-01409 (completion timeout redirection): a tag whose completion may still come waits")
    case .completionAsked: .init("CPL/asked", "Unexpected Completion", "PCIe 6.0 section 2.3.2: a completion belongs to a request that waits")
    case .bindKeysChanged:
      .init("BIND/keys-changed", "-", "CVE-2025-9614, INTEL-SA-01409 (delayed posted redirection): a stream gets new keys between two owners")
    }
  }
}
