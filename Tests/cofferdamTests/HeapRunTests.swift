import Foundation
import Testing
import TreeBuilding

/// `run` for the stories with restricted heaps: every form, exit statuses, and boards that are none.
@Suite struct HeapRunTests {
  @Test(arguments: ["gpu-protected-mode", "gpu-memory-move", "heap-exhaustion", "lend-and-crash"]) func everyForm(_ name: String) throws {
    let text = try Program.run("run", name)
    #expect(text.status == 0 && text.lastLine.hasPrefix("result: pass scenario=\(name) platform="), "\(text.diagnostics)")
    let json = try Program.run("run", name, "--format", "json")
    #expect(json.status == 0 && json.diagnostics.contains(text.lastLine))
    for line in json.output.split(separator: "\n") { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    #expect(try Program.run("run", name, "--format", "mermaid").output.contains("sequenceDiagram"))
    #expect(try Program.run("run", name, "--format", "html").output.lowercased().hasPrefix("<!doctype html>"))
  }

  @Test(arguments: [
    ("no-scrub", "heap-exhaustion"), ("scrub-after-hand-out", "lend-and-crash"), ("rule-dropped-before-reclaim", "heap-exhaustion"),
    ("cookie-reused", "lend-and-crash"), ("drop-guard:FIREWALL/rule", "gpu-protected-mode"),
  ])
  func aFaultIsCaught(_ fault: String, _ name: String) throws {
    let run = try Program.run("run", name, "--fault", fault)
    #expect(run.status == 1 && run.lastLine.hasPrefix("result: fail ") && run.diagnostics.contains("not as declared"))
  }

  private func write(_ bytes: [UInt8]) throws -> (folder: URL, path: String) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-boards-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("board.dtb")
    try Data(bytes).write(to: file)
    return (folder, file.path)
  }
  private func tree(memory: UInt64) -> [UInt8] {
    typealias Node = TreeBuilder.Node
    let cells: [(String, TreeBuilder.Value)] = [("#address-cells", .cell(2)), ("#size-cells", .cell(2))]
    let secure = Node("film@82000000", [("compatible", .string("linaro,secure-heap")), ("reg", .pairs(0x8200_0000, 0x40_0000)), ("no-map", .empty)])
    let banks = Node("memory@80000000", [("device_type", .string("memory")), ("reg", .pairs(0x8000_0000, memory))])
    return TreeBuilder(
      root: Node("", cells + [("model", .string("A board"))], [banks, Node("reserved-memory", cells + [("ranges", .empty)], [secure])])
    )
    .bytes()
  }

  @Test func theHeapsOfABoard() throws {
    let (folder, path) = try write(tree(memory: 0x1000_0000))
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try Program.run("run", "heap-exhaustion", "--devicetree", path)
    #expect(run.status == 0 && run.lastLine.hasPrefix("result: pass scenario=heap-exhaustion"), "\(run.diagnostics)")
    #expect(run.output.contains("A board, 1 region, 2 heaps") && run.output.contains("film"))
    #expect(try Program.run("run", "heap-exhaustion", "--devicetree", path, "--fault", "no-scrub").status == 1)
    let moved = try Program.run("run", "gpu-memory-move", "--devicetree", path)
    #expect(moved.status == 2 && moved.diagnostics.contains("expected one of secure-video, gpu-protected-mode"))
    #expect(try Program.run("run", "gpu-protected-mode", "--devicetree", path).status == 0)
    let lend = try Program.run("run", "lend-and-crash", "--devicetree", path)
    #expect(lend.status == 2 && lend.diagnostics.contains("no TEE"))
    #expect(try Program.run("run", "private-mmio", "--devicetree", path).status == 2)
    #expect(try Program.run("run", "heap-exhaustion", "--devicetree", path, "--output", path).status == 2)
  }

  @Test func boardsThatAreNone() throws {
    let none = "board.dtb: /memory@80000000, property 'reg': 17592186044416 bytes of memory up to here"
    for (bytes, said) in [(tree(memory: 1 << 44), none), ([1, 2, 3], "board.dtb")] {
      let (folder, path) = try write(bytes)
      defer { try? FileManager.default.removeItem(at: folder) }
      let run = try Program.run("run", "heap-exhaustion", "--devicetree", path)
      #expect(run.status == 2 && run.output.isEmpty && run.diagnostics.contains(said), "\(run.diagnostics)")
    }
    #expect(try Program.run("run", "heap-exhaustion", "--devicetree", "/none").status == 2)
  }

  @Test func filmsThatAreNone() throws {
    let (folder, path) = try write(Array("\0\0\0\u{8}moov".utf8))
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try Program.run("run", "secure-video", "--input", path)
    #expect(run.status == 2 && run.diagnostics.contains("no track\n  in moov"))
    #expect(try Program.run("run", "secure-video").status == 2)
    #expect(try Program.run("run", "heap-exhaustion", "--input", path).status == 2)
  }
}
