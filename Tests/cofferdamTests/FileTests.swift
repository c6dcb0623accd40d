import Foundation
import Testing

/// What a command line names as a file and is none, or is one that must not be touched.
@Suite struct FileTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-files-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// A pipe to which nobody comes: every way to name a file gives up on it.
  @Test(arguments: [
    ["run", "private-mmio", "--machine", "?"], ["run", "private-mmio", "--payload", "?"], ["run", "?"], ["replay", "?"],
    ["check", "private-mmio", "--procedure", "reset=?"], ["check", "private-mmio", "--fault", "?"], ["device", "show", "?"],
    ["run", "private-mmio", "--output", "?"],
  ])
  func nobodyComes(_ arguments: [String]) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(mkfifo(path("pipe"), 0o600) == 0)
    let run = try Program.run(arguments.map { $0.replacing("?", with: path("pipe")) })
    #expect(run.status == 2)
    #expect(run.diagnostics.contains("nobody"), "\(run.diagnostics)")
  }

  @Test(arguments: ["no/such/x", ".", "new/"])
  func outputIsAskedForBeforeTheWork(_ name: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    // Without a limit: this would explore for minutes first.
    let check = try Program.run("check", "private-mmio", "--output", folder.path + "/" + name)
    #expect(check.status == 2)
    #expect(check.diagnostics.contains("cannot write"), "\(check.diagnostics)")
  }

  /// By whatever name: an input is not overwritten.
  @Test func outputIsNoInput() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("abc".utf8).write(to: folder.appendingPathComponent("payload"))
    #expect(link(path("payload"), path("hard")) == 0 && symlink(path("payload"), path("soft")) == 0)
    for name in ["payload", "hard", "soft", "./payload"] {
      let run = try Program.run("run", "private-mmio", "--payload", path("payload"), "--output", path(name))
      #expect(run.status == 2)
      #expect(run.diagnostics.contains("is an input of this command"), "\(run.diagnostics)")
    }
    #expect(try String(contentsOfFile: path("payload"), encoding: .utf8) == "abc")
  }

  /// A dump that only the machine file names is an input too.
  @Test func outputIsNoDump() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Sources").standardizedFileURL
    let dump = try Data(contentsOf: sources.appending(path: "PCI/BuiltIn/accelerator.txt"))
    try dump.write(to: folder.appendingPathComponent("card.txt"))
    let machine = try String(contentsOf: sources.appending(path: "Machine/BuiltIn/default.yaml"), encoding: .utf8)
      .replacing("builtin: accelerator", with: "lspci: card.txt")
    try Data(machine.utf8).write(to: folder.appendingPathComponent("machine.yaml"))
    let run = try Program.run("run", "vmm-crash", "--machine", path("machine.yaml"), "--output", path("card.txt"))
    #expect(run.status == 2)
    #expect(try Data(contentsOf: folder.appendingPathComponent("card.txt")) == dump)
    #expect(try Program.run("run", "vmm-crash", "--machine", path("machine.yaml"), "--output", path("out")).status == 0)
  }

  /// A pipe with somebody at its other side is a file to write to.
  @Test func outputIntoAPipe() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let pipe = path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let reader = Process()
    reader.executableURL = URL(fileURLWithPath: "/bin/cat")
    reader.arguments = [pipe]
    try Data().write(to: folder.appendingPathComponent("copy"))
    reader.standardOutput = try FileHandle(forWritingTo: folder.appendingPathComponent("copy"))
    try reader.run()
    let run = try Program.run("run", "vmm-crash", "--format", "json", "--output", pipe)
    #expect(run.status == 0, "\(run.diagnostics)")
    reader.waitUntilExit()
    #expect(try String(contentsOfFile: path("copy"), encoding: .utf8).hasPrefix("{\"header\":"))
  }
}
