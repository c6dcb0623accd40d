/// What each sample of a protected track needs to be decrypted: `senc`, or the auxiliary information that `saiz` and `saio` point to.
struct SampleVectors {
  private(set) var all: [(vector: [UInt8], parts: [Sample.Part])] = []

  init(_ table: Box, _ protection: TrackProtection, _ places: [Range<Int>]) throws(MediaError) {
    if let box = try table.child("senc") {
      var fields = box.fields
      let hasParts = try fields.versionAndFlags().flags & 2 != 0
      let count = try fields.count(of: protection.vectorSize + (hasParts ? 2 : 0), "vectors")
      guard count == places.count else { throw box.error(.contradiction, "\(count) vectors for \(places.count) samples") }
      for place in places { try read(&fields, protection, hasParts: hasParts, size: place.count) }
    } else {
      try readAuxiliary(table, protection, places)
    }
  }

  /// The same content somewhere else in the file.
  private mutating func readAuxiliary(_ table: Box, _ protection: TrackProtection, _ places: [Range<Int>]) throws(MediaError) {
    let sizes = try table.require("saiz"), offsets = try table.require("saio")
    var sizeFields = sizes.fields
    if try sizeFields.versionAndFlags().flags & 1 != 0 { try sizeFields.skip(8) }
    let common = Int(try sizeFields.integer(1)), count = try sizeFields.int32()
    guard count == places.count, common > 0 || count <= sizeFields.remaining else {
      throw sizes.error(.contradiction, "auxiliary information of \(count) samples, and there are \(places.count)")
    }
    var offsetFields = offsets.fields
    let (version, flags) = try offsetFields.versionAndFlags()
    if flags & 1 != 0 { try offsetFields.skip(8) }
    let width = version == 0 ? 4 : 8
    guard try offsetFields.count(of: width, "offsets") == 1 else { throw offsets.error(.unsupported, "auxiliary information in several pieces") }
    let start = try offsetFields.integer(width)
    guard start <= UInt64(offsets.file.count) else { throw offsets.error(.cut, "auxiliary information at \(start), behind the end of the file") }
    var fields = Box(file: offsets.file).fields
    try fields.skip(Int(start))
    for place in places {
      let length = common > 0 ? common : Int(try sizeFields.integer(1))
      try read(&fields, protection, hasParts: length > protection.vectorSize, size: place.count)
    }
  }

  private mutating func read(
    _ fields: inout Box.BoxFields, _ protection: TrackProtection, hasParts: Bool, size: Int
  ) throws(MediaError) {
    let vector = try fields.bytes(protection.vectorSize)
    var parts: [Sample.Part] = [], sum = 0
    if hasParts {
      for _ in 0..<Int(try fields.integer(2)) {
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
    all.append((vector, parts))
  }
}
