import Foundation
import Testing

/// The command line's contract: exit statuses, the last line, and where it goes.
@Suite struct CommandTests {
  private func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  @Test func aRunEndsAsDeclared() throws {
    let run = try Program.run("run", "private-mmio")
    #expect(run.status == 0)
    #expect(run.lastLine.hasPrefix("result: pass scenario=private-mmio platform=tdx steps="))
    #expect(run.output.contains("evidence: verified"))
  }

  /// What nothing comes to is no success, and is named where a violation would be.
  @Test func whatIsNowhereIsViolated() throws {
    let question = ["check", "private-mmio", "--pages", "1", "--importers", "0", "--fault", "bind-gives-up"]
    let text = try Program.run(question)
    #expect(
      text.status == 1
        && text.output.contains(
          "  ✗       NOT REACHED: bind reports success and has done it: the interface is\n          bound to the VM, and its pages of TEE memory are declared: bind-works\n"
        )
    )
    let place = "verdict: violated model=private-mmio platform=tdx variant=unbind-first "
    #expect(text.lastLine.hasPrefix(place + "property=bind-works reached=never states="))
    #expect(text.lastLine.contains(" exhaustive=yes "))
    let json = try Program.run(question + ["--format", "json", "--property", "interface-runs"])
    #expect(json.status == 1 && json.output.contains("{\"result\":{\"verdict\":\"violated\",\"property\":\"interface-runs\""))
    let page = try Program.run(question + ["--format", "html"])
    #expect(page.status == 1 && page.output.contains("NOT REACHED"))
    // Two that are dead in the same way are the same, and no better for it.
    let both = try Program.run(question + ["--against", "variant=vmm-sequences"])
    #expect(both.status == 0 && both.output.contains("neither ever comes to bind-works"), "\(both.output)")
    // And whoever asks for something else is not told in the verdict.
    let other = try Program.run(question + ["--property", "deadlock"])
    #expect(other.status == 0 && other.lastLine.hasPrefix("verdict: holds ") && other.output.contains("NOT REACHED"))
  }

  @Test func aDocumentOnStandardOutputSendsTheLastLineToStandardError() throws {
    let run = try Program.run("run", "vmm-crash", "--format", "json")
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("{\"header\":"))
    #expect(run.lastLine.hasPrefix("{\"result\":"))
    #expect(run.diagnostics.contains("result: pass scenario=vmm-crash"))
  }

  @Test(arguments: [
    (["run", "no-such-scenario"], "unknown scenario"), (["run", "private-mmi0"], "did you mean 'private-mmio'?"),
    (["run", "private-mmio", "--variant", "unbind-frist"], "did you mean 'unbind-first'?"),
    (["check", "private-mmio", "--fault", "drop-guard:TDH.MMIO.UNMAP/stoped"], "did you mean 'TDH.MMIO.UNMAP/stopped'?"),
    (["check", "private-mmio", "--fault", "forget"], "did you mean 'forget-tracking'?"),
    (["device", "show", "builtin", "--bar-sizes", "{0: 3KiB}"], "power of two"),
    (["device", "show", "builtin", "--bar-sizes", "{9: 4KiB}"], "no BAR '9'"),
    (["check", "private-mmio", "--procedure", "reset"], "expected NAME=FILE"),
    (["check", "private-mmio", "--pages", "9"], "no model has 9 pages expected 1 to 4 pages"),
    (
      ["check", "private-mmio", "--devices", "0", "--importers", "5"], "no model has 0 devices, 5 importers expected 1 to 2 devices, 0 to 4 importers"
    ),
    (["check", "private-mmio", "--units", "3"], "no model has 3 units of guest memory expected 1 to 2 units of guest memory"),
    (["check", "untrusted-host", "--units", "0"], "no model has 0 units of guest memory"),
    (["check", "restricted-heap", "--units", "2"], "--units says nothing"), (["check", "--matrix", "--units", "2"], "--units says nothing"),
    (["check", "private-mmio", "--devices", "300"], "Devices, 1 to 2"),
    (["check", "untrusted-host", "--liveness"], "nothing has to come"),
    (["check", "private-mmio", "--liveness", "--random-walk", "9"], "never comes"),
    (["check", "untrusted-host", "--property", "vcpu-gets-on"], "is not asked of"),
    (["check", "private-mmio", "--property", "vcpu"], "unknown property"),
    (["check", "private-mmio", "--property", "bind-wroks"], "did you mean 'bind-works'?"),
    (["check", "running-interface", "--property", "bind-works"], "is not asked of"),
    (["check", "private-mmio", "--random-walk", "9", "--property", "bind-works"], "nowhere"),
    (["check", "private-mmio", "--property", "convert-works"], "could come to it: convert-works"),
    (["check", "private-mmio", "--property", "bind-works", "--against", "variant=rfc-2025"], "--property bind-works says nothing beside --against"),
    (["check", "private-mmio", "--property", "bind-works", "--variant", "all"], "says nothing beside --variant all"),
    (["check", "private-mmio", "--limit", "0"], "limit"), (["check", "nothing"], "expected one of"), (["nonsense"], "nonsense"),
    (["device", "serve", "--fault", "dance"], "--fault dance"), (["compare", "private-mmio"], "not built yet"),
    (["check", "--matrix", "private-mmio"], "--matrix"), (["check", "--matrix", "buffer-mvoe"], "did you mean 'buffer-move'?"),
    (["check", "--matrix", "buffer-move", "--fault", "mine.yaml"], "--fault mine.yaml says nothing beside buffer-move"),
    (["check", "--matrix", "--model", "private-mmio"], "--model says nothing beside --matrix"),
    (["check", "--matrix", "--fault", "leak-on-close"], "expected a fault file of yours"),
    (["check", "--matrix", "--fault", "/no/such/file.yaml"], "/no/such/file.yaml"),
    (["replay", "7f3a-0000-00"], "7f3a-0000-00"), (["run", "private-mmio", "--platform", "cca"], "not built yet"),
    (["check", "private-mmio", "--seed", "2"], "--random-walk"), (["check", "private-mmio", "--random-walk", "1", "--limit", "9"], "--limit"),
    (["device", "show", "builtin", "--address", "zz"], "--address zz"), (["device", "show", "builtin", "--address", "05:00.0"], "05:00.0"),
    (["list", "steps", "--show", "reset"], "list procedures"), (["list", "faults", "--variant", "rfc-2025"], "list procedures"),
    (["list", "procedures", "--variant", "rfc-2052"], "did you mean 'rfc-2025'?"), (["run", String(repeating: "x", count: 5000)], "xxx...'"),
    (["run", "private-mmio", "--machine", "/no/such/file.yaml"], "/no/such/file.yaml"),
    (["check", "spdm-session", "--pages", "2"], "--pages says nothing"), (["check", "spdm-session", "--liveness"], "--liveness says nothing"),
    (["check", "ide-keys", "--fault", "drop-guard:FINISH/pending"], "unknown fault"),
    (["check", "ide-keys", "--format", "mermaid"], "--format mermaid"),
    (["check", "ide-keys", "--property", "stale-reed"], "did you mean 'stale-read'?"), (["check", "restricted-heap", "--pages", "5"], "2 to 4"),
    (["device", "serve", "--machine", "/no/such/file.yaml"], "/no/such/file.yaml"),
    (["check", "private-mmio", "--raw-config"], "expected --hostile"),
    (["check", "private-mmio", "--enter", "diconnect"], "did you mean 'disconnect'?"),
    (["check", "untrusted-host", "--enter", "connect"], "--enter says nothing"),
    (["check", "ide-keys", "--enter", "connect"], "--enter says nothing"),
  ])
  func badInputIsTwo(_ arguments: [String], _ said: String) throws {
    let run = try Program.run(arguments)
    #expect(run.status == 2)
    #expect(run.said.contains(said), "\(run.diagnostics)")
  }

  @Test func aRoomsModelIsShownInEveryForm() throws {
    let text = try Program.run("check", "ide-keys", "--fault", "read-passes-write")
    #expect(text.status == 1 && text.lastLine.hasPrefix("verdict: violated model=ide-keys property=stale-read length="), "\(text.output)")
    let json = try Program.run("check", "spdm-session", "--fault", "transcript-without-negotiation", "--format", "json")
    #expect(json.status == 1 && json.diagnostics.contains("verdict: violated model=spdm-session property=downgrade"))
    _ = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
    let page = try Program.run("check", "ide-keys", "--fault", "stream-not-rekeyed", "--property", "write-of-other-owner", "--format", "html")
    #expect(page.status == 1 && page.output.contains("d-takes-write") && page.output.contains("no write is done but"))
    #expect(try Program.run("check", "spdm-session", "--limit", "1000").status == 3)
    for (subject, name) in [("models", "spdm-session"), ("properties", "stale-read"), ("faults", "late-completion"), ("guards", "BIND/keys-changed")]
    {
      #expect(try Program.run("list", subject).output.contains(name))
    }
  }

  @Test func aLimitIsThree() throws {
    let run = try Program.run("check", "private-mmio", "--limit", "500")
    #expect(run.status == 3)
    #expect(run.lastLine.contains("verdict: incomplete") && run.lastLine.contains("exhaustive=no"))
  }

  /// Every cell of it, and none far: what is cut off is no answer, and a page says so.
  @Test func aMatrixThatIsCutOffIsIncomplete() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    // A fault of a user's takes part, and says where it cannot.
    let fault = url.appendingPathComponent("mine.yaml")
    try "fault: hasty-reset\nedits:\n  - {procedure: reset, remove: lock tsm}\n".write(to: fault, atomically: true, encoding: .utf8)
    let run = try Program.run("check", "--matrix", "--limit", "40", "--output", url.path, "--fault", fault.path)
    #expect(run.status == 3, "\(run.diagnostics)")
    #expect(run.lastLine.hasPrefix("verdict: incomplete matrix platform=tdx reason=limit cells="))
    for line in run.output.split(separator: "\n").dropLast() { #expect(line.count <= 80, "\(line)") }
    for name in ["matrix.md", "matrix.json", "matrix.html"] {
      let text = try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
      #expect(text.contains("reset-before-unbind") && text.contains("hasty-reset") && text.contains("incomplete"), "\(name)")
      // The rooms' part is there, and cut off as well.
      #expect(text.contains("stream-not-rekeyed") && text.contains("silent-death") && text.contains("cookie-reused"), "\(name)")
    }
    #expect(run.said.contains("note: hasty-reset cannot be applied to mainline-7.1: \(fault.path):3"))
  }

  @Test(arguments: [
    ("fault: mine\nedits: [{procedure: reset, remove: lock tsmm}]\n", ":2", "did you mean 'lock tsm'?"),
    ("fault: mine\nbreaks: [deadlok]\nedits: []\n", ":2", "did you mean 'deadlock'?"),
    ("fault: leak-on-close\nedits: [{procedure: reset, remove: lock tsm}]\n", ":1", "there is a fault 'leak-on-close' already"),
    ("fault: mine\nvariants: [rfc-2025]\nbreaks: [host-kills-vm]\nedits: [{procedure: reset, remove: vfio.zap}]\n", ":1", "by themselves"),
  ])
  func aMatrixRefusesABadFault(text: String, place: String, said: String) throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let file = url.appendingPathComponent("mine.yaml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    let run = try Program.run("check", "--matrix", "--fault", file.path)
    #expect(run.status == 2 && run.diagnostics.contains(file.path + place) && run.diagnostics.contains(said), "\(run.diagnostics)")
  }

  /// What is explored begins behind procedures that may have come to an error, and goes on with locks that an edit turned round.
  @Test(arguments: [
    ("{procedure: create-vm, insert-after: TDH.MR.FINALIZE, steps: [{do: fail}]}", "note: in the set-up create-vm returns an error"),
    ("{procedure: open, move: kvm.get, after: iommufd.create-viommu}", "open comes to an error at iommufd.create-viommu"),
    ("{procedure: bind, move: kvm.set-private, after: done}", "kvm.set-private asks 'bound' and acts in one step, and no lock is held here"),
    ("{procedure: reset, move: vfio.zap, after: vfio.reset-end}", "reset does vfio.reset-begin without vfio.zap before it"),
    ("{procedure: reset, move: lock tsm, after: unbound}", "'lock tsm' is out of order: memory may be held here"),
    ("{procedure: create-vm, remove: TDH.MR.FINALIZE}", "'enter-vcpu' is refused by TDH.VP.ENTER/td-runnable"),
  ])
  func whatAnEditHardlyMeansIsSaid(edits: String, said: String) throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let file = url.appendingPathComponent("mine.yaml")
    try "fault: mine\nedits: [\(edits)]\n".write(to: file, atomically: true, encoding: .utf8)
    let run = try Program.run("check", "private-mmio", "--limit", "100", "--devices", "2", "--fault", file.path)
    #expect(run.said.contains(said), "\(run.diagnostics)")
    #expect(run.said.components(separatedBy: said).count == 2, "\(run.diagnostics)")
  }

  /// However often it is edited: what nobody enters is refused.
  @Test func whatNobodyEntersIsRefused() throws {
    let run = try Program.run("check", "untrusted-host", "--fault", "reset-before-unbind")
    #expect(run.status == 2 && run.said.contains("nobody in untrusted-host enters: reset"), "\(run.diagnostics)")
  }

  @Test func aCounterexampleIsAFileThatReplays() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let path = url.appendingPathComponent("path.json").path
    let check = try Program.run(
      "check", "private-mmio", "--pages", "1", "--fault", "close-before-cleanup", "--format", "json", "--output", path)
    #expect(check.status == 1)
    #expect(check.lastLine.contains("property=access-to-disabled-function"))
    let replay = try Program.run("replay", path)
    #expect(replay.status == 0, "\(replay.diagnostics)")
    #expect(replay.lastLine.contains("replay: same") && replay.lastLine.contains("violates=access-to-disabled-function"))
  }

  /// What forgets a unit of guest memory needs two of them to be seen; with one the answer says what was not asked.
  @Test func aForgottenUnitNeedsTwo() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let fault = url.appendingPathComponent("mine.yaml"), path = url.appendingPathComponent("path.json").path
    try """
    fault: reclaim-one-unit
    edits:
      - {procedure: teardown, replace: TDH.PHYMEM.PAGE.RECLAIM, steps: [{do: TDH.PHYMEM.PAGE.RECLAIM}]}
    """.write(to: fault, atomically: true, encoding: .utf8)
    let small = ["check", "private-mmio", "--pages", "1", "--importers", "0", "--fault", fault.path]
    let one = try Program.run(small + ["--limit", "500"])
    #expect(one.status == 3 && one.said.contains("note: teardown does TDH.PHYMEM.PAGE.RECLAIM for one unit of guest memory"), "\(one.diagnostics)")
    let two = try Program.run(small + ["--units", "2", "--siblings", "0"])
    #expect(two.status == 1 && two.lastLine.contains(" property=not-released "), "\(two.diagnostics)")
    #expect(two.output.contains("2 units of guest memory") && !two.diagnostics.contains("note: teardown"))
    for line in two.output.split(separator: "\n").dropLast() { #expect(line.count <= 80, "\(line)") }
    // By its name, from a file, and as a log that is a path of the rules.
    let id = try #require(two.lastLine.split(separator: " ").first { $0.hasPrefix("id=") }).dropFirst(3)
    #expect(try Program.run("replay", String(id)).lastLine.contains("violates=not-released"))
    #expect(try Program.run(small + ["--units", "2", "--siblings", "0", "--format", "json", "--output", path]).status == 1)
    #expect(try Program.run("replay", path).lastLine.contains("replay: same"))
    let log = try Program.run("check", "--trace", path)
    #expect(log.status == 0 && log.lastLine.hasPrefix("verdict: allowed"), "\(log.output)")
    #expect(try Program.run("check", "--trace", path, "--units", "2").status == 2)
    let walk = try Program.run(small + ["--units", "2", "--siblings", "0", "--random-walk", "60"])
    #expect(walk.status == 1 && walk.lastLine.contains(" property=not-released "), "\(walk.lastLine)")
  }

  /// What is printed fits a mail: a check that holds or was cut off, and a replay event by event. The last line is for machines.
  @Test(arguments: [
    "private-mmio --pages 1 --importers 0", "private-mmio --limit 2000 --liveness", "untrusted-host --limit 2000", "private-mmio --random-walk 3",
  ])
  func aReportFits(words: String) throws {
    let run = try Program.run(["check"] + words.split(separator: " ").map(String.init))
    #expect(run.status == (words.contains("importers") ? 0 : 3), "\(run.diagnostics)")
    for line in run.output.split(separator: "\n").dropLast() { #expect(line.count <= 80, "\(line)") }
  }

  @Test func aWalkFits() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let path = url.appendingPathComponent("run.jsonl").path
    #expect(try Program.run("run", "private-mmio", "--format", "json", "--output", path).status == 0)
    let walk = try Program.run("replay", path, "--step")
    #expect(walk.status == 0, "\(walk.diagnostics)")
    for line in walk.output.split(separator: "\n").dropLast() { #expect(line.count <= 80, "\(line)") }
  }

  @Test func theSameFilesGiveTheSameBytes() throws {
    let first = try Program.run("run", "flr-while-running", "--format", "json", "--seed", "7")
    let second = try Program.run("run", "flr-while-running", "--format", "json", "--seed", "7")
    #expect(first.output == second.output && !first.output.isEmpty)
  }

  @Test func aPayloadGoesThrough() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let file = url.appendingPathComponent("payload")
    try Data("abc".utf8).write(to: file)
    let run = try Program.run("run", "private-mmio", "--payload", file.path)
    #expect(run.status == 0)
    // SHA-256 of "abc", FIPS 180-4.
    #expect(run.output.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
  }

  @Test(arguments: ["scenarios", "models", "properties", "faults", "platforms", "variants", "procedures", "steps", "guards"])
  func everyListIsThereAndFits(_ subject: String) throws {
    let run = try Program.run("list", subject)
    #expect(run.status == 0)
    #expect(!run.output.isEmpty)
    for line in run.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  @Test func theBuiltInDeviceIsShown() throws {
    let run = try Program.run("device", "show", "builtin")
    #expect(run.status == 0)
    #expect(run.output.contains("TEE-IO"))
  }

  /// As with a machine file's: sizes that the text or the addresses deny.
  @Test func sizesAreHeldAgainstTheDump() throws {
    #expect(try Program.run("device", "show", "builtin", "--bar-sizes", "{0: 64KiB}").status == 0)
    let run = try Program.run("device", "show", "builtin", "--bar-sizes", "{0: 128KiB, 4: 4KiB}")
    #expect(run.status == 2 && run.output.contains("the machine file 128 KiB"))
  }

  /// A built-in file that cannot be read is said behind all that can, as every other error is.
  @Test(arguments: [("scenarios", "Scenarios", "vmm-crash"), ("faults", "Procedures", "faults/leak-on-close")])
  func aListSaysWhatItCannotRead(subject: String, room: String, file: String) throws {
    let files = FileManager.default, home = Program.executable.deletingLastPathComponent()
    // On the same file system, where a second name costs nothing.
    let url = home.appendingPathComponent("cofferdam-list-\(UUID().uuidString)")
    try files.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: url) }
    let program = url.appendingPathComponent("cofferdam")
    try files.linkItem(at: Program.executable, to: program)
    for name in try files.contentsOfDirectory(atPath: home.path) where name.hasSuffix(".resources") {
      try files.copyItem(at: home.appendingPathComponent(name), to: url.appendingPathComponent(name))
    }
    let broken = url.appendingPathComponent("cofferdam_\(room).resources/BuiltIn/\(file).yaml")
    try "nonsense: [".write(to: broken, atomically: true, encoding: .utf8)
    let whole = try Program.run("list", subject)
    let run = try Program.run(at: program, ["list", subject])
    #expect(run.status == 2 && run.diagnostics.hasPrefix("error: "), "\(run.diagnostics)")
    let name = String(file.split(separator: "/").last ?? "")
    #expect(run.diagnostics.contains("\(name).yaml:2:1: "), "\(run.diagnostics)")
    func names(_ text: String) -> [Substring] { text.split(separator: "\n").filter { !$0.hasPrefix(" ") } }
    #expect(names(run.output) == names(whole.output).filter { $0 != name } && names(whole.output).contains { $0 == name })
  }
}
