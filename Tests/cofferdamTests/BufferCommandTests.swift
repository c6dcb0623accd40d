import Foundation
import Testing

/// `run` and `check` of the room of buffers: stories end as they declare, one of them with a second process, and every fault is seen.
@Suite struct BufferCommandTests {
  @Test(arguments: ["buffer-revoke", "buffer-move", "compositor", "guest-mapping", "two-processes"])
  func storiesEndAsDeclared(_ name: String) throws {
    let run = try Program.run("run", name)
    #expect(run.status == 0, "\(run.output)\n\(run.diagnostics)")
    #expect(run.lastLine.hasPrefix("result: pass scenario=\(name) steps="))
  }

  @Test func aGuessByDriverIsNotAsDeclared() throws {
    let run = try Program.run("run", "guest-mapping", "--fault", "guess-by-driver")
    #expect(run.status == 1)
    #expect(run.lastLine.hasPrefix("result: fail scenario=guest-mapping"))
    #expect(run.said.contains("told and true agree: no"))
  }

  @Test func whatSaysNothingIsRefused() throws {
    #expect(try Program.run("run", "compositor", "--machine", "no-such-file").status == 2)
    #expect(try Program.run("run", "compositor", "--fault", "guess-by-driver").status == 2)
    #expect(try Program.run("check", "buffer-move", "--hostile").status == 2)
    #expect(try Program.run("check", "buffer-move", "--fault", "silent-death").status == 2)
    #expect(try Program.run("second-process").status == 2)
  }

  @Test func modelsHoldAndFaultsBreakThem() throws {
    let sound = try Program.run("check", "reservation-tickets")
    #expect(sound.status == 0)
    #expect(sound.lastLine.hasPrefix("verdict: holds model=reservation-tickets states="))
    let broken = try Program.run("check", "buffer-revoke", "--fault", "no-unmap-wait")
    #expect(broken.status == 1)
    #expect(broken.lastLine.contains("property=nobody-can-reach-memory-that-was-taken-away length="))
    let disorder = try Program.run("check", "buffer-move", "--fault", "tables-first")
    #expect(disorder.status == 1 && disorder.lastLine.contains("property=locks-are-taken-in-their-order length="))
    let properties = try Program.run("list", "properties").output
    #expect(
      properties.contains(
        "locks-are-taken-in-their-order\n    locks are taken in their order\n    asked of buffer-revoke, buffer-move, reservation-tickets\n"))
    #expect(try Program.run("list", "models").output.contains("fence-lifetime"))
    #expect(try Program.run("list", "scenarios").output.contains("two-processes"))
  }

  @Test(arguments: ["json", "mermaid", "html"]) func storiesCanBeShownOtherwise(_ format: String) throws {
    let run = try Program.run("run", "buffer-revoke", "--format", format)
    #expect(run.status == 0, "\(run.diagnostics)")
    #expect(run.diagnostics.contains("result: pass scenario=buffer-revoke steps="))
    #expect(run.output.contains("late importer: mlx5_0, withheld"))
    guard format == "json" else { return }
    let lines = try run.output.split(separator: "\n").map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
    #expect(lines.first?["header"] != nil && (lines.last?["result"] as? [String: Any])?["result"] as? String == "pass")
    #expect(lines.dropFirst().dropLast().allSatisfy { $0["actor"] != nil && $0["outcome"] as? String == "ok" })
  }

  @Test func aTraceIsConverted() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).txt")
    defer { try? FileManager.default.removeItem(at: file) }
    let text = """
      # tracer: nop
           a-1 [000] ..... 1.000000: drm_sched_job_queue: dev=0000:04:00.0, fence=401:1, ring=sdma0, job count:0, hw job count:0, client_id:13
           a-1 [000] ..... 1.000010: drm_sched_job_add_dep: fence=402:1 depends on fence=401:1
           a-1 [000] ..... 1.000010: drm_sched_job_queue: dev=0000:04:00.0, fence=402:1, ring=gfx, job count:0, hw job count:0, client_id:13
           b-2 [001] ..... 1.000020: drm_sched_job_run: dev=0000:04:00.0, fence=401:1, ring=sdma0, job count:0, hw job count:1, client_id:13
           b-2 [001] ..... 1.000900: drm_sched_job_done: fence=401:1 signaled
           b-2 [001] ..... 1.000950: drm_sched_job_run: dev=0000:04:00.0, fence=402:1, ring=gfx, job count:0, hw job count:1, client_id:13
           b-2 [001] ..... 1.001000: drm_sched_job_done: fence=402:1 signaled
      """
    try Data(text.utf8).write(to: file)
    let chart = try Program.run("trace", "convert", file.path)
    #expect(chart.status == 0 && chart.output.contains("waited for sdma0 401:1"), "\(chart.output)\(chart.diagnostics)")
    #expect(chart.lastLine == "result: pass events=7 jobs=2 rings=2 waits=1")
    for format in ["json", "mermaid", "html"] {
      let run = try Program.run("trace", "convert", file.path, "--format", format)
      #expect(run.status == 0 && run.output.contains("402:1"), "\(format): \(run.diagnostics)")
    }
    let perfetto = try Program.run("trace", "convert", file.path, "--perfetto")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(perfetto.output.utf8)) as? [String: Any])
    #expect((json["traceEvents"] as? [Any])?.count == 6)

    try Data("packet {\n nonsense\n}\n".utf8).write(to: file)
    let broken = try Program.run("trace", "convert", file.path)
    #expect(broken.status == 2 && broken.said.contains(":2: neither a field nor a block"))
    try Data("# nothing\n".utf8).write(to: file)
    #expect(try Program.run("trace", "convert", file.path).status == 2)
    #expect(try Program.run("trace", "convert", file.path + ".not-there").status == 2)
    #expect(try Program.run("trace", "convert", file.path, "--perfetto", "--format", "html").status == 2)
  }
}
