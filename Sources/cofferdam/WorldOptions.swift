import ArgumentParser
import Primitives
import Procedures
import Documents
import Rules
import Scenarios

/// The platforms of the contract. Those that are not built answer so.
enum Platform: String, CaseIterable, ExpressibleByArgument {
  case tdx
  case sevSNP = "sev-snp"
  case cca, trustzone

  var isBuilt: Bool { self == .tdx }

  func requireBuilt() throws {
    guard isBuilt else { throw Leave.notBuiltYet("platform \(rawValue)") }
  }
}

/// Which host is run or checked: platform, variant, a user's procedures, and faults.
struct HostOptions: ParsableArguments {
  @Option(name: .customLong("platform"), help: "The platform: tdx, the default (sev-snp, cca and trustzone are to come).")
  var givenPlatform: Platform?
  @Option(name: .customLong("variant"), help: "Whose procedures, unbind-first by default: see `cofferdam list variants`. `check` takes `all`.")
  var givenVariant: String?
  @Option(help: "NAME=FILE: a file of yours stands in for a built-in procedure. May be repeated.") var procedure: [String] = []
  @Option(help: "A built-in fault, drop-guard:ID, or a fault file. May be repeated.") var fault: [String] = []

  var platform: Platform { givenPlatform ?? .tdx }
  var variant: String { givenVariant ?? ProcedureSet.defaultVariant }
  /// Whether anything says whose procedures they are.
  var isGiven: Bool { givenVariant != nil || !procedure.isEmpty || !fault.isEmpty }

  /// The files' texts are read here, once: what is checked, run and recorded is the same text.
  func description() throws -> HostDescription {
    try platform.requireBuilt()
    do {
      var host = HostDescription(variant: variant)
      for item in procedure {
        guard let cut = item.firstIndex(of: "="), cut != item.startIndex, item.index(after: cut) != item.endIndex else {
          throw Leave.badInput("--procedure \(item)\n  expected NAME=FILE, as in reset=my-reset.yaml")
        }
        let name = String(item[..<cut])
        if host.replacements.contains(where: { $0.name == name }) {
          throw Leave.badInput("--procedure \(item)\n  expected one file for \(name), and there is one already")
        }
        try host.replace(name, withFile: String(item[item.index(after: cut)...]))
      }
      for name in fault { try host.add(fault: name) }
      return host
    } catch let error as DocumentError {
      throw Leave.badInput(error.description)
    }
  }

  /// The user's files among these.
  var files: [String] { fault + procedure.compactMap { $0.split(separator: "=", maxSplits: 1).last.map(String.init) } }

  func procedures(_ host: HostDescription) throws -> ProcedureSet {
    do throws(ProcedureError) { return try host.procedures() } catch {
      throw Leave.badInput(error.description)
    }
  }
}
