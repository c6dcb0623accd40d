/// What each sample of a protected track needs to be decrypted: `senc`, the auxiliary information that `saiz` and `saio` point to, or one
/// vector for all of them (`tenc`).
///
/// Source: ISO/IEC 23001-7, sections 7.1 (auxiliary information), 7.2 (`senc`), 8.2 (`tenc`).
struct SampleVectors {
  /// Empty where nothing is protected; otherwise one for each sample.
  private(set) var all: [(vector: [UInt8], parts: [Sample.Part])] = []

  /// - Parameters:
  ///   - container: the sample table, or the track fragment.
  ///   - protections: one for each sample; nil for a clear one.
  ///   - pieces: how many samples each of so many pieces has (chunks, runs), where there are so many.
  ///   - base: in the file, what offsets are counted from.
  init(
    _ container: Box, _ places: [Range<Int>], _ protections: [TrackProtection?], pieces: (Int) throws(MediaError) -> [Int]?, base: Int,
    _ budget: inout Budget
  ) throws(MediaError) {
    guard let protection = protections.lazy.compactMap({ $0 }).first else { return }
    all.reserveCapacity(places.count)
    if let box = try container.child("senc") {
      try readTable(box, places, protections, &budget)
    } else if let sizes = try Self.auxiliary("saiz", in: container, protection) {
      guard let offsets = try Self.auxiliary("saio", in: container, protection) else { throw container.error(.missing, "'saiz', and no 'saio'") }
      try readAuxiliary(sizes, offsets, places, protections, pieces, base, &budget)
    } else {
      // One vector for all, and nothing clear in between: then nothing needs to be said of a sample.
      guard protections.allSatisfy({ $0?.constantVector.isEmpty != true }) || places.isEmpty else {
        throw container.error(.missing, "protected samples, and neither 'senc' nor 'saiz' and 'saio'")
      }
      all = protections.map { ($0?.constantVector ?? [], []) }
    }
  }

  private mutating func readTable(
    _ box: Box, _ places: [Range<Int>], _ protections: [TrackProtection?], _ budget: inout Budget
  ) throws(MediaError) {
    var fields = box.fields
    let flags = try fields.versionAndFlags().flags, hasParts = flags & 2 != 0
    guard flags & 1 == 0 else { throw box.error(.unsupported, "parameters that differ from those of the track") }
    let least = (protections.lazy.map { $0?.vectorSize ?? 0 }.min() ?? 0) + (hasParts && !protections.contains { $0 == nil } ? 2 : 0)
    let count = least > 0 ? try fields.count(of: least, "vectors") : try fields.int32()
    guard count == places.count else { throw box.error(.contradiction, "\(count) vectors for \(places.count) samples") }
    for (place, protection) in zip(places, protections) { try read(&fields, protection, hasParts: hasParts, size: place.count, &budget) }
  }

  /// Of the boxes of this type the one for this scheme: a track may carry other information, too.
  private static func auxiliary(_ type: String, in container: Box, _ protection: TrackProtection) throws(MediaError) -> Box? {
    for box in try container.children() where box.type == type {
      var fields = box.fields
      guard try fields.versionAndFlags().flags & 1 != 0 else { return box }
      if try fields.letters() == protection.scheme { return box }
    }
    return nil
  }

  /// The same content somewhere else in the file: all in one place, or a place for each chunk or run.
  private mutating func readAuxiliary(
    _ sizes: Box, _ offsets: Box, _ places: [Range<Int>], _ protections: [TrackProtection?], _ pieces: (Int) throws(MediaError) -> [Int]?,
    _ base: Int, _ budget: inout Budget
  ) throws(MediaError) {
    var sizeFields = sizes.fields
    if try sizeFields.versionAndFlags().flags & 1 != 0 { try sizeFields.skip(8) }
    let common = Int(try sizeFields.integer(1)), count = try sizeFields.int32()
    guard count == places.count, common > 0 || count <= sizeFields.remaining else {
      throw sizes.error(.contradiction, "auxiliary information of \(count) samples, and there are \(places.count)")
    }
    var offsetFields = offsets.fields
    let (version, flags) = try offsetFields.versionAndFlags()
    if flags & 1 != 0 { try offsetFields.skip(8) }
    let width = version == 0 ? 4 : 8, entries = try offsetFields.count(of: width, "offsets")
    guard let runs = entries == 1 ? [places.count] : try pieces(entries), runs.reduce(0, +) >= places.count else {
      throw offsets.error(.contradiction, "auxiliary information in \(entries) pieces")
    }
    var next = 0
    for run in runs where next < places.count {
      let offset = try offsetFields.integer(width), (start, overflow) = UInt64(base).addingReportingOverflow(offset)
      guard !overflow, start <= UInt64(offsets.file.count) else {
        throw offsets.error(.cut, "auxiliary information at \(offset), behind the end of the file")
      }
      var fields = Box(file: offsets.file).fields
      try fields.skip(Int(start))
      for index in next..<min(places.count, next + run) {
        let length = common > 0 ? common : Int(try sizeFields.integer(1)), end = fields.at + length
        // A clear sample among protected ones has none.
        if length == 0, protections[index] == nil {
          all.append(([], []))
          continue
        }
        let least = protections[index]?.vectorSize ?? 0
        try read(&fields, protections[index], hasParts: length > least, size: places[index].count, &budget)
        guard fields.at <= end else {
          throw sizes.error(.contradiction, "auxiliary information of sample \(index + 1) is \(length) bytes, and has \(fields.at - end + length)")
        }
        try fields.skip(end - fields.at)
      }
      next = min(places.count, next + run)
    }
  }

  private mutating func read(
    _ fields: inout Box.BoxFields, _ protection: TrackProtection?, hasParts: Bool, size: Int, _ budget: inout Budget
  ) throws(MediaError) {
    var vector = try fields.bytes(protection?.vectorSize ?? 0)
    if vector.isEmpty, let protection { vector = protection.constantVector }
    var parts: [Sample.Part] = [], sum = 0
    if hasParts {
      for _ in 0..<Int(try fields.integer(2)) {
        try budget.takePart(fields)
        let part = Sample.Part(clear: Int(try fields.integer(2)), protected: try fields.int32())
        sum += part.clear + part.protected
        guard sum <= size else {
          throw fields.box.error(.contradiction, at: fields.at, "subsamples of \(sum) bytes and more, in sample \(all.count + 1) of \(size) bytes")
        }
        parts.append(part)
      }
      guard sum == size || parts.isEmpty else {
        throw fields.box.error(.contradiction, at: fields.at, "subsamples of \(sum) bytes in sample \(all.count + 1) of \(size) bytes")
      }
    }
    all.append((vector, protection == nil ? [] : parts))
  }
}
