import PCI
import Rules
import SPDM

extension Event {
  /// Every word that `code` can be, sorted: what a scenario may expect. The rules' codes, those of a side of the session and of a link's end, and what the
  /// machine notes of what the rules know nothing of.
  public static var codes: [String] {
    let ruled = Guard.allCases.map(\.entry.code)
    // VFIO's errors; a guest whose policy refuses; a relay with nothing to carry; a procedure that was told to fail.
    let noted = ["EBUSY", "EINVAL", "POLICY", "nothing", "error"]
    return Set(ruled + noted + Refusal.codes + IDEChannel.Failure.allCases.map(\.rawValue)).sorted()
  }
}
