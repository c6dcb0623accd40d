/// An entry of `stsd`: how samples are coded, and under what protection.
struct SampleDescription {
  var format: String
  var configuration: [UInt8] = []
  var protection: TrackProtection?
  /// Of an encrypted entry, whether all of its samples are or not.
  var scheme: TrackProtection.Scheme?
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
    let box = try scheme.require("schi").require("tenc")
    guard let applied = try name == "piff" ? Self.schemeOfPIFF(box) : TrackProtection.Scheme(rawValue: name) else {
      throw scheme.error(.unsupported, "the scheme '\(name)'; expected 'cenc', 'cens', 'cbc1', 'cbcs' or 'piff'")
    }
    self.scheme = applied
    protection = try TrackProtection(box, applied)
  }

  /// PIFF, from which common encryption was made, writes 2 for block chaining where `tenc` has 1 for "protected".
  private static func schemeOfPIFF(_ box: Box) throws(MediaError) -> TrackProtection.Scheme {
    var fields = box.fields
    try fields.skip(6)
    return try fields.integer(1) == 2 ? .cbc1 : .cenc
  }
}

extension TrackProtection {
  /// `tenc`: nil where the track says that it is not protected after all. Source: ISO/IEC 23001-7, section 8.2.
  init?(_ box: Box, _ applied: Scheme) throws(MediaError) {
    var fields = box.fields
    let version = try fields.versionAndFlags().version
    try self.init(&fields, applied, hasPattern: version > 0)
  }

  /// The same fields in an entry of a sample group `seig` (section 6).
  /// - Parameter hasPattern: false where the byte of the pattern is one of those that are kept for later.
  init?(_ fields: inout Box.BoxFields, _ applied: Scheme, hasPattern: Bool) throws(MediaError) {
    let box = fields.box
    try fields.skip(1)
    let blocks = Int(try fields.integer(1)), (isProtected, size) = (try fields.integer(1), Int(try fields.integer(1)))
    let key = try fields.bytes(16)
    guard isProtected == 1 || (isProtected == 2 && applied == .cbc1) else { return nil }
    let pattern = Pattern(crypt: hasPattern ? blocks >> 4 : 0, skip: hasPattern ? blocks & 15 : 0)
    guard applied.hasPattern || pattern == Pattern(crypt: 0, skip: 0) else {
      throw box.error(.contradiction, "a pattern, and the scheme is '\(applied)'")
    }
    guard pattern.crypt > 0 || pattern.skip == 0 else { throw box.error(.contradiction, "a pattern that skips and never encrypts") }
    var constant: [UInt8] = []
    if size == 0 {
      // Counter mode with one vector for all would be one stream for all.
      guard applied == .cbcs else { throw box.error(.unsupported, "a constant vector, and the scheme is '\(applied)'") }
      let count = Int(try fields.integer(1))
      guard count == 16 else { throw box.error(.unsupported, "a constant vector of \(count) bytes; expected 16") }
      constant = try fields.bytes(16)
    }
    guard size == 0 || size == 16 || (size == 8 && applied.isCounting) else {
      throw box.error(.unsupported, "initialization vectors of \(size) bytes; expected \(applied.isCounting ? "8 or 16" : "16, or a constant one")")
    }
    self.init(applied: applied, keyIdentifier: key, vectorSize: size, constantVector: constant, pattern: pattern)
  }
}
