import Models
import Scenarios

/// What a check shows: the counterexample as executed on the machine, or what was covered.
struct CheckReport {
  let check: Check
  let host: HostDescription
  let platform: Platform
  let options: OutputOptions
  /// States that are explored in search of an order that breaks nothing.
  let siblings: Int
  let line: String

  func document() throws -> String {
    guard let path else { return try Coverage(check: check, platform: platform, line: line).document(options.format) }
    return try Presentation(try path.shown(line: line), options).document()
  }

  private var path: FoundPath? {
    if let found = check.counterexample {
      let sibling = Sibling(of: found, in: check.model, budget: siblings, interrupt: { Terminal.isInterrupted })
      return FoundPath(
        found, in: check.model, host: host, platform: platform.rawValue, sibling: sibling,
        inferred: check.inferred)
    }
    return check.lapse.map { FoundPath($0, in: check.model, host: host, platform: platform.rawValue, inferred: check.inferred) }
  }
}
