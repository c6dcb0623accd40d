/// An entry of `stsd`: how samples are coded, and under what protection.
struct SampleDescription {
  var format: String
  var configuration: [UInt8] = []
  var protection: TrackProtection?
  var width = 0, height = 0

  init(_ entry: Box, isVideo: Bool) throws(MediaError) {
    format = entry.type
    let isPicture = isVideo || entry.type == "encv"
    if isPicture {
      var fields = entry.fields
      try fields.skip(24)
      width = Int(try fields.integer(2))
      height = Int(try fields.integer(2))
    }
    // The fields of a VisualSampleEntry and of an AudioSampleEntry (ISO/IEC 14496-12, sections 12.1.3 and 12.2.3).
    let boxes = try entry.children(after: isPicture ? 78 : min(28, entry.body.count))
    if let record = boxes.first(where: { $0.type == "avcC" }) { configuration = Array(record.file[record.body]) }
    guard entry.type == "encv" || entry.type == "enca" else { return }
    guard let scheme = boxes.first(where: { $0.type == "sinf" }) else { throw entry.error(.missing, "an encrypted entry without 'sinf'") }
    var original = try scheme.require("frma").fields
    format = try original.letters()
    var kind = try scheme.require("schm").fields
    try kind.skip(4)
    let name = try kind.letters()
    guard let applied = TrackProtection.Scheme(rawValue: name) else {
      throw scheme.error(.unsupported, "the scheme '\(name)'; expected 'cenc' or 'cbcs'")
    }
    protection = try TrackProtection(try scheme.require("schi").require("tenc"), applied)
  }
}

extension TrackProtection {
  /// `tenc`: nil where the track says that it is not protected after all. Source: ISO/IEC 23001-7, section 8.2.
  fileprivate init?(_ box: Box, _ applied: Scheme) throws(MediaError) {
    var fields = box.fields
    let version = try fields.versionAndFlags().version
    try fields.skip(1)
    let blocks = Int(try fields.integer(1)), (isProtected, size) = (try fields.integer(1), Int(try fields.integer(1)))
    let key = try fields.bytes(16)
    guard isProtected == 1 else { return nil }
    let pattern = Pattern(crypt: version == 0 ? 0 : blocks >> 4, skip: version == 0 ? 0 : blocks & 15)
    guard applied == .cbcs || pattern == Pattern(crypt: 0, skip: 0) else { throw box.error(.contradiction, "a pattern, and the scheme is 'cenc'") }
    guard pattern.crypt > 0 || pattern.skip == 0 else { throw box.error(.contradiction, "a pattern that skips and never encrypts") }
    var constant: [UInt8] = []
    if size == 0 {
      // Counter mode with one vector for all would be one stream for all.
      guard applied == .cbcs else { throw box.error(.unsupported, "a constant vector, and the scheme is 'cenc'") }
      let count = Int(try fields.integer(1))
      guard count == 16 else { throw box.error(.unsupported, "a constant vector of \(count) bytes; expected 16") }
      constant = try fields.bytes(16)
    }
    guard size == 0 || size == 16 || (size == 8 && applied == .cenc) else {
      throw box.error(.unsupported, "initialization vectors of \(size) bytes; expected \(applied == .cenc ? "8 or 16" : "16, or a constant one")")
    }
    self.init(applied: applied, keyIdentifier: key, vectorSize: size, constantVector: constant, pattern: pattern)
  }
}
