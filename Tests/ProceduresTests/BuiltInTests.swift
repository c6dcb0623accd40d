import Documents
import Procedures
import Rules
import Testing

/// The files that come with the project: each loads, compiles, and says what it is for.
@Suite struct BuiltInTests {
  @Test(arguments: ProcedureSet.variantNames) func everyVariantCompiles(variant: String) throws {
    let set = try ProcedureSet(variant: variant)
    let book = try set.playbook()
    #expect(set.variant.name == variant && !set.variant.summary.isEmpty && !set.variant.source.isEmpty)
    #expect(set.variant.expectation(on: "tdx") != nil && set.variant.expectation(on: "no such platform") == nil)
    for procedure in Procedure.allCases.dropFirst() {
      let file = try #require(set[procedure], "\(variant) has no \(procedure.id)")
      #expect(!file.summary.isEmpty, "\(procedure.id)")
      let entry = book.entry(of: procedure)
      #expect(entry != 0)
      for (i, step) in file.steps.enumerated() {
        let position = entry + UInt16(i), line = book[position]
        #expect(line.step == step.step && line.procedure == procedure && set.stepName(at: position, in: book) == step.name)
        // Nothing leads out of its own procedure.
        var targets = [line.next]
        if line.onBusy == .jump { targets.append(line.busyTarget) }
        if line.onError == .jump { targets.append(line.errorTarget) }
        for target in targets where target != 0 { #expect(book[target].procedure == procedure) }
      }
    }
    #expect(book.count <= Playbook.capacity && set.law == Law() && set.faults.isEmpty)
  }

  @Test func theFolderHoldsWhatTheListsSay() throws {
    let texts = try builtInTexts()
    let folders = Set(texts.map { String($0.path.prefix { $0 != "/" }) })
    #expect(folders == Set(ProcedureSet.variantNames + ["common", "faults"]))
    #expect(texts.filter { $0.path.hasPrefix("faults/") }.map(\.path) == ProcedureSet.faultNames.map { "faults/\($0).yaml" })
    #expect(ProcedureSet.variantNames.contains(ProcedureSet.defaultVariant))
    for (path, text) in texts where !path.hasPrefix("faults/") && !path.hasSuffix("variant.yaml") {
      // A file is named for the procedure that it declares.
      #expect(path.hasSuffix("/\(try procedure(text).procedure.id).yaml"))
    }
  }

  /// A variant that is based on another has files of its own for what it does otherwise, and for nothing else.
  @Test(arguments: ProcedureSet.variantNames) func whatIsSharedIsWrittenOnce(variant: String) throws {
    let set = try ProcedureSet(variant: variant)
    #expect(!set.own.isEmpty)
    guard let name = set.variant.base else { return }
    let base = try ProcedureSet(variant: name)
    #expect(base.variant.base == nil, "a base stands by itself")
    #expect(Set(set.differences(from: base).map(\.procedure)) == Set(set.own))
    for file in set.files {
      let text = try ProcedureSet.text(of: file.procedure, variant: variant)
      #expect((text == (try ProcedureSet.text(of: file.procedure, variant: name))) == !set.own.contains(file.procedure))
    }
    // Of a fault in what is inherited it says what its base says.
    #expect(try !set.isConcerned(by: ProcedureSet.fault("forget-tracking")) && base.isConcerned(by: ProcedureSet.fault("forget-tracking")))
    for procedure in set.own {
      let edit = "fault: f\nedits: [{procedure: \(procedure.id), remove: vfio.zap}]\n"
      #expect(try set.isConcerned(by: FaultFile(Document(text: edit, file: "f.yaml"))))
    }
  }

  @Test(arguments: [
    ("holds", Variant.Expectation.holds), ("{violates: [deadlock]}", .violates([.deadlock], [])),
    ("{violates: [no-waiter-starves, deadlock]}", .violates([.deadlock], [.noWaiterStarves])),
  ])
  func whatAVariantDeclares(text: String, expectation: Variant.Expectation) throws {
    let file = "variant: v\nsummary: s\nbased-on: unbind-first\nexpect: {tdx: \(text)}\n"
    let variant = try Variant(Document(text: file, file: "variant.yaml"))
    #expect(variant.expectation(on: "tdx") == expectation && variant.base == "unbind-first")
  }

  @Test(arguments: [
    ("expect: {tdx: hold}", DocumentError.Code.unknownWord), ("expect: {tdx: {violates: [deadlok]}}", .unknownWord),
    ("expect: {tdx: {violates: []}}", .contradiction), ("expect: {tdx: holds}\nbased-on: unbind-frist", .unknownWord),
  ])
  func whatAVariantMayNotDeclare(text: String, code: DocumentError.Code) throws {
    do throws(DocumentError) {
      _ = try Variant(Document(text: "variant: v\nsummary: s\n\(text)\n", file: "variant.yaml"))
      Issue.record("\(text) was taken")
    } catch { #expect(error.code == code && error.position.line != nil, "\(error)") }
  }

  @Test(arguments: ProcedureSet.faultNames, ProcedureSet.variantNames)
  func everyFaultOnEveryVariant(fault: String, variant: String) throws {
    let file = try ProcedureSet.fault(fault)
    #expect(file.name == fault && !file.summary.isEmpty)
    #expect(file.variants.allSatisfy(ProcedureSet.variantNames.contains))
    let sound = try ProcedureSet(variant: variant)
    var set = sound
    if file.variants.isEmpty || file.variants.contains(variant) {
      try set.apply(fault: fault)
      #expect(compileError(set) == nil && set.faults == [fault])
      #expect(set.needsStrictDMA == file.needsStrictDMA)
      // A fault that changes nothing would read as "not caught".
      #expect(set.files != sound.files || set.law != sound.law)
    } else {
      let refusal = ProcedureError.notApplicable(fault: file, variant: variant)
      #expect(throws: refusal) { try set.apply(fault: fault) }
      #expect(set.files == sound.files && set.faults.isEmpty)
    }
  }

  @Test func unknownNames() throws {
    #expect(throws: ProcedureError.self) { try ProcedureSet(variant: "unbind-frist") }
    do throws(ProcedureError) {
      _ = try ProcedureSet(variant: "unbind-frist")
    } catch {
      #expect(error.description.contains("did you mean 'unbind-first'"))
    }
    var set = try ProcedureSet()
    for (name, hint) in [("leak-on-clos", "'leak-on-close'"), ("drop-guard:TDH.MMIO.UNMAP/stoped", "'TDH.MMIO.UNMAP/stopped'")] {
      do throws(ProcedureError) {
        try set.apply(fault: name)
        Issue.record("\(name) was applied")
      } catch {
        #expect(error.description.contains("did you mean \(hint)"), "\(error)")
      }
    }
    #expect(throws: ProcedureError.self) { try set.apply(fault: "drop-guard:actor/not-now") }
    #expect(throws: ProcedureError.self) { try set.apply(fault: "/no/such/file.yaml") }
    #expect(throws: ProcedureError.self) { try ProcedureSet.fault("../common/bind") }
    #expect(set.faults.isEmpty && set.law == Law())
  }

  @Test func droppedGuards() throws {
    var set = try ProcedureSet()
    try set.apply(fault: "drop-guard:TDH.MMIO.UNMAP/stopped")
    try set.apply(fault: "drop-guard:TDISP.LOCK/keys")
    #expect(set.law == Law(dropping: [.mmioUnmapStopped, .lockKeys]) && set.faults.count == 2)
  }
}
