import Foundation
import Testing

/// `check --against` and `check --trace`, as a user calls them.
@Suite struct AgainstTests {
  /// A folder with procedures of a world so small that a debug build sees all of it.
  private func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-against-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    let files = [
      "bind": "bind [{do: fail}]", "fault": "fault-shared [{do: fail}]", "off": "memory-off [{do: nothing}]",
      "none": "teardown [{do: fail}]", "v2": "reset [{do: lock memory}, {name: drop, do: unlock memory}]",
      "v3": "reset [{do: lock memory}, {do: unlock memory, if: bound}]",
    ]
    for (name, text) in files {
      let parts = text.split(separator: " ", maxSplits: 1)
      try "procedure: \(parts[0])\nsteps: \(parts[1])\n".write(to: url.appendingPathComponent("\(name).yaml"), atomically: true, encoding: .utf8)
    }
    return url
  }

  private func arguments(_ folder: URL, _ more: String...) -> [String] {
    func file(_ name: String) -> String { folder.appendingPathComponent("\(name).yaml").path }
    return [
      "check", "private-mmio", "--pages", "1", "--importers", "0", "--procedure", "bind=\(file("bind"))", "--procedure",
      "fault-shared=\(file("fault"))", "--procedure", "memory-off=\(file("off"))", "--procedure", "reset=\(file("v2"))",
    ] + more.map { $0.replacing("FOLDER", with: folder.path) }
  }

  @Test func aDifferenceIsOne() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let run = try Program.run(arguments(url, "--against", "reset=FOLDER/v3.yaml", "--platforms", "all"))
    #expect(run.status == 1, "\(run.diagnostics)")
    #expect(run.lastLine.hasPrefix("verdict: differs model=private-mmio platform=tdx variant=unbind-first against=reset properties="))
    #expect(run.lastLine.contains(" differ=1 property=deadlock broken=right length=3 id=") && run.lastLine.contains(" exhaustive=yes "))
    #expect(run.output.contains("reset first differs at step 2") && run.output.contains("name: drop, do: unlock memory"))
    for line in run.output.split(separator: "\n").dropLast() { #expect(line.count <= 80, "\(line)") }
    // Whatever was found can be seen again.
    let id = try #require(run.lastLine.split(separator: " ").first { $0.hasPrefix("id=") }).dropFirst(3)
    let replay = try Program.run("replay", String(id))
    #expect(replay.status == 0 && replay.lastLine.contains("violates=deadlock"), "\(replay.diagnostics)")
  }

  /// A deadlock is drawn with its locks, who holds them, and the step at which it is one; a replay counts its steps as the chart does.
  @Test(arguments: ["text", "mermaid"]) func aDeadlockCanBeRead(format: String) throws {
    let run = try Program.run("check", "private-mmio", "--pages", "1", "--variant", "vfio-calls-tsm", "--siblings", "0", "--format", format)
    #expect(run.status == 1)
    for part in ["lock tsm", "lock memory", "breaks it", "in bind, before", "in reset, before 'lock tsm'", "holds lock memory", "holds lock tsm"] {
      #expect(run.output.contains(part), "\(part): \(run.output)")
    }
    let last = run.output.contains("verdict:") ? run.lastLine : run.diagnostics
    let id = try #require(last.split(separator: " ").first { $0.hasPrefix("id=") }).dropFirst(3)
    let steps = try Program.run("replay", String(id), "--step").output.split(separator: "\n").filter {
      !$0.hasPrefix(" ") && !$0.hasPrefix("replay:")
    }
    #expect(steps.map { $0.prefix { $0 != " " } } == (1...6).map { "\($0)" })
  }

  /// What is repeated for ever is told from the way to it, in each form; the second round counts for nothing.
  @Test(arguments: ["text", "html", "mermaid"]) func roundsAreToldApart(format: String) throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    // Left if somebody closes the device, which nobody has to.
    let loop = "[{name: again, do: lock memory}, {do: unlock memory}, {do: jump, if: function-open, to: again}]"
    try "procedure: reset\nsteps: \(loop)\n".write(to: url.appendingPathComponent("v2.yaml"), atomically: true, encoding: .utf8)
    let run = try Program.run(arguments(url, "--property", "no-waiter-starves", "--format", format))
    #expect(run.status == 1, "\(run.diagnostics)")
    let parts = ["the way there", "what is repeated for ever", "the same once more"].map { run.output.range(of: $0) }
    #expect(parts.allSatisfy { $0 != nil }, "\(run.output)")
    #expect(format != "text" || run.output.contains("1+3 steps"), "\(run.output)")
    #expect((run.output + run.diagnostics).contains(" length=4 cycle=3 "))
  }

  /// The step that breaks it is the last of the procedure, which changed nothing of it: what is still so is said.
  @Test(arguments: [
    ("never-restored", "still revoked"), ("unbind-stays-private", "still private"),
    ("accept-hides-failure", "not done  accept: the interface has its trusted DMA entry"),
  ])
  func whatNobodyGivesBackIsNamed(fault: String, said: String) throws {
    let run = try Program.run("check", "private-mmio", "--pages", "1", "--importers", "0", "--siblings", "0", "--fault", fault)
    #expect(run.status == 1 && run.output.contains("\(said)"), "\(run.output)")
    for line in run.output.split(separator: "\n").dropLast() { #expect(line.count <= 80, "\(line)") }
  }

  /// Forgotten, and nobody waits: the lock and who has it.
  @Test func aLockThatStaysHeldIsNamed() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    try "procedure: reset\nsteps: [{do: lock tsm}]\n".write(to: url.appendingPathComponent("keeps.yaml"), atomically: true, encoding: .utf8)
    let run = try Program.run(
      Array(arguments(url).dropLast()) + ["reset=\(url.appendingPathComponent("keeps.yaml").path)", "--property", "deadlock", "--siblings", "0"])
    #expect(run.status == 1 && run.output.contains("in no procedure any more; holds lock tsm"), "\(run.output)")
    #expect(run.output.contains("breaks it"))
  }

  /// The same holds of a procedure that does less: what only one side has, and what of it came to nothing, stands beside that.
  @Test(arguments: ["text", "json", "html"]) func whatOneSideDoesInVainIsSaid(format: String) throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let steps = "[{do: lock memory}, {do: vfio.zap}, {do: unlock memory}]"
    try "procedure: reset\nsteps: \(steps)\n".write(to: url.appendingPathComponent("v4.yaml"), atomically: true, encoding: .utf8)
    let run = try Program.run(arguments(url, "--against", "reset=FOLDER/v4.yaml", "--format", format))
    #expect(run.status == 0 && (run.output + run.said).contains("verdict: same "), "\(run.diagnostics)")
    let words = ["\"reset\":[\"vfio.zap\"]", "\"leftOut\":["]
    for part in format == "json" ? words : ["right only, without effect in reset", "left only, left out of reset"] {
      #expect(run.output.contains(part), "\(run.output)")
    }
    // Both sides share three files and what is to be said of them.
    let notes = run.diagnostics.split(separator: "\n").filter { $0.hasPrefix("note: ") }
    #expect(Set(notes).count == notes.count, "\(notes)")
  }

  @Test func noDifferenceIsZero() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let run = try Program.run(arguments(url, "--against", "reset=FOLDER/v2.yaml"))
    #expect(run.status == 0 && run.lastLine.hasPrefix("verdict: same "), "\(run.diagnostics)")
  }

  /// Procedures by which nothing is ever come to break nothing, and are not the same for that.
  @Test func whatIsNeverComeToIsADifference() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let run = try Program.run(arguments(url, "--property", "deadlock", "--against", "teardown=FOLDER/none.yaml"))
    #expect(run.status == 1 && run.lastLine.contains(" differ=0 ") && run.lastLine.contains(" reached-differ=1 "), "\(run.lastLine)")
    let row = run.output.split(separator: "\n").first { $0.contains("vm-released") }
    #expect(row?.split(separator: " ").dropFirst().joined(separator: " ") == "reached NOT REACHED", "\(run.output)")
    // What was not asked is not said to be asked elsewhere.
    #expect(!run.output.contains("dma-dropped-unseen"))
  }

  @Test func aHeaderIsHeldToWhatThereIs() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let path = url.appendingPathComponent("own.jsonl").path
    for (header, said) in [
      (#"{"model":"untrusted-host","platform":"sev-snp"}"#, "platform sev-snp: not built yet"), (#"{"platform":"nonsense"}"#, "unknown platform"),
      (#"{"model":"ide-keys"}"#, "no machine"), (#"{"model":"untrusted-hosts"}"#, "did you mean 'untrusted-host'?"),
      (#"{"variant":"unbind-frist"}"#, "did you mean 'unbind-first'?"),
    ] {
      try "{\"header\":\(header)}\n{\"call\":\"TDH.DEVIF.CREATE\"}\n".write(toFile: path, atomically: true, encoding: .utf8)
      let run = try Program.run("check", "--trace", path)
      #expect(run.status == 2 && run.said.contains(said) && run.said.contains("\(path):1: "), "\(header): \(run.diagnostics)")
    }
    try (1...3).map { "{\"call\":\"TDH.DEVIF.CREATE\",\"object\":\"e\($0):00.0\"}" }.joined(separator: "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    let run = try Program.run("check", "--trace", path, "--model", "untrusted-host")
    #expect(run.status == 2 && run.said.contains("\(path): no model has 3 devices"), "\(run.diagnostics)")
  }

  /// A room's model is of its own platform.
  @Test(arguments: [["--platform", "sev-snp"], ["--platform", "tdx"], ["--variant", "rfc-2025"], ["--siblings", "7"]])
  func aRoomHasNoOtherPlatform(_ arguments: [String]) throws {
    let run = try Program.run(["check", "restricted-heap"] + arguments)
    #expect(run.status == 2 && !run.output.contains("verdict:"), "\(run.output)")
  }

  /// Whoever reads the other forms has something to draw, also where nothing went wrong.
  @Test func aVerdictWithoutAPathIsADiagram() throws {
    let run = try Program.run("check", "private-mmio", "--limit", "300", "--format", "mermaid")
    #expect(run.status == 3 && run.output.contains("\nsequenceDiagram\n") && run.output.contains("Note over p0: verdict: incomplete"))
    let lines = run.output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.hasPrefix("%% ") || $0 == "sequenceDiagram" || $0.hasPrefix("  ") }, "\(run.output)")
  }

  @Test func thisManyWalks() throws {
    let run = try Program.run("check", "private-mmio", "--random-walk", "3", "--seed", "5")
    #expect(run.lastLine.contains(" walks=3 "), "\(run.lastLine)")
  }

  @Test(arguments: ["json", "mermaid", "html"]) func everyFormat(format: String) throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let run = try Program.run(arguments(url, "--against", "reset=FOLDER/v3.yaml", "--format", format))
    #expect(run.status == 1 && run.diagnostics.contains("verdict: differs "))
    switch format {
    case "json":
      #expect(run.output.hasPrefix("{\"header\":") && run.lastLine.hasPrefix("{\"result\":{\"verdict\":\"differs\""))
      #expect(run.output.contains("{\"property\":\"deadlock\",\"left\":{\"verdict\":\"holds\"},\"right\":{\"verdict\":\"violated\",\"length\":3"))
    case "mermaid": #expect(run.output.contains("sequenceDiagram"))
    default: #expect(run.output.contains("</html>"))
    }
  }

  @Test func whatIsNotKnownIsThree() throws {
    let run = try Program.run("check", "private-mmio", "--limit", "300", "--against", "variant=vmm-sequences")
    #expect(run.status == 3 && run.lastLine.hasPrefix("verdict: incomplete ") && run.lastLine.contains("exhaustive=no"))
  }

  @Test(arguments: [
    (["--against", "reset"], "expected NAME=FILE"), (["--against", "variant=unbind-frist"], "did you mean 'unbind-first'?"),
    (["--against", "reset=/no/such.yaml"], "/no/such.yaml"), (["--against", "variant=rfc-2025", "--platforms", "cca"], "not built yet"),
    (["--against", "variant=rfc-2025", "--random-walk", "5"], "expected one of them"), (["--platforms", "tdx,sgx"], "unknown platform 'sgx'"),
    (["--trace", "/no/such.jsonl"], "/no/such.jsonl"), (["--model", "private-mmio"], "--trace"),
    (["--trace", "/no/such.jsonl", "--threads", "0"], "--threads says nothing"),
    (["--trace", "/no/such.jsonl", "--siblings", "0"], "--siblings says"),
    (["--trace", "/no/such.jsonl", "--raw-mailbox"], "--raw-mailbox says nothing"), (["--limit", "0"], "at least 1"),
    (["--failing", "bnid"], "did you mean 'bind'?"), (["--failing", "unbind"], "--failing unbind says nothing here"),
    (["--failing", "open"], "--failing open says nothing here"),
    (["--fault", "drop-guard:TDH.MMIO.UNMAP/stoped"], "did you mean 'TDH.MMIO.UNMAP/stopped'?"),
  ])
  func badInputIsTwo(_ arguments: [String], _ said: String) throws {
    let run = try Program.run(["check", "private-mmio"] + arguments)
    #expect(run.status == 2 && run.diagnostics.contains(said), "\(run.diagnostics)")
  }

  /// A log without a header has as many units as it names, or as are asked for.
  @Test func aLogHasItsUnits() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let path = url.appendingPathComponent("calls.jsonl").path
    let calls = ["create-vm", "TDH.MNG.CREATE", "TDH.MEM.PAGE.ADD of 0x1000_0000", "TDH.MEM.PAGE.ADD of 0x1000_1000", "TDH.MR.FINALIZE"]
    func ask(_ events: Int, _ units: String...) throws -> Program {
      let lines = calls.prefix(events).map { call in
        let parts = call.split(separator: " of ")
        return #"{"call":"\#(parts[0])"\#(parts.count > 1 ? #","object":"gpa \#(parts[1])""# : "")}"#
      }
      try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
      return try Program.run(["check", "--trace", path] + units)
    }
    #expect(try ask(3).status == 0)
    #expect(try ask(3, "--units", "1").status == 0)
    #expect(try ask(5).status == 0)
    #expect(try ask(5, "--units", "2").status == 0)
    // Fewer than the log names: the second is nothing that there is.
    #expect(try ask(5, "--units", "1").lastLine.contains(" event=3 "))
    #expect(try ask(5, "--units", "3").said.contains("no model has 3 units of guest memory"))
  }

  @Test func aTraceIsAPathOrNot() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let path = url.appendingPathComponent("run.jsonl").path
    #expect(try Program.run("run", "vmm-crash", "--format", "json", "--output", path).status == 0)
    let good = try Program.run("check", "--trace", path, "--model", "private-mmio")
    #expect(good.status == 0 && good.lastLine.hasPrefix("verdict: allowed trace=\(path) platform=tdx events="), "\(good.diagnostics)")
    var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    lines.remove(at: 40)
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    let bad = try Program.run("check", "--trace", path)
    #expect(bad.status == 1 && bad.lastLine.contains(" event=40 line=41 "), "\(bad.lastLine)")
    #expect(bad.output.contains("possible instead:"))
    let json = try Program.run("check", "--trace", path, "--format", "json")
    #expect(json.status == 1 && json.output.contains("\"possible\":[{") && json.diagnostics.contains("verdict: refused "))
    try "{\"call\":".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try Program.run("check", "--trace", path).status == 2)
  }
}
