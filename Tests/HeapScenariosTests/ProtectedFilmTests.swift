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

  /// Counter mode of the protected bytes, one after the other.
  static func cenc(_ clear: [UInt8], _ parts: [(clear: Int, protected: Int)], _ vector: [UInt8]) throws -> [UInt8] {
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

  /// Block chaining of one block in ten; each part begins anew.
  static func cbcs(_ clear: [UInt8], _ parts: [(clear: Int, protected: Int)], _ vector: [UInt8], every: Int) throws -> [UInt8] {
    var bytes = clear, at = 0
    for part in parts {
      at += part.clear
      var last = vector
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
    let isPattern = scheme == "cbcs"
    func tenc(_ blocks: UInt8) -> [UInt8] {
      [isPattern ? 1 : 0, 0, 0, 0, 0, blocks, 1, isConstant ? 0 : isPattern ? 16 : 8] + identifier + (isConstant ? [16] + constant : [])
    }
    (video.scheme, video.encryption) = (scheme, tenc(isPattern ? 0x19 : 0))
    (sound.scheme, sound.encryption, sound.handler, sound.format) = (scheme, tenc(0), "soun", "mp4a")
    var clear: (pictures: [UInt8], sound: [UInt8]) = ([], [])
    for group in 0..<2 {
      video.samples.append([])
      sound.samples.append([])
      for index in 0..<3 {
        let vector = isConstant ? Self.constant : (0..<(isPattern ? 16 : 8)).map { UInt8($0 + 16 * index + group) }
        let picture = unit(300 + 61 * index, group) + unit(9, index), parts = [(clear: 8, protected: 291 + 61 * index), (clear: 5, protected: 13)]
        let noise = (0..<100 + 7 * index).map { UInt8(truncatingIfNeeded: $0 ^ group) }, whole = [(clear: 0, protected: noise.count)]
        let stored = isPattern ? try cbcs(picture, parts, vector, every: 10) : try cenc(picture, parts, vector)
        let heard = isPattern ? try cbcs(noise, whole, vector, every: 1) : try cenc(noise, whole, vector)
        video.samples[group].append(FilmWriter.Sample(stored, vector: isConstant ? [] : vector, parts: parts))
        sound.samples[group].append(FilmWriter.Sample(heard, vector: isConstant ? [] : vector))
        clear.pictures += picture
        clear.sound += noise
      }
    }
    return (FilmWriter([video, sound]), clear.pictures, clear.sound)
  }

  static func digest(_ bytes: [UInt8]) -> String {
    "sha256 " + SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
  }

  @Test(arguments: [("cenc", false), ("cbcs", false), ("cbcs", true)]) func comesOutClear(_ scheme: String, _ isConstant: Bool) throws {
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

  @Test func aWrongKeyGivesOtherBytes() throws {
    let key = try #require(ContentKey(identifier: Self.identifier, bytes: Self.identifier))
    let (writer, pictures, sound) = try Self.film("cbcs", constant: true)
    let input = FilmInput(name: "made", film: try Film(writer.fragmented()), key: key)
    let run = try HeapRun(try #require(HeapScenario.named("secure-video")), HeapRequest(film: input))
    let notes = Dictionary(run.story.notes.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    #expect(notes["clear samples"] != nil && notes["clear samples"] != Self.digest(pictures) && notes["clear sound"] != Self.digest(sound))
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
  @Test(arguments: ["secure-heap", "tee", "neither"]) func onABoard(_ kind: String) throws {
    typealias Node = TreeBuilder.Node
    let cells: [(String, TreeBuilder.Value)] = [("#address-cells", .cell(2)), ("#size-cells", .cell(2))]
    let memory = Node("memory@80000000", [("device_type", .string("memory")), ("reg", .pairs(0x8000_0000, 0x1000_0000))])
    let secure = Node("film@82000000", [("compatible", .string("linaro,secure-heap")), ("reg", .pairs(0x8200_0000, 0x40_0000)), ("no-map", .empty)])
    let pool = Node("pool@84000000", [("compatible", .string("shared-dma-pool")), ("reg", .pairs(0x8400_0000, 0x200_0000)), ("reusable", .empty)])
    let tee = Node("firmware", [], [Node("optee", [("compatible", .string("linaro,optee-tz"))])])
    let reserved = Node("reserved-memory", cells + [("ranges", .empty)], kind == "secure-heap" ? [secure] : [pool])
    let tree = TreeBuilder(root: Node("", cells, [memory, reserved] + (kind == "tee" ? [tee] : [])))
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
    #expect(notes["heap"] == (kind == "tee" ? "protected,secure-video, lent by SMC" : "film, carve-out"))
  }
}
