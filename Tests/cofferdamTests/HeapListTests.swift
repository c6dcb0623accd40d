import Foundation
import Testing
import TreeBuilding

/// `heap list`: forms, exit statuses, and what is said of trees that are none.
@Suite struct HeapListTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("heaps-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func write(_ bytes: [UInt8]) throws -> String {
    let file = folder.appendingPathComponent("board.dtb")
    try Data(bytes).write(to: file)
    return file.path
  }

  private func tree(videoAt start: UInt64 = 0x8200_0000, _ more: [TreeBuilder.Node] = [], devices: [TreeBuilder.Node] = []) -> [UInt8] {
    typealias Node = TreeBuilder.Node
    let cells: [(String, TreeBuilder.Value)] = [("#address-cells", .cell(2)), ("#size-cells", .cell(2))]
    let video = Node(
      "video@82000000", [("compatible", .string("shared-dma-pool")), ("reg", .pairs(start, 0x100_0000)), ("reusable", .empty), ("phandle", .cell(1))])
    let root = Node(
      "", cells + [("model", .string("A <board> of \"mine\""))],
      [
        Node("memory@80000000", [("device_type", .string("memory")), ("reg", .pairs(0x8000_0000, 0x4000_0000))]),
        Node("reserved-memory", cells + [("ranges", .empty)], [video] + more),
        Node("a-very-long-name-of-a-bus@10000000", [], [Node("and-of-a-controller-of-video@12345678", [("memory-region", .cell(1))])]),
      ] + devices)
    return TreeBuilder(root: root).bytes()
  }

  @Test func text() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try Program.run("heap", "list", "--devicetree", try write(tree()))
    #expect(run.status == 0, "\(run.diagnostics)")
    #expect(run.lastLine == "result: pass banks=1 memory=1073741824 regions=1 heaps=2 conflicts=0 remarks=0")
    #expect(run.output.contains("video@82000000  0x8200_0000  16 MiB    contiguous") && run.output.contains("1008 MiB are not reserved"))
    #expect(run.output.contains("…/and-of-a-controller-of-video@12345678"))
    for line in run.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  @Test func jsonAndPage() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = try write(tree())
    let json = try Program.run("heap", "list", "--devicetree", file, "--format", "json")
    #expect(json.status == 0 && json.diagnostics.hasPrefix("result: pass "))
    let names = try json.output.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]).keys.sorted().joined()
    }
    #expect(names == ["header", "bank", "region", "heap", "heap", "result"])
    #expect(json.output.contains(#""start":"0x82000000""#) && json.output.contains(#""heap":"video@82000000""#))
    #expect(try Program.run("heap", "list", "--devicetree", file, "--format", "json").output == json.output)
    let page = try Program.run("heap", "list", "--devicetree", file, "--format", "html")
    #expect(page.status == 0 && page.output.lowercased().hasPrefix("<!doctype html>") && page.output.contains("A &lt;board&gt;"))
    #expect(try Program.run("heap", "list", "--devicetree", file, "--format", "mermaid").status == 2)
  }

  /// A board of which no machine can be made is listed, with a remark in every form.
  @Test func whatNoMachineHasIsRemarked() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    typealias Node = TreeBuilder.Node
    let all = Node("all@80000000", [("reg", .pairs(0x8000_0000, 0x4000_0000)), ("no-map", .empty)])
    let file = try write(tree(videoAt: 0xF000_0000, [all]))
    for format in ["text", "json", "html"] {
      let run = try Program.run("heap", "list", "--devicetree", file, "--format", format)
      #expect(run.output.contains("the regions leave nothing") && run.output.contains("/reserved-memory/all@80000000"), "\(run.output)")
      #expect(format != "json" || run.output.contains(#""severity":"remark","code":"no-machine""#))
    }
  }

  /// Who reaches buffers, how, and to whom firmware left memory.
  @Test func masters() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    typealias Node = TreeBuilder.Node
    func device(_ name: String, _ compatible: String, _ more: [(String, TreeBuilder.Value)]) -> Node {
      Node(name, [("compatible", .string(compatible)), ("reg", .pairs(0, 1))] + more)
    }
    let code = Node("code@90000000", [("reg", .pairs(0x9000_0000, 0x1000)), ("no-map", .empty), ("phandle", .cell(7))])
    let file = try write(
      tree(
        [code],
        devices: [
          device("iommu@1", "maker,iommu", [("#iommu-cells", .cell(1)), ("phandle", .cell(8))]),
          device("gpu@2", "maker,x", [("iommus", .cells([8, 1]))]),
          device("dsp@3", "maker,dsp", [("memory-region", .cell(7))]),
        ]))
    let text = try Program.run("heap", "list", "--devicetree", file)
    #expect(
      text.status == 0 && text.output.contains("gpu    its IOMMU's  /gpu@2") && text.output.contains("other  physical     /dsp@3"), "\(text.output)")
    let json = try Program.run("heap", "list", "--devicetree", file, "--format", "json")
    #expect(json.output.contains(#"{"master":{"role":"gpu","node":"/gpu@2","iommu":true}}"#))
    #expect(json.output.contains(#"{"master":{"role":"other","node":"/dsp@3","iommu":false}}"#) && json.output.contains(#""owners":["/dsp@3"]"#))
    let page = try Program.run("heap", "list", "--devicetree", file, "--format", "html")
    #expect(page.status == 0 && page.output.contains("/gpu@2"))
  }

  /// The name is what somebody opens: it is not cut for a table's sake.
  @Test func namesAreWhole() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let pool = TreeBuilder.Node(
      "memory@84000000", [("compatible", .string("shared-dma-pool")), ("reg", .pairs(0x8400_0000, 0x100_0000)), ("reusable", .empty)])
    let run = try Program.run("heap", "list", "--devicetree", try write(tree([pool])))
    #expect(run.status == 0 && run.output.contains("\nmemory@84000000-contiguous  0x8400_0000  16 MiB"), "\(run.output)")
    for line in run.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  @Test func aConflictIsSaidAndIsTwo() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try Program.run("heap", "list", "--devicetree", try write(tree(videoAt: 0x4200_0000)))
    #expect(run.status == 2 && run.lastLine.hasPrefix("result: fail ") && run.lastLine.contains(" conflicts=1 "))
    #expect(run.output.contains("/reserved-memory/video@82000000, property 'reg'"))
  }

  @Test func whatIsNoTree() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let whole = tree()
    for (bytes, said) in [(Array(whole.dropLast()), "board.dtb: byte 0x"), ([], "cut"), (Array("/dts-v1/;".utf8), "not a compiled device tree")]
      as [([UInt8], String)]
    {
      let run = try Program.run("heap", "list", "--devicetree", try write(bytes))
      #expect(run.status == 2 && run.output.isEmpty)
      #expect(run.diagnostics.contains(said) || said == "cut" && run.diagnostics.contains("ends before"), "\(run.diagnostics)")
    }
    #expect(try Program.run("heap", "list", "--devicetree", folder.path).status == 2)
    #expect(try Program.run("heap", "list", "--devicetree", folder.path + "/none").diagnostics.contains("no such file"))
    #expect(try Program.run("heap", "list").status == 2)
  }
}
