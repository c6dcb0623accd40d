import Documents
import Foundation
import Primitives
import Testing

import PCI

/// Whoever edits the text of a dump is found: each flag, number and name changed alone, in the built-in dump and in real ones.
@Suite struct DumpFlipTests {
  /// Words of real dumps that nothing is held against, as `DumpFlip` names them, and why. docs/files.md says the same in fewer words.
  static let unnoticed: [(reason: String, words: Set<String>)] = [
    ("not in the bytes", ["Interrupt: N", "NUMA N", "Physical N", "IOMMU N"]),
    (
      "names, with digits or with what another device would have",
      [
        "Capabilities: #N", "Capabilities: N", "Capabilities: N.N", "Capabilities: Root", "Subsystem: MTN", "Subsystem: [ConnectX-N",
        "Subsystem: NfN", "Subsystem: aNc", "Subsystem: aaNa",
      ]
    ), ("windows behind a bridge", ["Memory [size=NM]", "Memory beN-cNfffff", "Memory fN-fNfffff"]),
    ("another size that is possible there", ["Region [size=NG]"]),
    ("an upper half that an elder lspci takes for a region of its own, which is told anyway", ["Region (N-bit,", "Region non-prefetchable)"]),
    ("the change makes the text of a published dump right: the bytes say Default", ["SelectiveIDE#N IDN"]),
    ("elder versions printed another bit", ["RootCap: CRSVisible-"]), ("follows from the word before", ["McastCap: (N"]),
    (
      "virtual channels",
      [
        "Arb: Fixed-", "Arb: TWRRN-", "Arb: WRRN-", "Caps: LPEVC=N", "Caps: PATEntryBits=N", "Caps: RefClk=Nns", "Ctrl: Enable-", "Ctrl: ID=N",
        "Status: InProgress-", "Status: NegoPending-", "VCN: MaxTimeSlots=N", "VCN: PATOffset=N", "VCN: RejSnoopTrans-",
      ]
    ),
    (
      "CXL",
      [
        "CXLCap: Cache-", "CXLCap: IO-", "CXLCap: Init-", "CXLCap: Mem-", "CXLCap: N", "CXLCap: Viral-", "CXLCtl: Cache-", "CXLCtl: Clean-",
        "CXLCtl: IO-", "CXLCtl: Mem-", "CXLCtl: N", "CXLCtl: Viral-", "CXLSta: Viral-",
      ]
    ),
  ]

  struct Outcome {
    var count = 0
    var missed: Set<String> = []
  }

  /// Changes every place of one function's text, and says which changes changed nothing in what is wrong with the dump.
  static func flipped(_ lines: [String]) -> Outcome {
    func problems(_ lines: [String]) -> [String] {
      guard let dump = try? ConfigurationSpaceDump(text: lines.joined(separator: "\n") + "\n", file: "d") else { return ["unreadable"] }
      return dump.problems.map { "\($0.code) \($0.message)" }
    }
    let before = problems(lines)
    var outcome = Outcome()
    for (i, line) in lines.enumerated() where line.first == "\t" || line.first == " " {
      for flip in DumpFlip.all(of: line, number: i) {
        outcome.count += 1
        var changed = lines
        changed[i] = flip.changed
        if problems(changed) == before { outcome.missed.insert(flip.key) }
      }
    }
    return outcome
  }

  /// The lines of each function of a text.
  static func functions(_ text: String) -> [[String]] {
    var functions: [[String]] = []
    for line in text.split(separator: "\n").map(String.init) {
      let slot = line.prefix { $0 != " " }
      if slot.count >= 7, slot.contains(":"), slot.dropLast().last == "." { functions.append([]) }
      if !functions.isEmpty { functions[functions.count - 1].append(line) }
    }
    return functions
  }

  @Test func builtIn() {
    let outcome = Self.flipped(Self.functions(Dumps.text)[0])
    #expect(outcome.missed == [] && outcome.count > 250, "\(outcome)")
  }

  /// What is in the list is not noticed, and what is not in the list is.
  @Test(.enabled(if: RealDumps.files.contains("cap-ide.txt"))) func real() async throws {
    let functions = try RealDumps.files.filter { $0.hasPrefix("cap-") }.flatMap { Self.functions(try RealDumps.text($0)) }
    let all = await withTaskGroup(of: Outcome.self, returning: Outcome.self) { group in
      for function in functions { group.addTask { Self.flipped(function) } }
      return await group.reduce(into: Outcome()) {
        $0.count += $1.count
        $0.missed.formUnion($1.missed)
      }
    }
    let listed = Self.unnoticed.reduce(into: Set<String>()) { $0.formUnion($1.words) }
    #expect(all.count > 1500)
    #expect(all.missed.subtracting(listed).sorted() == [], "of \(all.count) changes these were not noticed")
    #expect(listed.subtracting(all.missed).sorted() == [], "these were")
  }
}
