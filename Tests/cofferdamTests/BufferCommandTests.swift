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
    #expect(try Program.run("list", "models").output.contains("fence-lifetime"))
    #expect(try Program.run("list", "scenarios").output.contains("two-processes"))
  }
}
