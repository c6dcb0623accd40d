import Models
import Procedures
import Rules

/// What is asked of both: a model, a size, a host. Read from the command line.
struct Question {
  var kind = ModelKind.privateMMIO
  var variant = ProcedureSet.defaultVariant
  var faults: [String] = []
  var properties: [Property] = []
  var bounds = Bounds(devices: 1, pages: 1, importers: 0, memory: 1)
  var strictDMA = false, isHostile = false
  /// Breadth first although nothing breaks: the depth of both can be compared then.
  var isBreadthFirst = false
  /// The verifier is compiled without optimisation, which takes a second instead of ten: for counts, not for times.
  var isQuick = false
  /// Look for the first state that only one of the two has.
  var showsDifference = false

  static let usage = """
    usage: SpinTwin [private-mmio | untrusted-host | running-interface] [--pages 1...2] [--importers 0...4] [--variant NAME] [--fault FAULT]...
                    [--property PROPERTY]... [--strict-dma] [--hostile] [--breadth-first] [--quick] [--difference]
    """

  struct Misused: Error { let what: String }

  init(_ arguments: [String]) throws(Misused) {
    var rest = arguments[...]
    func value(of option: String) throws(Misused) -> String {
      guard let value = rest.popFirst() else { throw Misused(what: "\(option) needs a value") }
      return value
    }
    func number(of option: String, _ range: ClosedRange<UInt8>) throws(Misused) -> UInt8 {
      guard let number = UInt8(try value(of: option)), range.contains(number) else { throw Misused(what: "\(option) is \(range)") }
      return number
    }
    while let word = rest.popFirst() {
      switch word {
      case "private-mmio": kind = .privateMMIO
      case "untrusted-host": kind = .untrustedHost
      case "running-interface": kind = .runningInterface
      case "--pages": bounds.pages = try number(of: word, 1...2)
      case "--importers": bounds.importers = try number(of: word, 0...4)
      case "--units": guard try value(of: word) == "1" else { throw Misused(what: "\(word): the twin has one unit of guest memory") }
      case "--variant": variant = try value(of: word)
      case "--fault": faults.append(try value(of: word))
      case "--property":
        guard let property = Property(id: try value(of: word)) else { throw Misused(what: "there is no such property") }
        properties.append(property)
      case "--strict-dma": strictDMA = true
      case "--hostile": isHostile = true
      case "--breadth-first": isBreadthFirst = true
      case "--quick": isQuick = true
      case "--difference": showsDifference = true
      default: throw Misused(what: "\(word) is not known")
      }
    }
  }

  /// The model, with every world told from every other: the twin knows no symmetry. Or as `cofferdam check` asks it.
  func model(symmetry: Symmetry = .none) throws -> Model {
    var procedures = try ProcedureSet(variant: variant)
    for fault in faults { try procedures.apply(fault: fault) }
    var parameters = Parameters()
    parameters.strictDMA = strictDMA
    let model = try Model(
      kind, procedures: procedures, bounds: bounds, isHostile: isHostile, with: OptionalActors(changedMayFail: false), parameters: parameters,
      properties: properties.isEmpty ? nil : properties,
      symmetry: symmetry)
    let strangers = model.optional.procedures.map(\.id).sorted()
    guard strangers.isEmpty else { throw Misused(what: "the twin has nobody who enters " + strangers.joined(separator: ", ")) }
    guard model.prologue.broken == nil else { throw Misused(what: "the set-up breaks a property already") }
    if let line = TwinData(model: model).circularLine { throw Misused(what: "line \(line) of the playbook leads to itself") }
    return model
  }
}
