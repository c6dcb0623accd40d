/// Writes MP4 files for tests, from the layout of ISO/IEC 14496-12 and 23001-7 and without a line of the reader.
package struct FilmWriter {
  package struct Sample {
    package var bytes: [UInt8]
    package var duration: UInt32, offset: Int32
    package var vector: [UInt8]
    package var parts: [(clear: Int, protected: Int)]
    package init(_ bytes: [UInt8], duration: UInt32 = 10, offset: Int32 = 0, vector: [UInt8] = [], parts: [(clear: Int, protected: Int)] = []) {
      (self.bytes, self.duration, self.offset, self.vector, self.parts) = (bytes, duration, offset, vector, parts)
    }
  }

  package struct Track {
    package var handler = "vide", format = "avc1", width: UInt16 = 64, height: UInt16 = 32
    /// `avcC`.
    package var configuration: [UInt8] = [1, 66, 0, 30, 0xFF, 0xE0, 0]
    /// Nil for a clear track.
    package var scheme: String?
    /// The whole of `tenc` behind the head.
    package var encryption: [UInt8] = []
    /// A second description, clear, that fragment 0 uses.
    package var beginsClear = false
    /// By fragment; a plain file has them one behind the other.
    package var samples: [[Sample]] = []
    package init() {}
  }

  /// From where a fragment counts.
  package enum Base: CaseIterable, Sendable { case explicit, moof, implicit }
  /// Where vectors and subsamples are.
  package enum Auxiliary: CaseIterable, Sendable { case senc, saiz, none }
  /// Who says how long and how large samples are. Only where they are all alike may it be somebody else than the run.
  package enum Defaults: CaseIterable, Sendable { case run, head, extends }

  package var tracks: [Track]
  package var base = Base.moof, auxiliary = Auxiliary.senc, defaults = Defaults.run
  /// The boxes of PIFF, which have long names.
  package var isPIFF = false
  /// How many runs a fragment is cut in.
  package var runs = 1
  /// What is put into each `traf`, or into the sample table, besides.
  package var more: [UInt8] = []

  package init(_ tracks: [Track]) { self.tracks = tracks }

  // MARK: Bytes

  package static func be(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
  }
  /// Of pairs of hexadecimal digits.
  private static func pieces(_ digits: String) -> [UInt8] {
    stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(digits.dropFirst($0).prefix(2), radix: 16) }
  }
  package static func box(_ type: String, _ parts: [UInt8]...) -> [UInt8] {
    let body = parts.flatMap { $0 }
    return be(UInt64(body.count + 8), 4) + Array(type.utf8) + body
  }
  private func be(_ value: Int, _ count: Int = 4) -> [UInt8] { Self.be(UInt64(bitPattern: Int64(value)), count) }
  private func box(_ type: String, _ parts: [UInt8]...) -> [UInt8] { Self.box(type, parts.flatMap { $0 }) }
  private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

  private func auxiliary(_ sample: Sample) -> [UInt8] {
    var bytes = sample.vector
    if !sample.parts.isEmpty { bytes += be(sample.parts.count, 2) }
    for part in sample.parts {
      bytes += be(part.clear, 2)
      bytes += be(part.protected)
    }
    return bytes
  }
  private func table(_ samples: [Sample]) -> [UInt8] {
    (isPIFF ? box("uuid", Self.pieces("a2394f525a9b4f14a2446c427c648df4"), contents(samples)) : box("senc", contents(samples)))
  }
  private func contents(_ samples: [Sample]) -> [UInt8] {
    be(samples.contains { !$0.parts.isEmpty } ? 2 : 0) + be(samples.count) + samples.flatMap { auxiliary($0) }
  }
  private func places(_ samples: [Sample], at offsets: [Int]) -> [UInt8] {
    let sizes = samples.map { UInt8(auxiliary($0).count) }
    return box("saiz", be(0), [0], be(samples.count), sizes) + box("saio", be(0), be(offsets.count), offsets.flatMap { be($0) })
  }

  // MARK: The film

  private func description(_ track: Track, protected: Bool) -> [UInt8] {
    let isVideo = track.handler == "vide"
    var head = zeros(isVideo ? 24 : 28)
    if isVideo {
      head += be(Int(track.width), 2)
      head += be(Int(track.height), 2)
      head += zeros(50)
    }
    let record = isVideo ? box("avcC", track.configuration) : []
    guard protected, let scheme = track.scheme else { return box(track.format, head, record) }
    let sinf = box(
      "sinf", box("frma", Array(track.format.utf8)), box("schm", be(0), Array(scheme.utf8), be(0x10000)),
      box("schi", isPIFF ? box("uuid", Self.pieces("8974dbce7be74c5184f97148f9882554"), track.encryption) : box("tenc", track.encryption)))
    return box(isVideo ? "encv" : "enca", head, record, sinf)
  }

  private func trak(_ number: Int, _ tables: [UInt8]) -> [UInt8] {
    let track = tracks[number]
    let descriptions = description(track, protected: true) + (track.beginsClear ? description(track, protected: false) : [])
    let stbl = box("stbl", box("stsd", be(0), be(track.beginsClear ? 2 : 1), descriptions), tables)
    let mdia = box("mdia", box("mdhd", be(0), zeros(8), be(1000), zeros(8)), box("hdlr", be(0), be(0), Array(track.handler.utf8)), box("minf", stbl))
    return box("trak", box("tkhd", be(0), zeros(8), be(number + 1), zeros(60)), mdia)
  }

  /// One file of tables.
  package func plain() -> [UInt8] {
    var file = box("ftyp", Array("isom".utf8), be(0))
    var data: [UInt8] = [], traks: [UInt8] = []
    for (number, track) in tracks.enumerated() {
      let samples = track.samples.flatMap { $0 }, isProtected = track.scheme != nil, start = file.count + 8
      // Each group of samples is a chunk, and has its auxiliary information before it.
      var chunks: [Int] = [], vectors: [Int] = []
      for group in track.samples {
        vectors.append(start + data.count)
        if auxiliary == .saiz, isProtected { data += group.flatMap { auxiliary($0) } }
        chunks.append(start + data.count)
        data += group.flatMap(\.bytes)
      }
      var tables = box("stts", be(0), be(samples.count), samples.flatMap { Self.be(1 << 32 | UInt64($0.duration), 8) })
      tables += box("ctts", be(0), be(samples.count), samples.flatMap { Self.be(1 << 32 | UInt64(UInt32(bitPattern: $0.offset)), 8) })
      tables += box("stsz", be(0), be(0), be(samples.count), samples.flatMap { be($0.bytes.count) })
      var groups: [UInt8] = []
      for (index, group) in track.samples.enumerated() {
        groups += be(index + 1)
        groups += be(group.count)
        groups += be(index == 0 && track.beginsClear ? 2 : 1)
      }
      tables += box("stsc", be(0), be(track.samples.count), groups)
      tables += box("stco", be(0), be(chunks.count), chunks.flatMap { be($0) })
      if isProtected, auxiliary == .senc { tables += table(samples) }
      if isProtected, auxiliary == .saiz { tables += places(samples, at: vectors) }
      traks += trak(number, tables + more)
    }
    file += box("mdat", data)
    return file + box("moov", box("mvhd", zeros(100)), traks)
  }

  /// An empty film and its fragments.
  package func fragmented() -> [UInt8] {
    let empty = ["stts", "stsc", "stco"].flatMap { box($0, zeros(8)) } + box("stsz", zeros(12))
    let extends = tracks.enumerated().flatMap { number, track in
      let first = track.samples.first?.first
      return box(
        "trex", be(0), be(number + 1), be(1), be(defaults == .extends ? Int(first?.duration ?? 0) : 0),
        be(defaults == .extends ? first?.bytes.count ?? 0 : 0), be(0))
    }
    let traks = tracks.indices.flatMap { trak($0, empty) }
    var file = box("ftyp", Array("iso6".utf8), be(0))
    file += box("moov", box("mvhd", zeros(100)), traks, box("mvex", extends))
    for number in 0..<(tracks.map(\.samples.count).max() ?? 0) { file += fragment(number, at: file.count) }
    return file
  }

  private func fragment(_ number: Int, at start: Int) -> [UInt8] {
    let groups = tracks.map { number < $0.samples.count ? $0.samples[number] : [] }
    func moof(_ size: Int) -> (bytes: [UInt8], data: [UInt8]) {
      var data: [UInt8] = [], trafs: [UInt8] = []
      for (index, group) in groups.enumerated() {
        let track = tracks[index], isProtected = track.scheme != nil && !(track.beginsClear && number == 0)
        // From the beginning of the fragment on; the second implicit one counts from the end of the first.
        let origin = base == .implicit && index > 0 ? size + 8 + data.count : 0
        let vectors = size + 8 + data.count
        if isProtected, auxiliary == .saiz { data += group.flatMap { auxiliary($0) } }
        var flags = base == .moof ? 0x20000 : base == .explicit ? 1 : 0
        if defaults == .head { flags |= 0x18 }
        if track.beginsClear { flags |= 2 }
        var head = be(index + 1)
        if base == .explicit { head += be(start, 8) }
        if track.beginsClear { head += be(number == 0 ? 2 : 1) }
        if defaults == .head {
          head += be(Int(group.first?.duration ?? 0))
          head += be(group.first?.bytes.count ?? 0)
        }
        var traf = box("tfhd", be(flags), head)
        let before = track.samples.prefix(number).joined().reduce(0) { $0 + Int($1.duration) }
        traf += box("tfdt", be(1 << 24), be(before, 8))
        let length = (group.count + runs - 1) / runs
        for run in stride(from: 0, to: group.count, by: max(1, length)) {
          let samples = group[run..<min(group.count, run + length)]
          var entries: [UInt8] = []
          for sample in samples {
            if defaults == .run {
              entries += be(Int(sample.duration))
              entries += be(sample.bytes.count)
            }
            entries += be(Int(sample.offset))
          }
          // Only the first run says where it begins; the next ones go on.
          let place = run == 0 ? be(size + 8 + data.count - origin) : []
          let flags = (run == 0 ? 0x801 : 0x800) + (defaults == .run ? 0x300 : 0)
          traf += box("trun", be(1 << 24 + flags), be(samples.count), place, entries)
          data += samples.flatMap(\.bytes)
        }
        if isProtected, auxiliary == .senc { traf += table(group) }
        if isProtected, auxiliary == .saiz { traf += places(group, at: [vectors - origin]) }
        trafs += box("traf", traf, more)
      }
      return (box("moof", box("mfhd", be(0), be(number + 1)), trafs), data)
    }
    let size = moof(0).bytes.count, (bytes, data) = moof(size)
    return bytes + box("mdat", data)
  }
}
