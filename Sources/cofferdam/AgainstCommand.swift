import Exploration
import Foundation
import Models
import Procedures
import Rules
import Scenarios

/// `check --against`: the same model with two sets of procedures.
extension CheckCommand {
  func compare() throws {
    if randomWalk != nil { throw Leave.badInput("--against with --random-walk\n  expected one of them: walks prove nothing that could be compared") }
    try refuseMilestones(beside: "--against")
    let platforms = try chosenPlatforms()
    try output.refuse(overwriting: host.files + against.compactMap { $0.split(separator: "=", maxSplits: 1).last.map(String.init) })
    let hosts = Comparison.Sides(left: try host.description(), right: try host.description(against: against))
    let (left, right) = (try host.procedures(hosts.left), try host.procedures(hosts.right))
    Terminal.note(both(left.doubts, right.doubts))
    // What may fail under one side may under the other.
    let changed = left.changed.union(right.changed)
    let models = Comparison.Sides(left: try makeModel(hosts.left, changed: changed), right: try makeModel(hosts.right, changed: changed))
    for side in [models.left, models.right] { try refuseWhatIsNotEntered(side) }
    Terminal.note(both(models.left.notes, models.right.notes))
    Terminal.catchInterrupts()
    let start = Date()
    let comparison: Comparison
    do throws(Judgements.Failure) {
      comparison = Comparison(
        left: try Judgements(models.left, options: options(since: start)), right: try Judgements(models.right, options: options(since: start)))
    } catch {
      throw Leave.badInput(error.description)
    }
    if Terminal.showsProgress { Terminal.clearProgress() }
    // One platform is built: the loop is here for the next.
    var documents: [String] = [], last = "", status = ExitStatus.asDeclared
    for platform in platforms {
      let declared = Comparison.Sides(left: declaration(of: hosts.left, on: platform), right: declaration(of: hosts.right, on: platform))
      let report = AgainstReport(
        comparison: comparison, hosts: hosts, names: against, platform: platform, verdict: comparison.verdict(declared: declared),
        options: output, seconds: Date().timeIntervalSince(start))
      documents.append(try report.document())
      if last.isEmpty || report.status != .asDeclared { (last, status) = (report.line, report.status) }
    }
    try output.write(documents.joined(separator: "\n"), last: last)
    if status != .asDeclared { throw Leave(status) }
  }

  /// What both sides share is said once.
  private func both(_ left: [String], _ right: [String]) -> [String] { left + right.filter { !left.contains($0) } }

  /// Files declare what `private-mmio` comes to, with a VMM that behaves or as their fault needs it, asked for everything.
  private func declaration(of host: HostDescription, on platform: Platform) -> Variant.Expectation? {
    guard model == ModelKind.privateMMIO.rawValue, !hostile, enter.isEmpty, failing.isEmpty, property.isEmpty else { return nil }
    return host.declaration(on: platform.rawValue)
  }

  /// The platforms that are asked for; `all` are those that are built.
  func chosenPlatforms() throws -> [Platform] {
    try host.platform.requireBuilt()
    guard let platforms else { return [host.platform] }
    if platforms == "all" { return Platform.allCases.filter(\.isBuilt) }
    var chosen: [Platform] = []
    for name in platforms.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      if name == "all" { throw Leave.badInput("--platforms \(platforms)\n  expected all by itself, or a list of platforms") }
      guard let platform = Platform(rawValue: name) else { throw Leave.unknown("platform", name, among: Platform.allCases.map(\.rawValue) + ["all"]) }
      try platform.requireBuilt()
      if !chosen.contains(platform) { chosen.append(platform) }
    }
    return chosen
  }
}

extension HostOptions {
  /// The same host with other files, or another variant, in place.
  func description(against items: [String]) throws -> HostDescription {
    var other = try description()
    var taken: [String] = []
    for item in items {
      let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw Leave.badInput("--against \(item)\n  expected NAME=FILE, as in reset=my-reset.yaml, or variant=NAME")
      }
      guard !taken.contains(parts[0]) else {
        throw Leave.badInput("--against \(item)\n  expected one for \(parts[0]), and there is one already")
      }
      taken.append(parts[0])
      if parts[0] == "variant" {
        guard ProcedureSet.variantNames.contains(parts[1]) else { throw Leave.unknown("variant", parts[1], among: ProcedureSet.variantNames) }
        other.variant = parts[1]
        continue
      }
      other.replacements.removeAll { $0.name == parts[0] }
      do { try other.replace(parts[0], withFile: parts[1]) } catch { throw Leave.badInput(error.description) }
    }
    return other
  }
}
