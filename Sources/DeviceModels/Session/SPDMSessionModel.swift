import Modelling
import SPDM

/// The model `spdm-session`: a requester and a responder, and between them an attacker who has everything that was ever said.
///
/// Two sessions one after the other, at most. Cryptography is perfect: who has not the key makes no signature, no code and no record. What
/// protects what is asked by name (`ProtocolGuard.ofSessions`); the counter of records and the change of keys are the real ones
/// (`SequenceNumber`, `KeyUpdateState`).
public enum SPDMSessionModel {
  public static let name = "spdm-session"
  public static let summary = "SPDM from GET_VERSION to END_SESSION, twice, with an attacker in the middle who drops, repeats, reorders and swaps"

  /// - Parameter asking: the properties to ask; none are all.
  public static func make(fault: SessionFault? = nil, asking: [SessionProperty] = []) throws(ModelError) -> Model {
    var schema = Schema()
    let steps = SessionSteps(SessionFields(&schema), fault: fault, asked: asking.isEmpty ? SessionProperty.allCases : asking)
    return try Model(name, schema) {
      steps.negotiation
      steps.exchange
      steps.finish
      steps.evidence
      steps.records
      steps.forgeries
      steps.properties
    }
  }
}
