import Modelling
import Restriction

/// The model `restricted-heap`: a secure world, a normal world that asks it for anything at any time, two uses, masters that try whatever
/// they can. The secure world's steps are the functions of `Restriction`, the same that a machine runs.
///
/// Page 0 is a carve-out for video; the others are the kernel's and may be lent. Clients allocate and give back, masters map and write,
/// a client dies, and then everything has to come home.
public enum RestrictedHeapModel {
  public static let name = "restricted-heap"
  public static let summary = "restricted pools, loans and the firewall, against a normal world that asks for anything at any time"

  /// - Parameters:
  ///   - pages: 2 to 4, one of them the carve-out.
  ///   - liveness: whether to ask that every lend is reclaimed.
  ///   - asking: the properties to ask; none are all.
  public static func make(
    pages: Int = 2, fault: HeapFault? = nil, liveness: Bool = true, asking: [HeapProperty] = []
  ) throws(ModelError) -> Model {
    var schema = Schema()
    let fields = HeapFields(&schema, pages: pages)
    let steps = HeapSteps(
      fields: fields, law: RestrictedLaw(dropping: fault?.drops ?? []), fault: fault, pages: pages,
      asked: asking.isEmpty ? HeapProperty.allCases : asking)
    return try Model(name, schema) {
      steps.boot
      steps.normalWorld
      steps.clients
      steps.scrubbing
      steps.secureWorld
      steps.properties
      if liveness { steps.promise }
    }
  }
}
