import SPDM

/// What a host can do with a message that it was given to carry.
public enum Tampering: String, CaseIterable, Hashable, Sendable {
  /// A bit of the question is another when it reaches the device.
  case flipQuestion = "flip-question"
  /// The device gets an earlier question in the place of this one.
  case repeatQuestion = "repeat-question"
  /// The question is not carried, and the module is asked to go on.
  case dropQuestion = "drop-question"
  /// A bit of the answer is another when it reaches the module.
  case flipAnswer = "flip-answer"
  /// The module gets an earlier answer in the place of this one.
  case repeatAnswer = "repeat-answer"
  /// The module gets nothing.
  case dropAnswer = "drop-answer"
  /// The module gets its own question for an answer.
  case reflectQuestion = "reflect-question"

  var concernsQuestion: Bool { [.flipQuestion, .repeatQuestion, .dropQuestion].contains(self) }
}

/// The messages of a handshake, by their questions.
public enum HandshakeMessage: String, CaseIterable, Hashable, Sendable {
  case version, capabilities, algorithms, digests, certificate, finish, measurements
  case keyExchange = "key-exchange"

  var code: MessageCode {
    switch self {
    case .version: .getVersion
    case .capabilities: .getCapabilities
    case .algorithms: .negotiateAlgorithms
    case .digests: .getDigests
    case .certificate: .getCertificate
    case .keyExchange: .keyExchange
    case .finish: .finish
    case .measurements: .getMeasurements
    }
  }
}

/// Which of several messages that make up what is out.
public enum TamperedPart: Hashable, Sendable {
  /// Of one message that one; of a handshake the exchange of keys; of several that are carried in one go the first question, the last answer.
  case usual
  case handshake(HandshakeMessage)
  /// A portion of an interface report, from 1 on.
  case portion(Int)
}

extension DOEObject {
  /// One bit in the middle is another: there is no padding there, and no name of a session. Of a message that is a header alone, whose
  /// rest is reserved, it is one of its code.
  var damaged: DOEObject {
    var copy = self
    if payload.count > 1 { copy.payload[payload.count > 4 ? payload.count / 2 : 1] ^= 1 }
    return copy
  }
}
