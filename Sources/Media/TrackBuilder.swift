/// A track as it is read: what `moov` says of it, and then what fragments add.
struct TrackBuilder {
  let identifier: UInt32
  let handler: String
  let timescale: UInt32
  /// Entries of `stsd`, counted from 1 in the file.
  let descriptions: [SampleDescription]
  /// The one that stands for the track: the first that is protected, or the first.
  private let main: SampleDescription
  /// Of the film's own sample groups; fragments have more.
  private let groups: KeyGroups
  private(set) var samples: [Sample] = []
  /// When the next sample is decoded, if nothing else is said.
  private(set) var now: UInt64 = 0
  /// Of `trex`; nil for a track that has no fragments.
  private(set) var defaults: SampleDefaults?

  init(_ box: Box, _ budget: inout Budget) throws(MediaError) {
    var head = try box.require("tkhd").fields
    try head.skip(try head.versionAndFlags().version == 1 ? 16 : 8)
    identifier = UInt32(try head.integer(4))
    let media = try box.require("mdia")
    var times = try media.require("mdhd").fields
    try times.skip(try times.versionAndFlags().version == 1 ? 16 : 8)
    timescale = UInt32(try times.integer(4))
    var kind = try media.require("hdlr").fields
    try kind.skip(8)
    handler = try kind.letters()

    let table = try media.require("minf").require("stbl")
    // Version, flags and a count before the entries.
    var descriptions: [SampleDescription] = []
    for entry in try table.require("stsd").children(after: 8) { descriptions.append(try SampleDescription(entry, isVideo: handler == "vide")) }
    guard let first = descriptions.first else { throw table.error(.missing, "no sample description") }
    self.descriptions = descriptions
    main = descriptions.first { $0.protection != nil } ?? descriptions.first { $0.scheme != nil } ?? first
    let places = try SampleTable.places(table, &budget)
    groups = try KeyGroups(table, descriptions.lazy.compactMap(\.scheme).first)
    var protections = try protections(of: places, table)
    try groups.apply(table, to: &protections)
    let read = try SampleTable(table, places, protections: protections, &budget)
    add(read.samples, until: read.end)
  }

  var track: Track {
    var keys: [[UInt8]] = [], known: Set<[UInt8]> = []
    for case let protection? in samples.lazy.map(\.protection) where protection.keyIdentifier != keys.last {
      if known.insert(protection.keyIdentifier).inserted { keys.append(protection.keyIdentifier) }
    }
    // Where groups alone protect, as behind a clear beginning, the first of them stands for all.
    let protection = main.protection ?? samples.lazy.compactMap(\.protection).first
    return Track(
      identifier: identifier, handler: handler, timescale: timescale, format: main.format, configuration: main.configuration, width: main.width,
      height: main.height, protection: protection, samples: samples, keyIdentifiers: keys)
  }

  /// What a description says of protection. Descriptions of one track may differ in that, as in films whose first seconds are clear, and in
  /// nothing else here.
  func protection(of description: Int, _ box: Box) throws(MediaError) -> TrackProtection? {
    guard description >= 1, description <= descriptions.count else {
      throw box.error(.contradiction, "sample description \(description), and there are \(descriptions.count)")
    }
    let found = descriptions[description - 1]
    guard found.format == main.format, found.configuration == main.configuration, found.protection == nil || found.protection == main.protection
    else { throw box.error(.unsupported, "sample descriptions that differ in more than protection") }
    return found.protection
  }

  /// Of the samples of a fragment.
  func protections(of description: Int, _ count: Int, _ box: Box) throws(MediaError) -> [TrackProtection?] {
    var protections = Array(repeating: try protection(of: description, box), count: count)
    try groups.adding(box).apply(box, to: &protections)
    return protections
  }

  private func protections(of places: [SamplePlace], _ box: Box) throws(MediaError) -> [TrackProtection?] {
    var (known, protection): (Int, TrackProtection?) = (0, nil)
    var all: [TrackProtection?] = []
    all.reserveCapacity(places.count)
    for place in places {
      if place.description != known { (known, protection) = (place.description, try self.protection(of: place.description, box)) }
      all.append(protection)
    }
    return all
  }

  /// - Parameter end: when the last of them ends, in ticks.
  mutating func add(_ more: [Sample], until end: UInt64) {
    samples += more
    now = end
  }

  /// `mvex`: what fragments leave out.
  static func readDefaults(_ box: Box, _ tracks: inout [TrackBuilder]) throws(MediaError) {
    for entry in try box.children() where entry.type == "trex" {
      var fields = entry.fields
      try fields.skip(4)
      let track = UInt32(try fields.integer(4))
      let defaults = SampleDefaults(description: try fields.int32(), duration: try fields.int32(), size: try fields.int32())
      for index in tracks.indices where tracks[index].identifier == track { tracks[index].defaults = defaults }
    }
  }
}

/// What a sample is where nothing is said of it. Durations in ticks, sizes in bytes.
struct SampleDefaults {
  var description: Int
  var duration: Int
  var size: Int
}

/// Where a sample lies, and how it is described.
struct SamplePlace {
  let bytes: Range<Int>
  let description: Int
}
