import Charts
import Models
import Procedures
import Rules

/// The tables of the matrix: few for reading, all of them for the page.
struct MatrixTables {
  let report: MatrixReport
  /// In the order of the legend: a, b, c for properties, A, B, C for promises.
  let witnesses = Property.allCases.map { Finding.Witness.property($0) } + Promise.allCases.map { .promise($0) }

  init(_ report: MatrixReport) { self.report = report }

  var brief: [Table] { [variants, faults, legend, guardRate, bounded] }
  var full: [Table] { [variants, faults, grid, legend, guardRate, guards, bounded] }

  func letter(_ witness: Finding.Witness) -> String {
    switch witness {
    case .property(let property): String(Character(UnicodeScalar(UInt8(ascii: "a") + property.code)))
    case .promise(let promise): String(Character(UnicodeScalar(UInt8(ascii: "A") + promise.code)))
    }
  }

  static func word(_ result: MatrixResult) -> String {
    let missed = result.missed.first.map { "\($0.id), which nothing reaches" }
    let found = result.findings.first.map { "\($0.witness.id) in \($0.steps) steps, \($0.id)" } ?? missed ?? "nothing"
    return switch result.judgement {
    case .asDeclared: "as declared"
    case .uncaught: "not caught"
    case .blamed: "blamed: \(found)"
    case .otherwise: "not what is declared: \(found)"
    case .undecided(let reason): "undecided after \(result.states) states (\(reason))"
    }
  }

  func mark(_ result: MatrixResult) -> Mark {
    switch result.judgement {
    case .asDeclared: .ok
    case .undecided: .refused
    case .uncaught, .blamed, .otherwise: .violated
    }
  }

  func detail(_ result: MatrixResult, _ finding: Finding?) -> String {
    let missed = result.missed.first.map { "\($0.id), which nothing reaches; " }
    return (finding.map { "\($0.witness.id) in \($0.steps) steps; cofferdam replay \($0.id); " } ?? missed ?? "") + result.cell.command
  }

  /// A variant by itself, and what it was asked.
  private var variants: Table {
    let rows = report.results.filter { $0.cell.subject == .variant && $0.cell.mustBeDecided }.map { result -> [Table.Cell] in
      let found = result.findings.map { "\(letter($0.witness)) \($0.steps)" }.joined(separator: ", ")
      let text = found.isEmpty ? (result.judgement == .asDeclared && result.isExhaustive ? "holds" : Self.word(result)) : found
      return [
        .init(result.cell.promises.isEmpty ? result.cell.variant : "    its promises"),
        .init(text, mark: mark(result), detail: detail(result, result.findings.first)),
        .init("\(result.states)"),
      ]
    }
    return Table(
      "Variants", captions: ["What each comes to by itself: holds, or the letter of each property that breaks, and the steps to it."],
      columns: ["variant", "comes to", "states"], rows: rows)
  }

  /// The first that sees a fault, in each variant that it can be applied to.
  private var faults: Table {
    // Designs that are asked of no fault have no column.
    let asked = Set(report.matrix.cells.compactMap { if case .fault = $0.subject { $0.variant } else { nil } })
    let variants = report.matrix.variants.map(\.name).filter(asked.contains)
    let rows = report.matrix.faults.map { fault -> [Table.Cell] in
      [.init(fault.name, detail: fault.summary)]
        + variants.map { variant in
          guard fault.variants.isEmpty || fault.variants.contains(variant) else { return .init("-") }
          guard report.matrix.cells.contains(where: { $0.isPlain(fault.name, variant) }) else {
            let base = report.matrix.variants.first { $0.name == variant }?.base
            return .init(fault.needsHostileVMM ? "large" : base != nil ? "base" : "own", mark: .ignored)
          }
          guard let result = report.results.first(where: { $0.cell.isPlain(fault.name, variant) }) else { return .init("") }
          return cell(result, fault)
        }
    }
    return Table(
      "Faults x variants",
      captions: [
        "The property that sees it first, and the steps. \"refused\": a guard refuses what it tries, and nothing breaks; \"promise\": it breaks a promise"
          + " only; \"never\": what procedures are there for nowhere comes; \"own\": the variant breaks that by itself;"
          + " \"base\": asked in the variant that this one is based on; \"-\": not made for this variant; \"*\": by a hostile VMM, asked in one variant only (\"large\")."
      ], columns: ["fault"] + variants, rows: rows)
  }

  private func cell(_ result: MatrixResult, _ fault: FaultFile) -> Table.Cell {
    let star = result.cell.isHostile ? "*" : ""
    let detail = detail(result, result.findings.first)
    if case .undecided = result.judgement { return .init("?" + star, mark: .refused, detail: detail) }
    if let first = result.findings.first, isOwn(first, of: result.cell.variant) { return .init("own", mark: .ignored, detail: detail) }
    let size = result.cell.bounds.pages > 1 ? " (\(result.cell.bounds.pages) pages)" : ""
    if let first = result.findings.first { return .init("\(letter(first.witness)) \(first.steps)\(star)\(size)", mark: mark(result), detail: detail) }
    if fault.refusedBy == nil, !result.missed.isEmpty { return .init("never", mark: mark(result), detail: detail) }
    if result.judgement != .asDeclared { return .init("NOT CAUGHT", mark: .violated, detail: detail) }
    return .init(fault.refusedBy != nil ? "refused" : "promise", mark: .ok, detail: detail)
  }

  /// Whether the variant breaks it without any fault, and as soon: the path says nothing of the fault.
  private func isOwn(_ found: Finding, of variant: String) -> Bool {
    report.results.contains { result in
      result.cell.subject == .variant && result.cell.variant == variant && !result.cell.isHostile && result.cell.kind == .privateMMIO
        && result.findings.contains { $0.witness == found.witness && $0.steps <= found.steps }
    }
  }
}

extension MatrixCell {
  /// The cell of a fault in a variant that asks for properties.
  func isPlain(_ fault: String, _ variant: String) -> Bool {
    subject == .fault(fault) && self.variant == variant && (properties != [] || milestones != nil)
  }
}
