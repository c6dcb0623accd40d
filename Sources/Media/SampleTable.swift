/// The tables of a track: sizes, chunks, times and encryption, joined to one list of samples.
struct SampleTable {
  private(set) var samples: [Sample] = []
  /// When the last one ends, in ticks.
  let end: UInt64

  init(_ table: Box, _ places: [SamplePlace], protections: [TrackProtection?], _ budget: inout Budget) throws(MediaError) {
    let times: [UInt64]
    (times, end) = try Self.decodingTimes(table, places.count)
    let offsets = try Self.compositionOffsets(table, places.count)
    let vectors = try SampleVectors(
      table, places.map(\.bytes), protections, pieces: { (wanted) throws(MediaError) in try Self.chunks(table, wanted) }, base: 0, &budget)
    samples.reserveCapacity(places.count)
    for (index, place) in places.enumerated() {
      samples.append(
        Sample(
          bytes: place.bytes, decodingTime: times[index], compositionOffset: offsets.isEmpty ? 0 : offsets[index],
          protection: protections[index], vector: vectors.all.isEmpty ? [] : vectors.all[index].vector,
          parts: vectors.all.isEmpty ? [] : vectors.all[index].parts))
    }
  }

  /// In bytes, one for each sample (`stsz`).
  private static func sizes(_ table: Box, _ budget: inout Budget) throws(MediaError) -> [Int] {
    let box = try table.require("stsz")
    var fields = box.fields
    try fields.skip(4)
    let one = try fields.int32()
    if one > 0 {
      let count = try fields.int32()
      // No table behind it, so the file itself says how many there can be.
      guard count <= box.file.count / one else { throw box.error(.tooMany, "\(count) samples of \(one) bytes") }
      try budget.takeSamples(count, box)
      return Array(repeating: one, count: count)
    }
    let count = try fields.count(of: 4, "sizes")
    try budget.takeSamples(count, box)
    var sizes: [Int] = []
    sizes.reserveCapacity(count)
    for _ in 0..<count { sizes.append(try fields.int32()) }
    return sizes
  }

  /// Where each sample lies: chunks (`stco`, `co64`) of so many samples (`stsc`) one behind the other.
  static func places(_ table: Box, _ budget: inout Budget) throws(MediaError) -> [SamplePlace] {
    let sizes = try sizes(table, &budget)
    let (chunks, width): (Box, Int) = if let short = try table.child("stco") { (short, 4) } else { (try table.require("co64"), 8) }
    var starts = chunks.fields
    try starts.skip(4)
    let count = try starts.count(of: width, "chunks")
    let runs = try table.require("stsc")
    var map = runs.fields
    try map.skip(4)
    var left = try map.count(of: 12, "runs of chunks")
    guard sizes.isEmpty || left > 0 else { throw runs.error(.missing, "samples, and no run of chunks") }

    func nextRun() throws(MediaError) -> (first: Int, samples: Int, description: Int)? {
      guard left > 0 else { return nil }
      left -= 1
      return (try map.int32(), try map.int32(), try map.int32())
    }
    var run = try nextRun(), next = try nextRun()
    guard run == nil || run?.first == 1 else { throw runs.error(.contradiction, "the first run begins with chunk \(run?.first ?? 0)") }
    var places: [SamplePlace] = []
    places.reserveCapacity(sizes.count)
    for chunk in 1..<count + 1 {
      if let following = next, following.first == chunk {
        guard following.first > run?.first ?? 0 else { throw runs.error(.contradiction, "runs out of order") }
        (run, next) = (following, try nextRun())
      }
      let start = try starts.integer(width)
      guard start <= UInt64(chunks.file.count) else { throw chunks.error(.cut, "chunk \(chunk) begins at \(start), behind the end of the file") }
      var at = Int(start)
      for _ in 0..<min(run?.samples ?? 0, sizes.count - places.count) {
        let size = sizes[places.count]
        guard size <= chunks.file.count - at else {
          throw chunks.error(.cut, "sample \(places.count + 1) of \(size) bytes at \(at) reaches behind the end of the file")
        }
        places.append(SamplePlace(bytes: at..<at + size, description: run?.description ?? 1))
        at += size
      }
    }
    guard places.count == sizes.count else { throw chunks.error(.contradiction, "room for \(places.count) samples, and there are \(sizes.count)") }
    return places
  }

  /// How many samples each chunk has, as `places` found them to lie: where one begins that does not follow the one before.
  private static func chunks(_ table: Box, _ wanted: Int) throws(MediaError) -> [Int]? {
    let long = try table.child("co64")
    guard let runs = try table.child("stsc"), let starts = try table.child("stco") ?? long else { return nil }
    var count = starts.fields, map = runs.fields
    try count.skip(4)
    try map.skip(4)
    guard try count.int32() == wanted else { return nil }
    var pieces: [Int] = [], samples = 0
    var left = try map.int32(), next = left > 0 ? try map.int32() : 0
    for chunk in 1..<wanted + 1 {
      if left > 0, next == chunk {
        samples = try map.int32()
        try map.skip(4)
        left -= 1
        next = left > 0 ? try map.int32() : 0
      }
      pieces.append(samples)
    }
    return pieces
  }

  /// In ticks (`stts`), and when the last one ends.
  private static func decodingTimes(_ table: Box, _ count: Int) throws(MediaError) -> (times: [UInt64], end: UInt64) {
    let box = try table.require("stts")
    var fields = box.fields
    try fields.skip(4)
    var times: [UInt64] = [], now: UInt64 = 0
    times.reserveCapacity(count)
    for _ in 0..<(try fields.count(of: 8, "times")) {
      let (number, step) = (try fields.int32(), try fields.int32())
      guard number <= count - times.count else { throw box.error(.contradiction, "times for more than \(count) samples") }
      for _ in 0..<number {
        times.append(now)
        now &+= UInt64(step)
      }
    }
    guard times.count == count else { throw box.error(.contradiction, "\(times.count) times for \(count) samples") }
    return (times, now)
  }

  /// In ticks (`ctts`); empty where pictures are shown in the order in which they are decoded.
  private static func compositionOffsets(_ table: Box, _ count: Int) throws(MediaError) -> [Int64] {
    guard let box = try table.child("ctts") else { return [] }
    var fields = box.fields
    try fields.skip(4)
    var offsets: [Int64] = []
    offsets.reserveCapacity(count)
    for _ in 0..<(try fields.count(of: 8, "composition offsets")) {
      let (number, offset) = (try fields.int32(), Int64(Int32(truncatingIfNeeded: try fields.int32())))
      guard number <= count - offsets.count else { throw box.error(.contradiction, "offsets for more than \(count) samples") }
      offsets.append(contentsOf: repeatElement(offset, count: number))
    }
    guard offsets.count == count else { throw box.error(.contradiction, "\(offsets.count) offsets for \(count) samples") }
    return offsets
  }
}
