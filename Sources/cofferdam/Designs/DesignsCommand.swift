import Exploration
import Foundation
import Models
import Procedures
import Scenarios

/// `check --variant all`: the same questions to every variant, beside what each declares.
extension CheckCommand {
  /// The word that stands for every variant.
  static let everyVariant = "all"

  func askEveryVariant() throws {
    let useless: [(String, Bool)] = [
      ("--against", !against.isEmpty), ("--procedure", !host.procedure.isEmpty), ("--fault", !host.fault.isEmpty), ("--hostile", hostile),
      ("--random-walk", randomWalk != nil), ("a model without procedures", model != nil && model != ModelKind.privateMMIO.rawValue),
    ]
    for (word, isGiven) in useless where isGiven {
      throw Leave.badInput("\(word) says nothing beside --variant \(Self.everyVariant)\n  expected one variant, or what variants' files declare")
    }
    try refuseMilestones(beside: "--variant \(Self.everyVariant)")
    let platforms = try chosenPlatforms()
    try output.refuse(overwriting: [])
    Terminal.catchInterrupts()
    let start = Date()
    // One platform is built: what is asked of the next is asked here.
    for platform in platforms {
      var designs: [Design] = []
      for name in ProcedureSet.variantNames {
        let model = try makeModel(HostDescription(variant: name))
        do { designs.append(try Design(model, on: platform.rawValue, options: options(since: start))) } catch {
          throw Leave.badInput(error.description)
        }
      }
      if Terminal.showsProgress { Terminal.clearProgress() }
      let report = try DesignsReport(designs, platform: platform, seconds: Date().timeIntervalSince(start))
      let document = try report.document(output.format, style: output.output == nil ? Terminal.style : .plain)
      try output.write(document, last: report.line)
      if report.status != .asDeclared { throw Leave(report.status) }
    }
  }
}
