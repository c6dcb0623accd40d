import Charts
import Models
import Procedures
import Rules
import Scenarios

/// What a check shows: the counterexample as executed on the machine, or what was covered.
struct CheckReport {
  let check: Check
  let host: HostDescription
  let options: OutputOptions
  let line: String

  func document() throws -> String {
    guard let found = check.counterexample else { return coverage() }
    let model = check.model
    var request = PathRequest(
      model: model.kind.rawValue, property: found.property, id: found.id, bounds: model.book.bounds, parameters: model.book.parameters,
      cast: model.book.cast, host: host, prologue: model.prologue, actions: found.actions)
    request.platform = Platform.tdx.rawValue
    do {
      let recording = try Recording.counterexample(request, line: line)
      Counterexamples.keep(recording)
      if !recording.result.mismatches.isEmpty {
        Terminal.diagnostic("the machine does not agree with the model:\n  " + recording.result.mismatches.joined(separator: "\n  "))
      }
      return try Presentation(recording, options).document()
    } catch let error as ScenarioError {
      throw Leave.badInput(error.description)
    }
  }

  /// Without a counterexample: how much was looked at, and what never got its chance.
  private func coverage() -> String {
    let report = check.report, model = check.model
    if options.format == .json {
      let never = check.neverFired.map { "\"\($0)\"" }.joined(separator: ",")
      let fields = Field.allCases.map { "{\"name\":\"\($0)\",\"axis\":\"\($0.axis)\",\"bits\":\($0.place.bits)}" }.joined(separator: ",")
      let bounds = model.book.bounds
      return """
        {"header":{"model":"\(model.kind.rawValue)","platform":"tdx","variant":"\(model.procedures.variant.name)","bounds":{"devices":\(bounds.devices),"pages":\(bounds.pages),"importers":\(bounds.importers),"memory":\(bounds.memory)},"cast":"\(model.book.cast.name)","fields":[\(fields)]}}
        {"result":{"states":\(report.states),"transitions":\(report.transitions),"depth":\(report.depth),"neverFired":[\(never)]}}
        """
    }
    var lines = ["\(model.kind.rawValue) on tdx   \(Self.size(model.book.bounds))   variant \(model.procedures.variant.name)"]
    for property in model.properties { lines.append("  holds   \(property.sentence)") }
    if case .incomplete = check.verdict { lines = lines.map { $0.replacing("  holds ", with: "  so far") } }
    let never = check.neverFired
    if !never.isEmpty { lines.append("  never led anywhere: " + never.map(\.description).joined(separator: ", ")) }
    return lines.joined(separator: "\n")
  }

  private static func size(_ bounds: Bounds) -> String {
    func count(_ n: UInt8, _ word: String) -> String { "\(n) \(word)\(n == 1 ? "" : "s")" }
    return [count(bounds.devices, "device"), count(bounds.pages, "page"), count(bounds.importers, "importer")].joined(separator: ", ")
  }
}
