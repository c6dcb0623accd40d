/// A fragment of a film (`moof`): for each of its tracks, runs of samples, which lie one behind the other.
///
/// Source: ISO/IEC 14496-12, sections 8.8.4 to 8.8.12 (`moof`, `traf`, `tfhd`, `trun`, `tfdt`).
enum Fragment {
  static func read(_ box: Box, into tracks: inout [TrackBuilder], _ budget: inout Budget) throws(MediaError) {
    // Where a track fragment counts from, if it does not say: the first from here, the others from the end of the one before.
    var end = box.start
    for part in try box.children() where part.type == "traf" { end = try readTrack(part, from: box.start, after: end, &tracks, &budget) }
  }

  /// - Returns: the end of its data.
  private static func readTrack(
    _ box: Box, from start: Int, after end: Int, _ tracks: inout [TrackBuilder], _ budget: inout Budget
  ) throws(MediaError) -> Int {
    let head = try FragmentHead(try box.require("tfhd"), from: start, after: end, tracks)
    var now = tracks[head.track].now
    if let box = try box.child("tfdt") {
      var fields = box.fields
      now = try fields.integer(try fields.versionAndFlags().version == 1 ? 8 : 4)
    }
    var samples: [Sample] = [], runs: [Int] = [], at = head.base
    for run in try box.children() where run.type == "trun" {
      let before = samples.count
      try readRun(run, head, &at, &now, &samples, &budget)
      runs.append(samples.count - before)
    }
    let protections = try tracks[head.track].protections(of: head.defaults.description, samples.count, box)
    let vectors = try SampleVectors(
      box, samples.map(\.bytes), protections,
      pieces: { (wanted) throws(MediaError) in wanted == runs.count ? runs : nil }, base: head.base, &budget)
    for (index, found) in vectors.all.enumerated() { samples[index] = samples[index].protected(by: protections[index], found.vector, found.parts) }
    tracks[head.track].add(samples, until: now)
    return at
  }

  /// - Parameter at: where the next sample lies, in the file.
  private static func readRun(
    _ box: Box, _ head: FragmentHead, _ at: inout Int, _ now: inout UInt64, _ samples: inout [Sample], _ budget: inout Budget
  ) throws(MediaError) {
    var fields = box.fields
    let (version, flags) = try fields.versionAndFlags(), count = try fields.int32()
    if flags & 0x1 != 0 { at = head.base + (try fields.signed32()) }
    guard at >= 0, at <= box.file.count else { throw box.error(.cut, "samples at \(at), which is outside of the file") }
    if flags & 0x4 != 0 { try fields.skip(4) }
    // Duration, size, flags and composition offset: each is there for all samples, or for none.
    let width = 4 * (flags >> 8 & 0xF).nonzeroBitCount
    guard count * width <= fields.remaining else {
      throw box.error(.contradiction, "\(count) samples of \(width) bytes, and \(fields.remaining) bytes are left")
    }
    try budget.takeSamples(count, box)
    for _ in 0..<count {
      let duration = flags & 0x100 != 0 ? try fields.int32() : head.defaults.duration
      let size = flags & 0x200 != 0 ? try fields.int32() : head.defaults.size
      if flags & 0x400 != 0 { try fields.skip(4) }
      let offset = flags & 0x800 == 0 ? 0 : version == 0 ? try fields.int32() : try fields.signed32()
      guard size <= box.file.count - at else {
        throw box.error(.cut, "a sample of \(size) bytes at \(at) reaches behind the end of the file")
      }
      samples.append(Sample(bytes: at..<at + size, decodingTime: now, compositionOffset: Int64(offset), protection: nil, vector: [], parts: []))
      at += size
      now &+= UInt64(duration)
    }
  }
}

/// `tfhd`: which track it is, where its data begins, and what its samples are where a run does not say.
private struct FragmentHead {
  /// Position in the film's tracks.
  let track: Int
  let base: Int
  let defaults: SampleDefaults

  init(_ box: Box, from start: Int, after end: Int, _ tracks: [TrackBuilder]) throws(MediaError) {
    var fields = box.fields
    let flags = try fields.versionAndFlags().flags, identifier = UInt32(try fields.integer(4))
    guard let track = tracks.firstIndex(where: { $0.identifier == identifier }) else {
      throw box.error(.contradiction, "a fragment of track \(identifier), which there is not")
    }
    guard var defaults = tracks[track].defaults else { throw box.error(.missing, "no 'trex' for track \(identifier)") }
    var base = flags & 0x2_0000 != 0 ? start : end
    if flags & 0x1 != 0 {
      let offset = try fields.integer(8)
      guard offset <= UInt64(box.file.count) else { throw box.error(.cut, "data from \(offset) on, behind the end of the file") }
      base = Int(offset)
    }
    if flags & 0x2 != 0 { defaults.description = try fields.int32() }
    if flags & 0x8 != 0 { defaults.duration = try fields.int32() }
    if flags & 0x10 != 0 { defaults.size = try fields.int32() }
    (self.track, self.base, self.defaults) = (track, base, defaults)
  }
}
