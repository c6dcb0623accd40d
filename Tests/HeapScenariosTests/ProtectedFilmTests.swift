import Crypto
import CryptoExtras
import DeviceTrees
import FilmWriting
import Foundation
import HeapScenarios
import Heaps
import Media
import Testing
import TreeBuilding

/// Films that the test encrypts itself, in both schemes and both forms, through the machine and back.
@Suite struct ProtectedFilms {
  static let key: [UInt8] = (0..<16).map { 0x10 + $0 }, identifier = [UInt8](repeating: 0xAB, count: 16)
  static let constant = [UInt8](repeating: 0xC0, count: 16)

  /// A NAL unit of so many bytes, its length before it.
  static func unit(_ count: Int, _ seed: Int) -> [UInt8] {
    [0, 0, UInt8(count >> 8), UInt8(count & 255)] + (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ seed) }
  }

  /// Counter mode of one block in ten; those in between are not counted.
  static func cens(_ clear: [UInt8], _ parts: [(clear: Int, protected: Int)], _ vector: [UInt8]) throws -> [UInt8] {
    var counter = vector + [UInt8](repeating: 0, count: 8), bytes = clear, at = 0
    for part in parts {
      at += part.clear
      for start in stride(from: at, to: at + part.protected - 15, by: 160) {
        var stream = counter
        try AES.permute(&stream, key: SymmetricKey(data: key))
        counter[15] &+= 1
        for index in 0..<16 { bytes[start + index] ^= stream[index] }
      }
      at += part.protected
    }
    return bytes
  }

  /// Counter mode of the protected bytes, one after the other.
  static func cenc(_ clear: [UInt8], _ parts: [(clear: Int, protected: Int)], _ vector: [UInt8], _ key: [UInt8] = key) throws -> [UInt8] {
    var block = vector + [UInt8](repeating: 0, count: 8), stream: [UInt8] = [], bytes = clear, at = 0
    for part in parts {
      at += part.clear
      for index in at..<at + part.protected {
        if stream.isEmpty {
          stream = block
          try AES.permute(&stream, key: SymmetricKey(data: key))
          block[15] &+= 1
        }
        bytes[index] ^= stream.removeFirst()
      }
      at += part.protected
    }
    return bytes
  }

  /// Block chaining of one block in ten, or of all; each part begins anew, unless the chain goes on.
  static func cbcs(
    _ clear: [UInt8], _ parts: [(clear: Int, protected: Int)], _ vector: [UInt8], every: Int, goesOn: Bool = false
  ) throws -> [UInt8] {
    var bytes = clear, at = 0, last = vector
    for part in parts {
      at += part.clear
      if !goesOn { last = vector }
      for start in stride(from: at, to: at + part.protected - 15, by: 16 * every) {
        var block = zip(bytes[start..<start + 16], last).map { $0 ^ $1 }
        try AES.permute(&block, key: SymmetricKey(data: key))
        bytes.replaceSubrange(start..<start + 16, with: block)
        last = block
      }
      at += part.protected
    }
    return bytes
  }

  /// A film, and its clear bytes: of pictures, and of sound.
  static func film(_ scheme: String, constant isConstant: Bool) throws -> (writer: FilmWriter, pictures: [UInt8], sound: [UInt8]) {
    var video = FilmWriter.Track(), sound = FilmWriter.Track()
    let isPattern = scheme.last == "s", isChain = scheme.hasPrefix("cbc")
    func tenc(_ blocks: UInt8) -> [UInt8] {
      [isPattern ? 1 : 0, 0, 0, 0, 0, blocks, 1, isConstant ? 0 : isChain ? 16 : 8] + identifier + (isConstant ? [16] + constant : [])
    }
    func encrypt(_ clear: [UInt8], _ parts: [(clear: Int, protected: Int)], _ vector: [UInt8], whole: Bool) throws -> [UInt8] {
      switch scheme {
      case "cbcs": try cbcs(clear, parts, vector, every: whole ? 1 : 10)
      case "cbc1": try cbcs(clear, parts, vector, every: 1, goesOn: true)
      case "cens": try whole ? cenc(clear, parts, vector) : cens(clear, parts, vector)
      default: try cenc(clear, parts, vector)
      }
    }
    (video.scheme, video.encryption) = (scheme, tenc(isPattern ? 0x19 : 0))
    (sound.scheme, sound.encryption, sound.handler, sound.format) = (scheme, tenc(0), "soun", "mp4a")
    var clear: (pictures: [UInt8], sound: [UInt8]) = ([], [])
    for group in 0..<2 {
      video.samples.append([])
      sound.samples.append([])
      for index in 0..<3 {
        let vector = isConstant ? Self.constant : (0..<(isChain ? 16 : 8)).map { UInt8($0 + 16 * index + group) }
        let picture = unit(300 + 61 * index, group) + unit(9, index), parts = [(clear: 8, protected: 291 + 61 * index), (clear: 5, protected: 13)]
        let noise = (0..<100 + 7 * index).map { UInt8(truncatingIfNeeded: $0 ^ group) }, whole = [(clear: 0, protected: noise.count)]
        let stored = try encrypt(picture, parts, vector, whole: false), heard = try encrypt(noise, whole, vector, whole: true)
        video.samples[group].append(FilmWriter.Sample(stored, vector: isConstant ? [] : vector, parts: parts))
        sound.samples[group].append(FilmWriter.Sample(heard, vector: isConstant ? [] : vector))
        clear.pictures += picture
        clear.sound += noise
      }
    }
    var writer = FilmWriter([video, sound])
    writer.isPIFF = scheme == "piff"
    return (writer, clear.pictures, clear.sound)
  }

  static func digest(_ bytes: [UInt8]) -> String {
    "sha256 " + SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
  }

  @Test(arguments: [("cenc", false), ("cens", false), ("cbc1", false), ("cbcs", false), ("cbcs", true), ("piff", false)]) func comesOutClear(
    _ scheme: String, _ isConstant: Bool
  ) throws {
    let (writer, pictures, sound) = try Self.film(scheme, constant: isConstant)
    for file in [writer.fragmented(), writer.plain()] {
      let key = try #require(ContentKey(identifier: Self.identifier, bytes: Self.key))
      let input = FilmInput(name: "made", film: try Film(file), key: key)
      let run = try HeapRun(try #require(HeapScenario.named("secure-video")), HeapRequest(film: input))
      #expect(run.passed, "\(run.story.mismatches)")
      let notes = Dictionary(run.story.notes.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
      #expect(notes["clear samples"] == Self.digest(pictures) && notes["reference"] == Self.digest(pictures))
      #expect(notes["clear sound"] == Self.digest(sound) && notes["sound reference"] == Self.digest(sound))
    }
  }

  /// Sample groups: the first three samples are as the track says, two more have another key, and the last one is clear. Fragments describe
  /// their group themselves, and all of their samples have it.
  @Test(arguments: [false, true]) func keysChange(_ inFragments: Bool) throws {
    typealias Writer = FilmWriter
    let second: [UInt8] = (0..<16).map { 0x80 + $0 }, other = [UInt8](repeating: 0xCD, count: 16)
    func entry(_ isProtected: UInt8, _ identifier: [UInt8]) -> [UInt8] { [0, 0, isProtected, isProtected * 8] + identifier }
    let describes = Writer.box(
      "sgpd", Writer.be(1 << 24, 4), Array("seig".utf8), Writer.be(20, 4), Writer.be(2, 4), entry(1, other),
      entry(0, [UInt8](repeating: 0, count: 16)))
    let runs: [(UInt64, UInt64)] = inFragments ? [(3, 0x10001)] : [(3, 0), (2, 1), (1, 2)]
    let groups = Writer.box(
      "sbgp", Writer.be(0, 4), Array("seig".utf8), Writer.be(UInt64(runs.count), 4), runs.flatMap { Writer.be($0.0, 4) + Writer.be($0.1, 4) })
    var video = Writer.Track(), clear: [UInt8] = []
    (video.scheme, video.encryption) = ("cenc", [0, 0, 0, 0, 0, 0, 1, 8] + Self.identifier)
    for number in 0..<6 {
      if number % 3 == 0 { video.samples.append([]) }
      let picture = Self.unit(300 + 61 * number, number), parts = [(clear: 8, protected: 296 + 61 * number)],
        vector = (0..<8).map { UInt8($0 + number) }
      let isClear = number == 5 && !inFragments
      let bytes = isClear ? picture : try Self.cenc(picture, parts, vector, inFragments || number >= 3 ? second : Self.key)
      video.samples[number / 3].append(
        Writer.Sample(bytes, vector: isClear ? [] : vector, parts: isClear ? [(clear: picture.count, protected: 0)] : parts))
      clear += picture
    }
    var writer = Writer([video])
    writer.more = describes + groups
    let film = try Film(inFragments ? writer.fragmented() : writer.plain())
    #expect(film.video?.keyIdentifiers == (inFragments ? [other] : [Self.identifier, other]))
    let keys = [try #require(ContentKey(identifier: Self.identifier, bytes: Self.key)), try #require(ContentKey(identifier: other, bytes: second))]
    let scenario = try #require(HeapScenario.named("secure-video"))
    let run = try HeapRun(scenario, HeapRequest(film: FilmInput(name: "made", film: film, key: keys[0], otherKeys: [keys[1]])))
    #expect(run.passed, "\(run.story.mismatches)")
    #expect(run.story.notes.contains { $0.name == "clear samples" && $0.value == Self.digest(clear) })
    let without = try HeapRun(scenario, HeapRequest(film: FilmInput(name: "made", film: film, key: keys[0])))
    #expect(!without.passed && without.story.steps.isEmpty && without.story.mismatches.contains { $0.contains("cdcdcd") })
  }

  @Test func aWrongKeyGivesOtherBytes() throws {
    let key = try #require(ContentKey(identifier: Self.identifier, bytes: Self.identifier))
    let (writer, pictures, sound) = try Self.film("cbcs", constant: true)
    let input = FilmInput(name: "made", film: try Film(writer.fragmented()), key: key)
    let run = try HeapRun(try #require(HeapScenario.named("secure-video")), HeapRequest(film: input))
    let notes = Dictionary(run.story.notes.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    #expect(notes["clear samples"] != nil && notes["clear samples"] != Self.digest(pictures) && notes["clear sound"] != Self.digest(sound))
  }

  /// A decoder is not given what it cannot be meant for.
  @Test func picturesThatAreNotH264AreNotDecoded() throws {
    var writer = try Self.film("cenc", constant: false).writer
    writer.tracks[0].format = "hvc1"
    let key = try #require(ContentKey(identifier: Self.identifier, bytes: Self.key))
    let input = FilmInput(name: "made", film: try Film(writer.plain()), key: key), scenario = try #require(HeapScenario.named("secure-video"))
    #expect(try HeapRun(scenario, HeapRequest(film: input)).passed)
    let run = try HeapRun(scenario, HeapRequest(film: input, decoder: SecureVideo.Painter()))
    #expect(run.story.steps.isEmpty && run.story.mismatches.contains { $0.contains("'hvc1'") })
  }

  @Test func soundWithoutAKeyIsLeftAsItIs() throws {
    var writer = try Self.film("cenc", constant: false).writer
    writer.tracks[1].encryption.replaceSubrange(8..<24, with: [UInt8](repeating: 0xEE, count: 16))
    let key = try #require(ContentKey(identifier: Self.identifier, bytes: Self.key))
    let run = try HeapRun(
      try #require(HeapScenario.named("secure-video")), HeapRequest(film: FilmInput(name: "made", film: try Film(writer.fragmented()), key: key)))
    #expect(run.passed && run.story.notes.contains { $0.name == "sound" && $0.value.contains("eeee") })
  }

  /// The same film on boards: from their own carve-out, from what their TEE lends, and not at all.
  @Test(arguments: ["secure-heap", "iommu", "tee", "row", "neither"]) func onABoard(_ kind: String) throws {
    typealias Node = TreeBuilder.Node
    let cells: [(String, TreeBuilder.Value)] = [("#address-cells", .cell(2)), ("#size-cells", .cell(2))]
    let memory = Node("memory@80000000", [("device_type", .string("memory")), ("reg", .pairs(0x8000_0000, 0x1000_0000))])
    let secure = Node("film@82000000", [("compatible", .string("linaro,secure-heap")), ("reg", .pairs(0x8200_0000, 0x40_0000)), ("no-map", .empty)])
    let pool = Node("pool@84000000", [("compatible", .string("shared-dma-pool")), ("reg", .pairs(0x8400_0000, 0x200_0000)), ("reusable", .empty)])
    let tee = Node("firmware", [], [Node("optee", [("compatible", .string("linaro,optee-tz"))])])
    let reserved = Node(
      "reserved-memory", cells + [("ranges", .empty)], ["secure-heap", "iommu"].contains(kind) ? [secure] : kind == "row" ? [] : [pool])
    // All of a film's way behind an IOMMU: keys and clear bytes take the same way, through tables.
    let iommu = Node("iommu@1", [("compatible", .string("arm,mmu-500")), ("#iommu-cells", .cell(1)), ("phandle", .cell(9))])
    let devices = ["crypto@2", "vpu@3", "lcdif@4", "gpu@5"].map {
      Node($0, [("compatible", .string("maker,x")), ("reg", .pairs(0, 1)), ("iommus", .cells([9, 1]))])
    }
    let more = ["tee", "row"].contains(kind) ? [tee] : kind == "iommu" ? [iommu] + devices : []
    let tree = TreeBuilder(root: Node("", cells, [memory, reserved] + more))
    let board = BoardMemory(try DeviceTree(tree.bytes()))
    let (writer, pictures, _) = try Self.film("cbcs", constant: true)
    let key = try #require(ContentKey(identifier: Self.identifier, bytes: Self.key)), film = try Film(writer.fragmented())
    let run = try HeapRun(
      try #require(HeapScenario.named("secure-video")), HeapRequest(film: FilmInput(name: "made", film: film, key: key), board: board))
    guard kind != "neither" else {
      #expect(!run.passed && run.story.steps.isEmpty)
      return
    }
    #expect(run.passed, "\(run.story.mismatches)")
    let notes = Dictionary(run.story.notes.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    #expect(notes["clear samples"] == Self.digest(pictures))
    if kind == "iommu" { #expect(["crypto", "codec", "display"].allSatisfy { notes[$0]?.hasSuffix("behind an IOMMU") == true }, "\(notes)") }
    #expect(notes["heap"] == (["tee", "row"].contains(kind) ? "protected,secure-video, lent by SMC" : "film, carve-out"))
  }
}
