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
      "v2": "reset [{do: lock memory}, {name: drop, do: unlock memory}]", "v3": "reset [{do: lock memory}, {do: unlock memory, if: bound}]",
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

  @Test func noDifferenceIsZero() throws {
    let url = try folder()
    defer { try? FileManager.default.removeItem(at: url) }
    let run = try Program.run(arguments(url, "--against", "reset=FOLDER/v2.yaml"))
    #expect(run.status == 0 && run.lastLine.hasPrefix("verdict: same "), "\(run.diagnostics)")
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
  ])
  func badInputIsTwo(_ arguments: [String], _ said: String) throws {
    let run = try Program.run(["check", "private-mmio"] + arguments)
    #expect(run.status == 2 && run.diagnostics.contains(said), "\(run.diagnostics)")
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
