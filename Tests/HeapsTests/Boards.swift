import Heaps
import DeviceTrees
import Foundation
import Primitives
import Testing

/// Real boards, where they are at hand.
enum Boards {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data/devicetree").standardizedFileURL
  static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".dtb") }.sorted()

  static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: name))) }
  static func read(_ name: String) throws -> BoardMemory { BoardMemory(try DeviceTree(try bytes(name))) }
}

@Suite struct RealBoards {
  @Test(arguments: Boards.files) func everyBoardIsRead(file: String) throws {
    let board = try Boards.read(file)
    #expect(board.conflicts == 0, "\(board.problems)")
    #expect(!board.model.isEmpty && board.heaps.first?.name == "system")
    #expect(board.map.allSatisfy { $0.range.length > 0 })
    // Whoever overlaps is a conflict, and there is none: the rows follow one another.
    for (one, next) in zip(board.map, board.map.dropFirst()) { #expect(one.range.end <= next.range.start) }
  }

  /// Against what `dtc -O dts` says of the same file.
  @Test(.enabled(if: Boards.files.contains("qcom_sdm845-db845c.dtb"))) func manyCarveOutsAndAHeap() throws {
    let board = try Boards.read("qcom_sdm845-db845c.dtb")
    #expect(board.model == "Thundercomm Dragonboard 845c" && board.compatible == ["thundercomm,db845c", "qcom,sdm845"])
    #expect(board.banks.isEmpty && board.problems.map(\.code) == [.noMemory, .noMemory])
    #expect(board.regions.count == 23 && board.regions.count(where: { $0.kind == .carveOut }) == 22)
    let adsp = try #require(board.regions.first { $0.name == "adsp@8c500000" })
    #expect(adsp.range == AddressRange(start: HostPhysicalAddress(0x8C50_0000), length: 0x1A0_0000))
    #expect(adsp.flags == ["no-map"] && adsp.users == ["/remoteproc-adsp"])
    let commands = try #require(board.regions.first { $0.name == "aop-cmd-db-mem@85fe0000" })
    #expect(commands.compatible == ["qcom,cmd-db"] && commands.size == 0x2_0000)
    #expect(board.heaps.map(\.name) == ["system", "fastrpc"] && board.heaps[1].kind == .contiguous)
    guard case .dynamic(let size, let alignment, let within) = board.regions[22].placement else {
      Issue.record("fastrpc has no place of its own")
      return
    }
    #expect((size, alignment) == (0x100_0000, 0x40_0000) && within.map(\.length) == [0xFFFF_FFFF])
  }

  /// Against what `dtc -O dts` says of the same file.
  @Test(.enabled(if: Boards.files.contains("ti_k3-j721e-sk.dtb"))) func poolsOfOtherProcessors() throws {
    let board = try Boards.read("ti_k3-j721e-sk.dtb")
    #expect(board.hasSecureWorld && board.problems.isEmpty)
    #expect(board.banks.map(\.start.rawValue) == [0x8000_0000, 0x8_8000_0000] && board.size == 4 << 30)
    #expect(board.regions.count == 20 && board.regions.count(where: { $0.kind == .coherentPool }) == 18)
    #expect(board.regions[0].name == "optee@9e800000" && board.regions[0].kind == .carveOut && board.regions[0].size == 0x180_0000)
    #expect(board.regions[1].users.count == 1 && board.heaps.map(\.name) == ["system"])
  }

  @Test(.enabled(if: Boards.files.contains("arm_fvp-base-revc.dtb"))) func memoryOfItsOwn() throws {
    let board = try Boards.read("arm_fvp-base-revc.dtb")
    #expect(board.regions.map(\.kind) == [.coherentPool, .reservation])
    #expect(board.problems.map(\.code) == [.outsideMemory] && board.problems[0].severity == .remark)
    #expect(board.freeSize == 0x7C00_0000 + 0x8000_0000 - 0x1_0000)
  }
}

/// Real boards, damaged: whatever is left of them is read, and nothing harms the process.
@Suite struct DamagedBoards {
  @Test(arguments: Boards.files, [1, 2] as [UInt64]) func damaged(file: String, seed: UInt64) throws {
    var random = SeededRandom(seed: seed), read = 0
    let original = try Boards.bytes(file)
    // Names and values of what this is about, where damage tells.
    let places = ["memory", "reserved-memory", "reg", "shared-dma-pool"].flatMap { Self.occurrences(of: $0, in: original) }
    for _ in 0..<40 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let near = (places.randomElement(using: &random) ?? 0) + Int.random(in: -40...60, using: &random)
        let at = Bool.random(using: &random) ? near : Int.random(in: 0..<bytes.count, using: &random)
        guard bytes.indices.contains(at) else { continue }
        bytes[at] = [0, 1, 2, 9, 0xFF, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random) ?? 0
      }
      guard let tree = try? DeviceTree(bytes) else { continue }
      let board = BoardMemory(tree)
      #expect(!board.heaps.isEmpty && board.map.allSatisfy { $0.range.length > 0 })
      read += 1
    }
    #expect(read > 0)
  }

  private static func occurrences(of word: String, in bytes: [UInt8]) -> [Int] {
    let word = Array(word.utf8)
    return bytes.indices.dropLast(word.count).filter { bytes[$0] == word[0] && bytes[$0..<$0 + word.count].elementsEqual(word) }
  }
}
