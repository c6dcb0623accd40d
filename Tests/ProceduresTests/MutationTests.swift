import Documents
import Primitives
import Procedures
import Rules
import Testing

/// Files that were not written by anybody: readers answer with their errors, and what compiles can be walked.
@Suite struct MutationTests {
  /// A text with a few lines, words or bytes changed.
  private func mutated(_ text: String, _ words: [String], _ random: inout SeededRandom) -> String {
    func below(_ count: Int) -> Int { Int(random.next() % UInt64(max(1, count))) }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for _ in 0...below(3) {
      let at = below(lines.count), other = below(lines.count)
      switch below(7) {
      case 0: lines.remove(at: at)
      case 1: lines.insert(lines[other], at: at)
      case 2: lines.swapAt(at, other)
      case 3, 4:
        // One word for another of the same or another file.
        var parts = lines[at].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        parts[below(parts.count)] = words[below(words.count)]
        lines[at] = parts.joined(separator: " ")
      case 5:
        var bytes = Array(lines[at].utf8)
        if !bytes.isEmpty { bytes[below(bytes.count)] = UInt8(truncatingIfNeeded: random.next()) & 0x7f }
        lines[at] = String(decoding: bytes, as: UTF8.self)
      default: lines[at] += [", each: page}", " # x", ": ", "}", "  - do: nothing", ", busy: go stop"][below(6)]
      }
      if lines.isEmpty { lines = [""] }
    }
    return lines.joined(separator: "\n")
  }

  /// Walks both tasks through whatever the playbook holds.
  private func walk(_ book: Playbook, _ procedure: Procedure, _ seed: UInt64, steps: Int) {
    let bounds = Bounds(devices: 1, pages: 2, importers: 1, memory: 1)
    let rules = Rulebook(bounds: bounds, playbook: book, cast: .hostileVMM)
    var world = TableWorld(bounds: bounds), random = SeededRandom(seed: seed)
    _ = try? world.setUp(rules)
    for _ in 0..<steps {
      let roll = random.next()
      switch roll % 8 {
      case 0: _ = world.start(procedure, 0, page: UInt8(roll >> 8 & 1), rules)
      case 1:
        let others = Procedure.allCases
        _ = world.start(others[1 + Int((roll >> 8) % UInt64(others.count - 1))], 0, page: 0, rules)
      default: _ = world.advance(UInt8(roll >> 8 & 1), rules)
      }
      _ = world.pendingStep(of: UInt8(roll >> 9 & 1), rules)
      _ = world.takeJournal()
    }
  }

  @Test func procedures() throws {
    let texts = try builtInTexts(), words = Set(texts.flatMap { $0.text.split { " \n,{}".contains($0) }.map(String.init) }).sorted()
    let files = texts.filter { !$0.path.hasPrefix("faults/") && !$0.path.hasSuffix("variant.yaml") }
    var random = SeededRandom(seed: 41)
    let base = try ProcedureSet()
    var (read, compiled) = (0, 0)
    for round in 0..<1500 {
      let (path, original) = files[round % files.count]
      let text = mutated(original, words, &random)
      let file: ProcedureFile
      do throws(DocumentError) { file = try procedure(text) } catch {
        #expect(error.position.line ?? 1 >= 1 && !error.message.isEmpty, "\(path)")
        continue
      }
      read += 1
      // Every other is put in its place, compiled and walked.
      guard read % 2 == 0 else { continue }
      do {
        let book = try set(file.procedure.id, text, on: base).playbook()
        compiled += 1
        walk(book, file.procedure, UInt64(round), steps: compiled % 10 == 0 ? 2000 : 100)
      } catch is ProcedureError {}
    }
    #expect(read > 200 && compiled > 80, "\(read) were read and \(compiled) compiled")
  }

  @Test func faults() throws {
    let texts = try builtInTexts(), words = Set(texts.flatMap { $0.text.split { " \n,{}".contains($0) }.map(String.init) }).sorted()
    let files = texts.filter { $0.path.hasPrefix("faults/") }
    var random = SeededRandom(seed: 43)
    var applied = 0
    let bases = try ProcedureSet.variantNames.map { name throws(ProcedureError) in try ProcedureSet(variant: name) }
    for round in 0..<1000 {
      let text = mutated(files[round % files.count].text, words, &random)
      do throws(DocumentError) { _ = try FaultFile(Document(text: text, file: "f.yaml")) } catch { continue }
      do {
        let set = try faulted(text, on: bases[round / files.count % bases.count])
        let book = try set.playbook()
        applied += 1
        if applied % 10 == 0 { walk(book, .unbind, UInt64(round), steps: 500) }
      } catch is ProcedureError {}
    }
    #expect(applied > 50, "\(applied)")
  }

  @Test func variants() throws {
    let texts = try builtInTexts().filter { $0.path.hasSuffix("variant.yaml") }
    var random = SeededRandom(seed: 47)
    for round in 0..<500 {
      let text = mutated(texts[round % texts.count].text, ["holds", "violates:", "{}", "[]", "tdx", "expect:"], &random)
      do throws(DocumentError) { _ = try Variant(Document(text: text, file: "v.yaml")) } catch { #expect(!error.message.isEmpty) }
    }
  }
}
