import FilmWriting
import Media
import Primitives
import Testing

/// Films made for the test, in the forms in which packagers write them.
enum Made {
  static func tenc(_ scheme: String, constant: Bool = false, isProtected: Bool = true, vectorSize: Int = 8) -> [UInt8] {
    let isPattern = scheme == "cbcs"
    return [isPattern ? 1 : 0, 0, 0, 0, 0, isPattern ? 0x19 : 0, isProtected ? 1 : 0, constant ? 0 : UInt8(vectorSize)]
      + Array(repeating: 0xAB, count: 16) + (constant ? [16] + Array(repeating: 0xC0, count: 16) : [])
  }

  /// Two tracks of two groups; sizes differ unless they are to be defaults.
  static func writer(_ scheme: String?, constant: Bool = false, alike: Bool = false, beginsClear: Bool = false) -> FilmWriter {
    let size = scheme == "cbcs" ? 16 : 8
    func samples(_ track: Int, parts: Bool) -> [[FilmWriter.Sample]] {
      (0..<2).map { group in
        (0..<3).map { index in
          let count = alike ? 100 : 60 + 17 * index + 5 * group + track
          let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 3 + index + 7 * group + 100 * track) }
          let isClear = scheme == nil || (beginsClear && group == 0)
          let vector = isClear || constant ? [] : (0..<size).map { UInt8(16 * group + index + $0) }
          return FilmWriter.Sample(
            bytes, duration: alike ? 10 : UInt32(10 + index), offset: Int32(index) - 1, vector: vector,
            parts: isClear || !parts ? [] : [(5, 20), (count - 41, 16)])
        }
      }
    }
    var video = FilmWriter.Track(), sound = FilmWriter.Track()
    (video.scheme, video.encryption, video.beginsClear) = (scheme, tenc(scheme ?? "", constant: constant, vectorSize: size), beginsClear)
    (sound.scheme, sound.encryption, sound.handler, sound.format) = (scheme, tenc(scheme ?? "", constant: constant, vectorSize: size), "soun", "mp4a")
    video.samples = samples(0, parts: true)
    sound.samples = samples(1, parts: false)
    return FilmWriter([video, sound])
  }

  /// Whether what was read is what was written.
  static func compare(_ file: [UInt8], _ writer: FilmWriter, constant: Bool = false, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let film = try Film(file)
    try #require(film.tracks.count == writer.tracks.count, sourceLocation: sourceLocation)
    for (track, wanted) in zip(film.tracks, writer.tracks) {
      let samples = wanted.samples.flatMap { $0 }
      #expect(
        track.handler == wanted.handler && track.format == wanted.format && track.protection?.scheme == wanted.scheme, sourceLocation: sourceLocation)
      try #require(track.samples.count == samples.count, sourceLocation: sourceLocation)
      var time: UInt64 = 0
      for (index, (found, sample)) in zip(track.samples, samples).enumerated() {
        let isClear = wanted.scheme == nil || (wanted.beginsClear && index < wanted.samples[0].count)
        let vector = isClear ? [] : constant ? Array(repeating: 0xC0, count: 16) : sample.vector
        #expect(Array(film.bytes(of: found)) == sample.bytes && found.vector == vector, "sample \(index)", sourceLocation: sourceLocation)
        #expect(found.decodingTime == time && found.compositionOffset == Int64(sample.offset), "sample \(index)", sourceLocation: sourceLocation)
        #expect(
          found.parts.map(\.clear) == sample.parts.map(\.clear) && found.parts.map(\.protected) == sample.parts.map(\.protected),
          sourceLocation: sourceLocation)
        time += UInt64(sample.duration)
      }
    }
  }

  static func code(_ file: [UInt8]) -> MediaError.Code? {
    do { _ = try Film(file) } catch { return error.code }
    return nil
  }
}

@Suite struct Fragments {
  @Test(arguments: FilmWriter.Base.allCases, [FilmWriter.Auxiliary.senc, .saiz]) func everyForm(
    _ base: FilmWriter.Base, _ auxiliary: FilmWriter.Auxiliary
  )
    throws
  {
    for scheme in ["cenc", "cbcs"] {
      for runs in 1...3 {
        var writer = Made.writer(scheme)
        (writer.base, writer.auxiliary, writer.runs) = (base, auxiliary, runs)
        try Made.compare(writer.fragmented(), writer)
        try Made.compare(writer.plain(), writer)
      }
    }
  }

  @Test(arguments: FilmWriter.Defaults.allCases) func whatIsLeftOutIsInTheHeadOrTheFilm(_ defaults: FilmWriter.Defaults) throws {
    for scheme in ["cenc", nil] {
      var writer = Made.writer(scheme, alike: true)
      writer.defaults = defaults
      try Made.compare(writer.fragmented(), writer)
    }
  }

  @Test func aConstantVectorNeedsNoTable() throws {
    var writer = Made.writer("cbcs", constant: true)
    try Made.compare(writer.fragmented(), writer, constant: true)
    writer.tracks[0].samples = writer.tracks[0].samples.map { $0.map { FilmWriter.Sample($0.bytes, duration: $0.duration, offset: $0.offset) } }
    writer.auxiliary = .none
    try Made.compare(writer.fragmented(), writer, constant: true)
    let film = try Film(writer.plain())
    #expect(film.video?.protection?.pattern == TrackProtection.Pattern(crypt: 1, skip: 9) && film.video?.protection?.vectorSize == 0)
    #expect(film.video?.samples.allSatisfy { $0.vector == Array(repeating: 0xC0, count: 16) } == true)
  }

  /// Films often begin with some seconds that need no licence, under a second description.
  @Test func aClearBeginning() throws {
    for auxiliary in [FilmWriter.Auxiliary.senc, .saiz] {
      var writer = Made.writer("cenc", beginsClear: true)
      writer.tracks.removeLast()
      writer.auxiliary = auxiliary
      try Made.compare(writer.fragmented(), writer)
      if auxiliary == .saiz { try Made.compare(writer.plain(), writer) }
      #expect(try Film(writer.fragmented()).video?.protection?.scheme == "cenc")
    }
  }

  @Test func whatIsNotReadIsRefusedByName() {
    for scheme in ["adkm", "cen1", "    "] {
      var writer = Made.writer("cenc")
      writer.tracks[0].scheme = scheme
      do {
        _ = try Film(writer.fragmented())
        Issue.record("\(scheme) was read")
      } catch { #expect(error.code == .unsupported && error.reason.contains("'\(scheme)'")) }
    }
    var writer = Made.writer("cenc")
    writer.more = FilmWriter.box("csgp", FilmWriter.be(0, 4), Array("seig".utf8), FilmWriter.be(0, 8))
    #expect(Made.code(writer.fragmented()) == .unsupported && Made.code(writer.plain()) == .unsupported)
    writer.more = FilmWriter.box("sgpd", FilmWriter.be(1 << 24, 4), Array("roll".utf8), FilmWriter.be(0, 8))
    #expect(Made.code(writer.fragmented()) == nil)
    writer = Made.writer("cenc")
    writer.tracks[0].encryption = Made.tenc("cenc", constant: true)
    #expect(Made.code(writer.fragmented()) == .unsupported)
    writer.tracks[0].encryption = Made.tenc("cenc", vectorSize: 7)
    #expect(Made.code(writer.fragmented()) == .unsupported)
  }

  /// Groups of keys that cannot be: version, lengths, counts, and numbers of what is not described.
  @Test func groupsThatLie() {
    typealias Writer = FilmWriter
    let entry: [UInt8] = [0, 0, 1, 8] + Array(repeating: 0xEE, count: 16)
    func describes(version: UInt64 = 1, length: UInt64 = 20, count: UInt64 = 1, _ entries: [UInt8]) -> [UInt8] {
      Writer.box("sgpd", Writer.be(version << 24, 4), Array("seig".utf8), Writer.be(length, 4), Writer.be(count, 4), entries)
    }
    func groups(_ samples: UInt64, _ index: UInt64) -> [UInt8] {
      Writer.box("sbgp", Writer.be(0, 4), Array("seig".utf8), Writer.be(1, 4), Writer.be(samples, 4), Writer.be(index, 4))
    }
    func code(_ more: [UInt8]) -> MediaError.Code? {
      var writer = Made.writer("cenc")
      writer.more = more
      return Made.code(writer.fragmented())
    }
    #expect(code(describes(entry) + groups(2, 0x10001)) == nil && code(describes(entry)) == nil && code(groups(3, 0)) == nil)
    #expect(code(describes(length: 0, Writer.be(20, 4) + entry) + groups(2, 0x10001)) == nil)
    #expect(code(describes(version: 0, entry)) == .unsupported)
    #expect(code(describes(count: 2, entry)) == .contradiction && code(describes(length: 0, Writer.be(21, 4) + entry)) == .cut)
    #expect(code(describes(length: 19, entry)) == .contradiction && code(describes(length: 0, entry.map { _ in 0xFF })) == .cut)
    #expect(code(describes(entry) + groups(4, 0x10001)) == .contradiction, "a fragment of three samples")
    #expect(code(describes(entry) + groups(3, 0x10002)) == .contradiction && code(describes(entry) + groups(3, 1)) == .contradiction)
    #expect(code(describes([0, 0, 1, 7] + entry.dropFirst(4)) + groups(3, 0x10001)) == .unsupported)
  }

  @Test func fragmentsThatLie() {
    typealias Writer = FilmWriter
    var writer = Made.writer("cenc")
    writer.auxiliary = .none
    #expect(Made.code(writer.fragmented()) == .missing && Made.code(writer.plain()) == .missing)
    writer = Made.writer("cenc")
    writer.tracks[0].samples[1][1].parts = [(5, 4000)]
    #expect(Made.code(writer.fragmented()) == .contradiction && Made.code(writer.plain()) == .contradiction)
    let whole = Made.writer("cenc").fragmented()
    #expect(Made.code(Array(whole.dropLast(30))) == .cut)

    func run(_ parts: [UInt8]...) -> [UInt8] { Writer.box("trun", parts.flatMap { $0 }) }
    func film(_ head: [UInt8], _ rest: [UInt8]) -> [UInt8] {
      var writer = Made.writer(nil, alike: true)
      writer.defaults = .extends
      writer.tracks = [writer.tracks[0]]
      writer.tracks[0].samples[1] = []
      return writer.fragmented() + Writer.box("moof", Writer.box("traf", Writer.box("tfhd", head), rest))
    }
    let head = Writer.be(0x20000, 4) + Writer.be(1, 4)
    #expect(Made.code(film(head, run(Writer.be(0, 4), Writer.be(1, 4)))) == .cut, "a sample behind the end of the file")
    #expect(Made.code(film(Writer.be(0, 4) + Writer.be(9, 4), [])) == .contradiction, "no such track")
    #expect(Made.code(film(Writer.be(1, 4) + Writer.be(1, 4) + Writer.be(.max, 8), [])) == .cut, "data from the end of the world on")
    #expect(Made.code(film(Writer.be(2, 4) + Writer.be(1, 4) + Writer.be(7, 4), [])) == .contradiction, "no such description")
    #expect(Made.code(film(head, run(Writer.be(1, 4), Writer.be(1, 4), Writer.be(0x8000_0000, 4)))) == .cut, "before the beginning of the file")
    #expect(Made.code(film(head, run(Writer.be(0x200, 4), Writer.be(.max >> 32, 4)))) == .contradiction, "more entries than bytes")
    // No bytes for any of them, and no end of them.
    let empty = Writer.be(0x20010, 4) + Writer.be(1, 4) + Writer.be(0, 4)
    #expect(Made.code(film(empty, run(Writer.be(0, 4), Writer.be(.max >> 32, 4)))) == .tooMany)
    // Many runs over the same bytes.
    let again = Writer.be(0x20010, 4) + Writer.be(1, 4) + Writer.be(1, 4)
    let same = run(Writer.be(1, 4), Writer.be(500, 4), Writer.be(UInt64(bitPattern: -600), 4))
    #expect(Made.code(film(again, Array(repeating: same, count: 200).flatMap { $0 })) == .tooMany)
  }

  @Test func withoutDefaultsThereIsNoFragment() {
    let whole = Made.writer(nil).fragmented()
    let at = (0..<whole.count - 4).first { Array(whole[$0..<$0 + 4]) == Array("trex".utf8) } ?? 0
    var file = whole
    file[at] = 0x78
    #expect(Made.code(file) == .missing)
  }

  /// Whatever is done to a fragmented film, it is read, or there is an error; what was read stays inside the file, and is not much larger.
  @Test(arguments: 0..<6 as Range<UInt64>) func mutations(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var writer = Made.writer(seed % 2 == 0 ? "cenc" : "cbcs", constant: seed == 3, beginsClear: seed == 2)
    (writer.auxiliary, writer.base) = (seed < 2 ? .senc : .saiz, FilmWriter.Base.allCases[Int(seed) % 3])
    if seed == 2 { writer.tracks.removeLast() }
    if seed == 3 { writer.auxiliary = .senc }
    if seed == 4 {
      (writer.auxiliary, writer.isPIFF) = (.senc, true)
      for index in writer.tracks.indices { writer.tracks[index].scheme = "piff" }
    }
    if seed == 5 {
      let entry: [UInt8] = [0, 0, 1, 16] + Array(repeating: 0xEE, count: 16), key = Array("seig".utf8)
      writer.more = FilmWriter.box("sgpd", FilmWriter.be(1 << 24, 4), key, FilmWriter.be(20, 4), FilmWriter.be(1, 4), entry)
      writer.more += FilmWriter.box("sbgp", FilmWriter.be(0, 4), key, FilmWriter.be(1, 4), FilmWriter.be(2, 4), FilmWriter.be(0x10001, 4))
    }
    let original = seed == 2 ? writer.plain() : writer.fragmented()
    var read = 0, refused: Set<MediaError.Code> = []
    for _ in 0..<3000 {
      var file = original
      for _ in 0..<1 + random.next() % 3 {
        let at = Int(random.next() % UInt64(file.count))
        switch random.next() % 4 {
        case 0: file[at] = UInt8(truncatingIfNeeded: random.next())
        case 1: file[at] = [0, 1, 0x7F, 0x80, 0xFF][Int(random.next() % 5)]
        case 2: file[at] ^= 1 << UInt8(random.next() % 8)
        default:
          let value = [0, 1, 8, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, UInt64(file.count)][Int(random.next() % 7)]
          for i in 0..<4 where at + i < file.count { file[at + i] = UInt8(truncatingIfNeeded: value >> UInt64(24 - 8 * i)) }
        }
      }
      if random.next() % 16 == 0 { file.removeLast(Int(random.next() % 300)) }
      do {
        let film = try Film(file)
        read += 1
        let samples = film.tracks.flatMap(\.samples)
        #expect(samples.count <= file.count && samples.reduce(0) { $0 + $1.parts.count } <= file.count / 6)
        #expect(samples.allSatisfy { $0.bytes.lowerBound >= 0 && $0.bytes.upperBound <= file.count })
        #expect(samples.allSatisfy { $0.parts.isEmpty || $0.parts.reduce(0) { $0 + $1.clear + $1.protected } == $0.bytes.count })
      } catch { refused.insert(error.code) }
    }
    #expect(read > 300 && refused.isSuperset(of: [.cut, .missing, .contradiction]), "\(read) \(refused)")
  }
}
