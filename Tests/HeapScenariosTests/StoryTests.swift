import DeviceTrees
import Foundation
import HeapModels
import HeapScenarios
import Heaps
import Media
import Restriction
import Testing
import TreeBuilding

/// The film that lies beside the project, with the key that its README has.
enum TestFilm {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data").standardizedFileURL
  static let input: FilmInput? = {
    guard let bytes = try? Array(Data(contentsOf: folder.appending(path: "media/cenc_h264_aac.mp4"))), let film = try? Film(bytes),
      let text = try? String(contentsOf: folder.appending(path: "README.md"), encoding: .utf8),
      let identifier = film.video?.protection?.keyIdentifier, let key = ContentKey.find(identifier, in: text)
    else { return nil }
    return FilmInput(name: "film", film: film, key: key)
  }()
}

@Suite struct Stories {
  @Test(arguments: HeapScenario.all.map(\.name).filter { $0 != "secure-video" }) func everyStoryEndsAsDeclared(_ name: String) throws {
    let scenario = try #require(HeapScenario.named(name))
    let run = try HeapRun(scenario, HeapRequest())
    #expect(run.passed, "\(run.story.mismatches)")
    #expect(run.line.hasPrefix("result: pass scenario=\(name) platform=\(scenario.platform) steps="))
    let again = try HeapRun(scenario, HeapRequest())
    #expect(again.story.steps == run.story.steps)
  }

  /// Which stories have to notice which mistake.
  static let seen: [(HeapFault, String)] = [
    (.noScrub, "heap-exhaustion"), (.noScrub, "lend-and-crash"), (.scrubAfterHandOut, "heap-exhaustion"), (.scrubAfterHandOut, "lend-and-crash"),
    (.ruleDroppedBeforeReclaim, "heap-exhaustion"), (.ruleDroppedBeforeReclaim, "lend-and-crash"), (.cookieReused, "lend-and-crash"),
  ]
  @Test(arguments: seen) func everyFaultIsSeenInBytes(_ fault: HeapFault, _ name: String) throws {
    let run = try HeapRun(try #require(HeapScenario.named(name)), HeapRequest(faults: [fault]))
    #expect(!run.passed)
  }

  @Test func withoutAFilmThereIsNoStory() throws {
    let run = try HeapRun(try #require(HeapScenario.named("secure-video")), HeapRequest())
    #expect(run.story.steps.isEmpty && !run.passed, "what did not happen has not passed")
  }
}

/// The heaps of real boards, each to its end and back.
@Suite struct BoardStories {
  static let folder = TestFilm.folder.appending(path: "devicetree")
  static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".dtb") }.sorted()

  @Test(arguments: files) func everyHeapOfARealBoard(_ file: String) throws {
    let board = BoardMemory(try DeviceTree(Array(try Data(contentsOf: Self.folder.appending(path: file)))))
    let run = try HeapRun(try #require(HeapScenario.named("heap-exhaustion")), HeapRequest(board: board))
    #expect(run.passed, "\(run.story.mismatches)")
    #expect(Set(run.story.steps.map(\.phase)).isSuperset(of: board.heaps.map(\.name)))
  }

  @Test func secureHeapsToo() throws {
    typealias Node = TreeBuilder.Node
    let cells: [(String, TreeBuilder.Value)] = [("#address-cells", .cell(2)), ("#size-cells", .cell(2))]
    func secure(_ name: String, _ start: UInt64) -> Node {
      Node(name, [("compatible", .string("linaro,secure-heap")), ("reg", .pairs(start, 0x40_0000)), ("no-map", .empty)])
    }
    let video = Node("video@82000000", [("compatible", .string("shared-dma-pool")), ("reg", .pairs(0x8200_0000, 0x100_0000)), ("reusable", .empty)])
    let memory = Node("memory@80000000", [("device_type", .string("memory")), ("reg", .pairs(0x8000_0000, 0x1000_0000))])
    let reserved = Node(
      "reserved-memory", cells + [("ranges", .empty)], [video, secure("film@84000000", 0x8400_0000), secure("cards@85000000", 0x8500_0000)])
    let tee = Node("firmware", [], [Node("optee", [("compatible", .string("linaro,optee-tz"))])])
    let board = BoardMemory(try DeviceTree(TreeBuilder(root: Node("", cells, [memory, reserved, tee])).bytes()))
    let scenario = try #require(HeapScenario.named("heap-exhaustion"))
    let run = try HeapRun(scenario, HeapRequest(board: board))
    #expect(run.passed, "\(run.story.mismatches)")
    #expect(Set(run.story.steps.map(\.phase)) == ["the board", "the TEE", "system", "video@82000000", "film", "cards"])
    #expect(try HeapRun(scenario, HeapRequest(board: board)).story.steps == run.story.steps)
    for fault in [HeapFault.noScrub, .scrubAfterHandOut, .dropped(.accessRule)] {
      #expect(try !HeapRun(scenario, HeapRequest(faults: [fault], board: board)).passed, "\(fault)")
    }
  }
}

/// Boards that the tests make themselves, and the stories on them.
@Suite struct StoriesOnBoards {
  typealias Node = TreeBuilder.Node

  static func board(_ regions: [Node] = [], memory: (UInt64, UInt64) = (0x8000_0000, 0x1000_0000), tee: Bool, _ devices: [Node] = []) throws
    -> BoardMemory
  {
    let cells: [(String, TreeBuilder.Value)] = [("#address-cells", .cell(2)), ("#size-cells", .cell(2))]
    let bank = Node("memory@0", [("device_type", .string("memory")), ("reg", .pairs(memory.0, memory.1))])
    let firmware = tee ? [Node("firmware", [], [Node("optee", [("compatible", .string("linaro,optee-tz"))])])] : []
    let root = Node("", cells, [bank, Node("reserved-memory", cells + [("ranges", .empty)], regions)] + firmware + devices)
    return BoardMemory(try DeviceTree(TreeBuilder(root: root).bytes()))
  }
  static func region(_ name: String, _ compatible: String, _ start: UInt64, _ size: UInt64, _ flag: String) -> Node {
    Node(name, [("compatible", .string(compatible)), ("reg", .pairs(start, size)), (flag, .empty)])
  }
  static let behindAnIOMMU: [Node] =
    [Node("iommu@1", [("compatible", .string("arm,mmu-500")), ("#iommu-cells", .cell(1)), ("phandle", .cell(9))])]
    + ["vpu@3", "lcdif@4", "gpu@5"].map {
      Node($0, [("compatible", .string("maker,x")), ("reg", .pairs(0, 1)), ("iommus", .cells([9, 1]))])
    }

  /// 4 TiB: half of it a secure heap, a quarter contiguous, and a page set aside at an odd place.
  @Test func aHugeBoardToItsEndAndBack() throws {
    let board = try Self.board(
      [
        Self.region("odd@101000", "x", 0x10_1000, 0x1000, "no-map"),
        Self.region("film@10000000000", "linaro,secure-heap", 1 << 40, 2 << 40, "no-map"),
        Self.region("pool@30000000000", "shared-dma-pool", 3 << 40, 1 << 40, "reusable"),
      ], memory: (0, 4 << 40), tee: true, Self.behindAnIOMMU)
    let run = try HeapRun(try #require(HeapScenario.named("heap-exhaustion")), HeapRequest(board: board))
    #expect(run.passed, "\(run.story.mismatches)")
    #expect(run.story.steps.contains { $0.remarks.contains { $0.hasPrefix("\(1 << 29) pages in ") } }, "all of the secure heap")
    #expect(try !HeapRun(try #require(HeapScenario.named("heap-exhaustion")), HeapRequest(faults: [.noScrub], board: board)).passed)
  }

  @Test(arguments: ["lend-and-crash", "gpu-protected-mode"], [false, true]) func onABoardWithATEE(_ name: String, _ translated: Bool) throws {
    let scenario = try #require(HeapScenario.named(name))
    for regions in [[], [Self.region("pool@84000000", "shared-dma-pool", 0x8400_0000, 0x100_0000, "reusable")]] {
      let board = try Self.board(regions, tee: true, translated ? Self.behindAnIOMMU : [])
      let run = try HeapRun(scenario, HeapRequest(board: board))
      #expect(run.passed && run.machine.hasPrefix("a board"), "\(run.story.mismatches)")
      #expect(run.story.notes.contains { $0.name == "codec" && $0.value.hasSuffix(translated ? "behind an IOMMU" : "physical addresses") })
      #expect(try HeapRun(scenario, HeapRequest(board: board)).story.steps == run.story.steps)
      let fault: HeapFault = name == "lend-and-crash" ? .noScrub : .dropped(.accessRule)
      #expect(try !HeapRun(scenario, HeapRequest(faults: [fault], board: board)).passed)
    }
  }

  /// Where the tree's region is too small for a loan the system lends a row, and says so.
  @Test(arguments: ["heap-exhaustion", "lend-and-crash", "gpu-protected-mode"]) func whereTheRegionIsTooSmall(_ name: String) throws {
    let board = try Self.board([Self.region("pool@84000000", "shared-dma-pool", 0x8400_0000, 0x8000, "reusable")], tee: true)
    let run = try HeapRun(try #require(HeapScenario.named(name)), HeapRequest(board: board))
    #expect(run.passed, "\(run.story.mismatches)")
    #expect(name != "heap-exhaustion" || run.story.notes.contains { $0.value.contains("a row of 32 MiB") })
  }

  /// A carve-out is there before any driver, so nobody waits for it; nothing is lent without a TEE, and memory may be too small.
  @Test func onABoardWithoutATEE() throws {
    let gpu = try #require(HeapScenario.named("gpu-protected-mode")), lend = try #require(HeapScenario.named("lend-and-crash"))
    let carved = try Self.board([Self.region("film@82000000", "linaro,secure-heap", 0x8200_0000, 0x40_0000, "no-map")], tee: false)
    let run = try HeapRun(gpu, HeapRequest(board: carved))
    #expect(run.passed && run.story.notes.contains { $0.name == "probe" }, "\(run.story.mismatches)")
    let bare = try Self.board(tee: false), small = try Self.board(memory: (0x8000_0000, 0x80_0000), tee: true)
    let narrow = try Self.board([Self.region("film@82000000", "linaro,secure-heap", 0x8200_0000, 0x3_F000, "no-map")], tee: true)
    for (scenario, board) in [(gpu, bare), (lend, bare), (lend, carved), (lend, small), (gpu, narrow)] {
      let none = try HeapRun(scenario, HeapRequest(board: board))
      #expect(!none.passed && none.story.steps.isEmpty && none.story.mismatches.count == 1, "\(none.story.mismatches)")
    }
  }

  @Test(arguments: BoardStories.files, ["lend-and-crash", "gpu-protected-mode"]) func onARealBoard(_ file: String, _ name: String) throws {
    let board = BoardMemory(try DeviceTree(Array(try Data(contentsOf: BoardStories.folder.appending(path: file)))))
    let run = try HeapRun(try #require(HeapScenario.named(name)), HeapRequest(board: board))
    #expect(board.hasSecureWorld ? run.passed : run.story.steps.isEmpty, "\(run.story.mismatches)")
  }
}

@Suite(.enabled(if: TestFilm.input != nil)) struct SecureVideo {
  @Test func everySampleIsThatOfTheClearStream() throws {
    let run = try HeapRun(try #require(HeapScenario.named("secure-video")), HeapRequest(film: TestFilm.input))
    #expect(run.passed, "\(run.story.mismatches)")
    let notes = Dictionary(run.story.notes.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    // By openssl enc -aes-128-ctr over the protected bytes of all samples.
    #expect(notes["clear samples"] == "sha256 dadbed5bdd0a4c8a7ef78830b94a4eb4a8c9b2b7b7282fdf17ba4e747d5f8db0")
    #expect(notes["reference"] == notes["clear samples"])
    #expect(notes["clear sound"] == "sha256 ffd3d8abc1435d70c555068ee229ca553dd10e24b763f3441b02d82341da7a26")
    #expect(notes["sound reference"] == notes["clear sound"])
  }

  @Test func aWrongKeyGivesNoUnits() throws {
    let input = try #require(TestFilm.input)
    let identifier = try #require(input.film.video?.protection?.keyIdentifier)
    let wrong = try #require(ContentKey(identifier: identifier, bytes: Array(repeating: 7, count: 16)))
    let run = try HeapRun(try #require(HeapScenario.named("secure-video")), HeapRequest(film: FilmInput(name: "film", film: input.film, key: wrong)))
    // The parts that are clear are right by themselves; the lengths behind them are not always among these.
    let shown = run.story.notes.first { $0.name == "clear samples" }?.value
    #expect(shown != "sha256 dadbed5bdd0a4c8a7ef78830b94a4eb4a8c9b2b7b7282fdf17ba4e747d5f8db0")
  }

  /// A decoder that gives frames of one colour: enough for the way of a frame through the machine, and not for its content.
  struct Painter: FrameDecoder {
    let name = "painter"
    func decode(configuration: [UInt8], samples: [[UInt8]], frame: (DecodedFrame) throws -> Void) throws {
      for (index, sample) in samples.enumerated() where !sample.isEmpty && index < 5 {
        try frame(DecodedFrame(width: 640, height: 360, bytes: Array(repeating: UInt8(index + 1), count: 345_600)))
      }
    }
  }
  @Test func framesAreRestrictedAndComparedWithTheList() throws {
    var input = try #require(TestFilm.input)
    let scenario = try #require(HeapScenario.named("secure-video"))
    let run = try HeapRun(scenario, HeapRequest(film: input, decoder: Painter()))
    #expect(run.passed, "\(run.story.mismatches)")
    input = FilmInput(name: "film", film: input.film, key: input.key, frameDigests: Array(repeating: "0", count: 5))
    #expect(try !HeapRun(scenario, HeapRequest(film: input, decoder: Painter())).passed)
  }

  @Test func listsOfFrames() {
    #expect(FilmInput.digests("#tb 0\n0,  0,  0, 1, 345600, ABcd\n1, 0, 0, 1, 3, ffff\n\n0, 1, 1\n") == ["abcd"])
    let identifier = [UInt8](repeating: 0xAB, count: 16),
      text = "key " + String(repeating: "cd", count: 16) + " of " + String(repeating: "ab", count: 16)
    #expect(ContentKey.find(identifier, in: "x\n" + text) != nil && ContentKey.find(identifier, in: "x") == nil)
    #expect(ContentKey.find([UInt8](repeating: 1, count: 16), in: text) == nil)
  }
}
