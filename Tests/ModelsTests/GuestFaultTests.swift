import Documents
import Exploration
import Models
import Procedures
import Rules
import Testing

/// A user's fault files in the fault matrix.
@Suite struct GuestFaultTests {
  private func fault(_ text: String) throws -> FaultFile { try FaultFile(Document(text: text, file: "mine.yaml")) }

  private func cells(_ text: String) throws -> [MatrixCell] {
    let mine = try fault(text)
    return try FaultMatrix(guests: [mine]).cells.filter { $0.guest == mine }
  }

  private static let early = """
    fault: early-disable
    edits:
      - {procedure: close, move: vfio.bus-master-off, through: vfio.close, before: revoke}
    """

  /// One that says nothing of itself is asked for everything where nothing else breaks, what is disputed and what must come included.
  @Test func whatSaysNothingIsAskedEverything() throws {
    let cells = try cells(Self.early)
    #expect(cells.map(\.variant) == ["unbind-first"])
    let cell = try #require(cells.first)
    #expect(cell.isHome && cell.strictDMA && cell.properties == nil && cell.promises == Promise.allCases && cell.declared == .breaksSomething)
    #expect(cell.command.hasSuffix("--fault mine.yaml --liveness"))
    // And the rest of the matrix is what it is without it.
    let matrix = try FaultMatrix(guests: [fault(Self.early)])
    #expect(try matrix.cells.filter { $0.guest == nil } == FaultMatrix().cells)
  }

  /// A file that declares is held to it, as a built-in one.
  @Test func whatDeclaresIsHeldToIt() throws {
    let cells = try cells(Self.early + "\nvariants: [vmm-sequences, unbind-first]\nbreaks: [importer-uses-revoked-buffer, no-waiter-starves]\n")
    let home = cells.filter(\.isHome)
    #expect(Set(cells.map(\.variant)) == ["vmm-sequences", "unbind-first"] && home.allSatisfy { $0.variant == "vmm-sequences" })
    #expect(home.map(\.declared) == [.breaks([.importerUsesRevokedBuffer]), .lapses(.noWaiterStarves)])
    // The wrong one is named.
    var wrong = try #require(try self.cells(Self.early + "\nbreaks: [books-contradict]\n").first { $0.isHome })
    wrong.goesOn = false
    #expect(try wrong.explored(limit: isOptimised ? nil : 20_000).judgement == .otherwise)
  }

  @Test func itIsCaughtAndReplays() throws {
    let cell = try #require(try cells(Self.early).first), result = try cell.explored(limit: isOptimised ? nil : 20_000)
    #expect(result.judgement == .asDeclared && result.findings.first?.witness == .property(.accessToDisabledFunction))
    confirm(try #require(result.check.counterexample), of: result.check.model)
  }

  /// Nothing sees it, in a world with one page and in one with two: it is not caught, and the answer is of the larger one.
  @Test func whatNothingSeesIsNotCaught() throws {
    let harmless = "fault: harmless\nbreaks: [deadlock]\nedits: [{procedure: connect, insert-before: TDH.SPDM.CREATE, steps: [{do: nothing}]}]\n"
    let cell = try #require(try cells(harmless).first { $0.isHome })
    guard isOptimised else {
      // What is not decided is not called harmless.
      #expect(try cell.explored(limit: 50).judgement == .undecided("limit"))
      return
    }
    let result = try cell.explored()
    #expect(result.judgement == .uncaught && result.cell.bounds.pages == 2 && result.isExhaustive)
    #expect(MatrixReport(try FaultMatrix(guests: [fault(harmless)]), [result]).verdict == .notAsDeclared)
  }

  /// An order that forgets all pages but the first needs two pages to be one.
  @Test func onePageMayHideAFault() throws {
    guard isOptimised else { return }
    let text = "fault: first-page\nedits: [{procedure: unbind, replace: TDH.MMIO.BLOCK, steps: [{do: TDH.MMIO.BLOCK, error: ignore}]}]\n"
    let cell = try #require(try cells(text).first { $0.isHome }), result = try cell.explored()
    #expect(result.judgement == .asDeclared && result.cell.bounds.pages == 2)
  }

  /// The same for what forgets all units of guest memory but the first.
  @Test func oneUnitMayHideAFault() throws {
    guard isOptimised else { return }
    let text = "fault: first-unit\nedits: [{procedure: teardown, replace: TDH.PHYMEM.PAGE.RECLAIM, steps: [{do: TDH.PHYMEM.PAGE.RECLAIM}]}]\n"
    let cells = try cells(text)
    #expect(cells.contains { $0.isHome })
    for cell in cells {
      let result = try cell.explored()
      #expect(result.judgement == .asDeclared && result.cell.bounds.memory == 2 && result.cell.command.contains("--units 2"), "\(cell)")
    }
  }

  @Test func whereItCannotBeAppliedIsSaid() throws {
    let matrix = try FaultMatrix(guests: [fault("fault: f\nedits: [{procedure: reset, remove: lock tsm}]\n")])
    let asked = Set(matrix.cells.filter { $0.guest != nil }.map(\.variant))
    // Where the variant breaks something by itself nobody could tell; where the lock has another name, or is not taken, it is a note.
    #expect(asked == ["unbind-first", "vmm-sequences"])
    #expect(matrix.notes.count == 4 && matrix.notes.allSatisfy { $0.contains("mine.yaml:2") })
  }

  @Test(arguments: [
    "fault: leak-on-close\nedits: [{procedure: close, remove: vfio.zap}]", "fault: f\nedits: [{procedure: close, remove: vfio.zapp}]",
    "fault: f\nvariants: [unbind-first, refuse-while-bound]\nedits: [{procedure: reset, remove: lock tsm}]",
    "fault: f\nvariants: [mainline-7.1]\nbreaks: [host-kills-vm]\nedits: [{procedure: close, remove: vfio.zap}]",
  ])
  func badFilesAreRefused(text: String) throws {
    let mine = try fault(text)
    do throws(ProcedureError) {
      _ = try FaultMatrix(guests: [mine])
      Issue.record("\(text) was taken")
    } catch { #expect(error.description.contains("mine.yaml:"), "\(error)") }
  }
}
