import Modelling
import SPDM

/// The model `ide-keys`: a root port and a device with keys of two sets for three sub-streams, programmed over a session; a host that
/// carries the packets and has a session of its own; two owners, one after the other and one beside the other.
///
/// Keys live by `KeyLife`, as in a served device, packets keep their order by `PostedCount`, as on its link, and the interface obeys
/// `Rules/DeviceInterface`. That a packet opens under its key and count alone is the cipher's in the real code, and a guard here. Tags and
/// owners the real link has not.
public enum IDEKeysModel {
  public static let name = "ide-keys"
  public static let summary = "keys, counters, re-keying and owners of an IDE stream, with a host that holds packets back, repeats and reorders them"

  /// - Parameter asking: the properties to ask; none are all.
  public static func make(fault: KeyFault? = nil, asking: [KeyProperty] = []) throws(ModelError) -> Model {
    var schema = Schema()
    let steps = KeySteps(KeyFields(&schema), fault: fault, asked: asking.isEmpty ? KeyProperty.allCases : asking)
    return try Model(name, schema) {
      steps.keyManagement
      steps.host
      steps.interface
      steps.requests
      steps.deliveries
      steps.properties
    }
  }
}
