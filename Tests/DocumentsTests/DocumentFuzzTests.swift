import Primitives
import Testing

import Documents

/// Thousands of damaged documents: each is read or refused, none harms the process.
@Suite struct DocumentFuzzing {
  static let corpus = [
    "machine:\n  memory: 4GiB\n  devices:\n    - {lspci: a.txt, barSizes: {0: 64KiB}}\n",
    "steps:\n  - call: TDH.MMIO.MAP\n    with: [gpa, hpa]\n  - lock: memory_lock\nexpect: |\n  * holds\n  & more\n",
    "a: &x [1, 2]\nb: *x\n--- \nc: !!str 5\n? [k]\n: \"\\u00e9\\n\"\n", "{a: [b, {c: 'd''e'}], \"f\": >-\n folded\n}",
  ]
  static let splices = [
    "&a ", "*a", "[", "{", "- ", "? ", ": ", "\"", "'", "|\n", "---\n", "\t", "\u{0}", "!!x ", "%YAML 1.1\n", "\u{85}", "#", "\\u",
  ]

  @Test(arguments: 0..<4) func damaged(index: Int) {
    var random = SeededRandom(seed: UInt64(index))
    for _ in 0..<1500 {
      var bytes = Array(Self.corpus[index].utf8)
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let at = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.insert(contentsOf: Self.splices[Int.random(in: 0..<Self.splices.count, using: &random)].utf8, at: at)
        case 1: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &random) }
        case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 0...9, using: &random)))
        default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 20)], at: at)
        }
      }
      do throws(DocumentError) {
        visit(try Document(text: try TextFile.text(bytes, file: "fuzz"), file: "fuzz").root)
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }

  /// Asks every node everything; refusals are fine.
  private func visit(_ node: DocumentNode) {
    _ = try? node.string
    _ = try? node.boolean
    _ = try? node.integer(in: 3...9)
    _ = try? node.size()
    _ = try? node.mapping(keys: ["a", "steps"])
    for child in (try? node.sequence) ?? [] { visit(child) }
    for entry in (try? node.entries) ?? [] { visit(entry.value) }
  }
}
