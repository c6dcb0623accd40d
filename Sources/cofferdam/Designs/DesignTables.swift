import Charts
import Models
import Rules

/// Design x property, and the paths behind its numbers.
struct DesignTables {
  let designs: [Design]
  init(_ designs: [Design]) { self.designs = designs }

  var all: [Table] { [legend, grid, paths] }

  private func letter(_ number: Int) -> String { String(Character(UnicodeScalar(UInt8(ascii: "A") + UInt8(number % 26)))) }

  private var legend: Table {
    let rows = designs.enumerated().map { i, design -> [Table.Cell] in
      let mark: Mark? =
        switch design.verdict {
        case .asDeclared: .ok
        case .notAsDeclared: .violated
        case .incomplete: .refused
        }
      return [.init(letter(i)), .init(design.variant.name, mark: mark, detail: design.variant.summary), .init("\(design.judgements.states)")]
    }
    return Table("Designs", captions: ["Each is a variant, and its file declares what it comes to."], columns: ["", "variant", "states"], rows: rows)
  }

  private var grid: Table {
    let rows = (designs.first?.judgements.answers ?? []).map { asked, _ -> [Table.Cell] in
      [.init(asked.id)] + designs.map { cell($0.judgements[asked]) }
    }
    return Table(
      "Property x design",
      captions: [
        "The steps of the shortest counterexample; for a promise those before the round and those of the round. \".\": holds; \"-\": nothing is ever"
          + " owed; \"?\": not known."
      ], columns: ["property"] + designs.indices.map(letter), rows: rows)
  }

  private func cell(_ answer: Judgements.Answer?) -> Table.Cell {
    switch answer {
    case .holds: .init(".", mark: .ok)
    case .neverOwed: "-"
    case .broken(let found): .init(found.length, mark: .violated, detail: "cofferdam replay \(found.id)")
    case .incomplete(let reason): .init("?", mark: .refused, detail: reason)
    case nil: ""
    }
  }

  private var paths: Table {
    let rows = designs.enumerated().flatMap { i, design -> [[Table.Cell]] in
      let found = design.judgements.found
      guard !found.isEmpty else { return [] }
      return [[.init("\(letter(i)) \(design.variant.name)")]]
        + found.map { [.init("    " + $0.witness.id), .init($0.length), .init($0.id, mark: .violated)] }
    }
    return Table("Counterexamples", captions: ["`cofferdam replay ID` shows each of them."], rows: rows)
  }
}
