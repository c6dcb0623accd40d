import Foundation
import Models
import Rules
import Testing

/// The twin in `Benchmarks/spin` is a second reading of the rules, and says so by using their names. Spin counts its states; here only
/// names are compared, so that a field or a guard that is new or renamed is missed before anybody runs it.
@Suite struct SpinTwinTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Benchmarks/spin")

  /// A file with everything that it includes, comments left out.
  private func source(_ name: String) throws -> String {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
      .replacing(#/(?s)\/\*.*?\*\//#, with: "")
    return try text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { line in try line.wholeMatch(of: #/#include "(.+)"/#).map { try source(String($0.1)) } ?? String(line) }.joined(separator: "\n")
  }

  private func names(_ pattern: Regex<(Substring, Substring)>, in text: String) -> Set<String> {
    Set(text.matches(of: pattern).map { String($0.1) })
  }

  /// A size that the twin does not have is no question.
  @Test(arguments: [["--units", "2"], ["--pages", "3"], ["--devices", "2"]]) func asksOfWhatThereIs(words: [String]) throws {
    #expect(throws: Question.Misused.self) { try Question(["private-mmio"] + words) }
    #expect(try Question(["private-mmio", "--units", "1"]).bounds.memory == 1)
  }

  /// Nor has it an administrator.
  @Test(arguments: ["disconnect-keeps-session", "disconnect-while-bound"]) func hasNoAdministrator(fault: String) throws {
    let question = try Question(["private-mmio", "--fault", fault])
    #expect(throws: Question.Misused.self) { try question.model() }
  }

  /// What a twin with one device does not keep: which device an access or a procedure is of.
  static let fieldsOfOneDevice: Set<Field> = [.accessDevice, .taskDevice]

  /// Declared with the host, and left out where there is none: what an untrusted host does to itself is not looked at.
  static let fieldsOfTheHost: Set<Field> = [
    .taskPosition, .taskCursor, .taskHoldsFrame, .taskDeed, .deviceSetLock, .memoryLock, .reservation, .tsmLock, .vdevice, .viommuExists,
    .isBound, .holdsVM, .bufferIsExported, .bufferIsRevoked, .slot, .slotIsPrivate, .mirror, .importerState, .importerIsInvalidated, .importerIsUsing,
    .importerIsPinned,
  ]

  @Test(arguments: [ModelKind.privateMMIO, .untrustedHost]) func variablesAreFields(kind: ModelKind) throws {
    let declared = try source("\(kind.rawValue).pml").matches(of: #/(?m)^(bit|byte|short|unsigned) (\w+)(?: : (\d+))?/#)
    let unknown = declared.map { String($0.2) }.filter { name in !Field.allCases.contains { "\($0)" == name } }
    // What a step broke is of no world.
    #expect(unknown == ["verdict"])
    for field in Field.allCases {
      let found = declared.filter { $0.2 == "\(field)" }
      let isLeftOut = Self.fieldsOfOneDevice.contains(field) || (kind == .untrustedHost && Self.fieldsOfTheHost.contains(field))
      #expect(found.count == (isLeftOut ? 0 : 1), "\(field)")
      // Arrays have whole bytes; the IOTLB of a unit has a bit for each device, of which there is one.
      guard let bits = found.first, field.axis == .world || field.axis == .device || field.axis == .memory, field != .memoryIOTLB else { continue }
      #expect(bits.1 == "bit" ? field.place.bits == 1 : bits.3.map { Int($0) } == Int(field.place.bits), "\(field)")
    }
  }

  /// What the twin of an untrusted host leaves out never changes there.
  @Test func anUntrustedHostLeavesItselfAlone() throws {
    let model = try model(.untrustedHost)
    var world = model.initial
    for (i, action) in (0..<40).flatMap({ _ in model.actions }).enumerated() where i % 7 != 3 { _ = world.perform(action, model.book) }
    #expect(world != model.initial)
    for field in Self.fieldsOfTheHost {
      for i in 0..<tiny.count(along: field.axis) { #expect(world[field, i] == model.initial[field, i], "\(field)") }
    }
  }

  /// `interface_run` is the value that the field `interface` prints as `run`.
  @Test func valuesAreNamedAsTheyPrint() throws {
    var checked: Set<String> = []
    for match in try source("private-mmio.pml").matches(of: #/(?m)^#define (\w+?)_(\w+) (\d+)$/#) {
      guard let field = Field.allCases.first(where: { "\($0)" == match.1 }), let value = UInt16(match.3) else { continue }
      #expect(field.text(value) == match.2)
      checked.insert("\(field)")
    }
    #expect(checked.count >= 20)
  }

  /// Guards that no twin mentions, because nothing that can be attempted in its models meets them.
  static let unmentioned: [Guard: String] = [
    .notNow: "no law, and written ifNow", .chance: "no law, and the twin has no --failing",
    .mailboxError: "no law, and the twin has no --raw-mailbox",
    .lockEntropy: "a device always has entropy", .reportOffset: "a report is asked for from its beginning",
    .runConfigurationSupported: "no model configures while running", .runConfigurationState: "no model configures while running",
    .issueInterruptT: "no model sends interrupts", .issueInterruptState: "no model sends interrupts",
    .attachPeer: "importers always reach peers",
  ]

  @Test func guardsAreNamedAndAsBusyAsOurs() throws {
    let text = try source("private-mmio.pml") + source("untrusted-host.pml")
    let refusing = names(#/needs\((\w+)/#, in: text), waiting = names(#/waitsFor\((\w+)/#, in: text)
    let mentioned = refusing.union(waiting).union(names(#/holds\((\w+)/#, in: text)).union(names(#/DROP_(\w+)/#, in: text)).subtracting(["guard"])
    for name in mentioned { #expect(Guard.allCases.contains { $0.name == name }, "\(name)") }
    for law in Guard.allCases {
      #expect(mentioned.contains(law.name) == (Self.unmentioned[law] == nil), "\(law)")
      #expect(!refusing.contains(law.name) || !law.isBusy, "\(law)")
      #expect(!waiting.contains(law.name) || law.isBusy, "\(law)")
    }
  }

  @Test func stepsAreDoneUnderTheSameLocks() throws {
    let text = try source("kernel.pml")
    func group(_ name: String) throws -> Set<String> {
      let start = try #require(text.range(of: "#define \(name)(t)")), body = text[start.upperBound...]
      return names(#/isStep\(t, (\w+)\)/#, in: String(body[..<(body.range(of: "#define")?.lowerBound ?? body.endIndex)]))
    }
    func steps(_ locks: LockSet, _ atTheEnds: LockSet) -> Set<String> {
      Set(Step.allCases.filter { $0.locks(in: .none) == locks && $0.locks(in: .close) == atTheEnds }.map(\.name))
    }
    #expect(try group("isOfDeviceSet") == steps(.deviceSet, .deviceSet))
    #expect(try group("isOfFunction") == steps(.memory, [.memory, .deviceSet]))
    #expect(try group("isOfMemoryLock") == steps(.memory, .memory))
    #expect(try group("isOfTSM") == steps(.tsm, .tsm))
    #expect(try group("lacksLock") == steps(.reservation, .reservation))
  }

  @Test func nothingIsLeftOut() throws {
    let text = try source("private-mmio.pml")
    // They change nothing: flow, and the two waits.
    let idle: Set<String> = ["nothing", "jump", "fail", "waitForFences", "waitForMappings"]
    #expect(
      names(#/lineStep\(T\) == do_(\w+) ->/#, in: text.replacing(#/.*(goFrom|giveUp).*/#, with: ""))
        == Set(Step.allCases.map(\.name)).subtracting(idle))
    #expect(names(#/ifIs\(t, (\w+), /#, in: text).subtracting(["name"]) == Set(Condition.allCases.map(\.name)))
    #expect(
      names(#/isSoInside\((\w+), /#, in: text).subtracting(["name"]) == Set(Procedure.allCases.filter(\.reportsItsPurpose).map(\.name)))
    #expect(names(#/fails\((\w+), /#, in: text).subtracting(["property"]) == Set(Property.allCases.map(\.name)))
    let model = try model(isHostile: true)
    let requested = model.actions.compactMap { if case .request(let procedure, _, _) = $0 { procedure.name } else { nil } }
    #expect(names(#/start\((\w+), /#, in: text).subtracting(["procedure"]) == Set(requested))
  }
}
