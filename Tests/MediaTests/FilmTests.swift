import Foundation
import Media
import Primitives
import Testing

/// A real file, where it is at hand.
enum Films {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data/media").standardizedFileURL
  static let file = try? Array(Data(contentsOf: folder.appending(path: "cenc_h264_aac.mp4")))
}

@Suite struct RealFilm {
  @Test(.enabled(if: Films.file != nil)) func tablesAreRead() throws {
    let film = try Film(try #require(Films.file))
    #expect(film.tracks.map(\.handler) == ["vide", "soun"] && film.tracks.map(\.format) == ["avc1", "mp4a"])
    let video = try #require(film.video)
    #expect((video.width, video.height) == (640, 360) && video.timescale == 12_800 && video.samples.count == 100)
    #expect(video.protection?.scheme == "cenc" && video.protection?.vectorSize == 8)
    #expect(video.protection?.keyIdentifier.map { String($0, radix: 16) }.joined().hasPrefix("a7e61c373e219033") == true)
    let first = video.samples[0]
    #expect(first.bytes == 48..<48 + 0x22E1 || first.bytes.count == 0x22E1)
    #expect(first.vector == [0x9B, 0x7C, 0x81, 0x3F, 0x30, 0x5B, 0x0D, 0xA3] && first.parts.count == 2 && first.parts[0].clear == 5)
    for sample in video.samples { #expect(sample.parts.reduce(0) { $0 + $1.clear + $1.protected } == sample.bytes.count) }
    #expect(film.tracks[1].samples.count == 174 && film.tracks[1].samples.allSatisfy { $0.parts.isEmpty && $0.vector.count == 8 })
    // The clear head of a sample is a NAL unit's length and type (ISO/IEC 14496-15).
    #expect(video.configuration.first == 1 && film.file[first.bytes.lowerBound] == 0)
  }

  /// Whatever is done to a file, it is read, or there is an error; and what was read stays inside the file.
  @Test(.enabled(if: Films.file != nil)) func mutationsNeitherTrapNorLie() throws {
    let original = try #require(Films.file)
    // The tables, with a little film before them: what mutations of 440 KB of pictures would hardly ever hit.
    let moov = 439_440
    var random = SeededRandom(seed: 6)
    var refused: Set<MediaError.Code> = [], read = 0
    for _ in 0..<1500 {
      var file = original
      for _ in 0..<1 + random.next() % 4 {
        let at = moov + Int(random.next() % UInt64(file.count - moov))
        switch random.next() % 5 {
        case 0: file[at] = UInt8(truncatingIfNeeded: random.next())
        case 1: file[at] = 0xFF
        case 2: file[at] = 0
        case 3: file[at] ^= 1 << UInt8(random.next() % 8)
        default:
          let size = [0, 1, 7, 8, 0xFFFF_FFFF, UInt64(file.count)][Int(random.next() % 6)]
          for i in 0..<4 where at + i < file.count { file[at + i] = UInt8(truncatingIfNeeded: size >> UInt64(24 - 8 * i)) }
        }
      }
      if random.next() % 8 == 0 { file.removeLast(Int(random.next() % 8000)) }
      do {
        let film = try Film(file)
        read += 1
        for track in film.tracks {
          for sample in track.samples {
            #expect(sample.bytes.upperBound <= file.count)
            #expect(sample.parts.isEmpty || sample.parts.reduce(0) { $0 + $1.clear + $1.protected } == sample.bytes.count)
          }
        }
      } catch { refused.insert(error.code) }
    }
    #expect(read > 100 && refused.isSuperset(of: [.cut, .missing, .contradiction]), "\(read) \(refused)")
  }
}

@Suite struct BadFilms {
  func box(_ type: String, _ body: [UInt8], size: UInt32? = nil) -> [UInt8] {
    let size = size ?? UInt32(body.count + 8)
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } + Array(type.utf8) + body
  }
  func code(_ file: [UInt8]) -> MediaError.Code? {
    do {
      _ = try Film(file)
      return nil
    } catch { return error.code }
  }

  @Test func nothingIsNoFilm() {
    #expect(code([]) == .missing && code([0, 0, 0]) == .missing && code(box("ftyp", [])) == .missing)
    #expect(code(box("moov", [])) == .missing && code(box("moov", box("trak", []))) == .missing)
  }

  @Test func boxesThatLie() {
    #expect(code(box("moov", [], size: 9)) == .cut && code(box("moov", [], size: 4)) == .badSize)
    #expect(code(box("moov", [0, 0, 0, 0], size: 1)) == .cut)
    #expect(code(box("moov", Array(repeating: 0xFF, count: 8), size: 1)) == .cut)
    #expect(code(box("moov", box("trak", [], size: 4096))) == .cut)
    #expect(code(box("moov", box("trak", []) + box("mvex", []))) == .missing)
  }

  @Test func tooManyTracks() { #expect(code(box("moov", (0..<65).flatMap { _ in box("trak", []) })) == .tooMany) }
}
