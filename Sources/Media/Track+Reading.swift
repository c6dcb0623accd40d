extension Track {
  init(_ box: Box) throws(MediaError) {
    var head = try box.require("tkhd").fields
    try head.skip(try head.versionAndFlags().version == 1 ? 16 : 8)
    identifier = UInt32(try head.integer(4))
    let media = try box.require("mdia")
    var times = try media.require("mdhd").fields
    try times.skip(try times.versionAndFlags().version == 1 ? 16 : 8)
    timescale = UInt32(try times.integer(4))
    var kind = try media.require("hdlr").fields
    try kind.skip(8)
    handler = String(decoding: try kind.bytes(4), as: UTF8.self)

    let table = try media.require("minf").require("stbl")
    // Version, flags and a count: of several descriptions the first is used by every file that is not cut together.
    guard let entry = try table.require("stsd").children(after: 8).first else { throw table.error(.missing, "no sample description") }
    let description = try SampleDescription(entry, isVideo: handler == "vide")
    (format, configuration, protection) = (description.format, description.configuration, description.protection)
    (width, height) = (description.width, description.height)
    samples = try SampleTable(table, protection).samples
  }
}

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
    format = String(decoding: try original.bytes(4), as: UTF8.self)
    var kind = try scheme.require("schm").fields
    try kind.skip(4)
    let name = String(decoding: try kind.bytes(4), as: UTF8.self)
    guard name == "cenc" else { throw scheme.error(.unsupported, "the scheme '\(name.filter { $0.isASCII })'; expected 'cenc'") }
    let box = try scheme.require("schi").require("tenc")
    var fields = box.fields
    try fields.skip(6)
    let (isProtected, size) = (try fields.integer(1), Int(try fields.integer(1)))
    let key = try fields.bytes(16)
    guard isProtected == 1 else { return }
    guard size == 8 || size == 16 else { throw box.error(.unsupported, "initialization vectors of \(size) bytes; expected 8 or 16") }
    protection = TrackProtection(scheme: name, keyIdentifier: key, vectorSize: size)
  }
}
