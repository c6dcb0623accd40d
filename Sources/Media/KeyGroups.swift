/// Sample groups of type `seig`: keys that change within a track, and stretches of it that are clear.
///
/// A group's description takes the place of what the track says (`tenc`). Descriptions are in `sgpd` boxes of the film and of its fragments,
/// and `sbgp` boxes say which samples have which. Sources: ISO/IEC 23001-7, section 6; 14496-12, sections 8.9.2 and 8.9.3.
struct KeyGroups {
  private let scheme: TrackProtection.Scheme?
  /// Nil for a group that is clear.
  private let film: [TrackProtection?]
  private var fragment: [TrackProtection?] = []

  static let mostEntries = 1 << 12

  /// - Parameter scheme: nil for a track without any encrypted description, of which no group is asked.
  init(_ table: Box, _ scheme: TrackProtection.Scheme?) throws(MediaError) {
    self.scheme = scheme
    film = try scheme.map { (scheme) throws(MediaError) in try Self.descriptions(table, scheme) } ?? []
  }

  /// With what a fragment describes itself.
  func adding(_ fragment: Box) throws(MediaError) -> KeyGroups {
    guard let scheme else { return self }
    var both = self
    both.fragment = try Self.descriptions(fragment, scheme)
    return both
  }

  private static func descriptions(_ container: Box, _ scheme: TrackProtection.Scheme) throws(MediaError) -> [TrackProtection?] {
    guard let (box, version, start) = try find("sgpd", in: container) else { return [] }
    var fields = start
    guard version > 0 else { throw box.error(.unsupported, "group descriptions of version 0, which do not say how long they are") }
    let length = try fields.int32()
    if version > 1, try fields.int32() > 0 { throw box.error(.unsupported, "a group for samples that no box gives one") }
    let count = try fields.count(of: length == 0 ? 4 : max(1, length), "group descriptions")
    guard count <= mostEntries else { throw box.error(.tooMany, "\(count) groups of keys") }
    var found: [TrackProtection?] = []
    for _ in 0..<count {
      let size = length > 0 ? length : try fields.int32(), end = fields.at + size
      guard size <= fields.remaining else { throw box.error(.cut, at: fields.at, "a description of \(size) bytes, and \(fields.remaining) are left") }
      found.append(try TrackProtection(&fields, scheme, hasPattern: scheme.hasPattern))
      guard fields.at <= end else { throw box.error(.contradiction, at: end, "a description of \(size) bytes is too short for a key") }
      try fields.skip(end - fields.at)
    }
    return found
  }

  /// Gives samples what their group has. Those of no group keep what the track has.
  func apply(_ container: Box, to protections: inout [TrackProtection?]) throws(MediaError) {
    guard scheme != nil else { return }
    if let (box, _, _) = try Self.find("csgp", in: container) { throw box.error(.unsupported, "compact groups of keys; expected 'sbgp'") }
    guard let (box, version, start) = try Self.find("sbgp", in: container) else { return }
    var fields = start
    if version == 1 { try fields.skip(4) }
    var next = 0
    for _ in 0..<(try fields.count(of: 8, "runs of samples")) {
      let (count, index) = (try fields.int32(), try fields.int32())
      guard count <= protections.count - next else {
        throw box.error(.contradiction, at: fields.at, "groups of more samples than there are, \(protections.count)")
      }
      // From 0x10001 on they are the fragment's own.
      let entries = index > 0x10000 ? fragment : film, position = index > 0x10000 ? index - 0x10001 : index - 1
      guard index == 0 || entries.indices.contains(position) else {
        throw box.error(.contradiction, at: fields.at, "group \(index), and \(entries.count) are described")
      }
      if index > 0 { for sample in next..<next + count { protections[sample] = entries[position] } }
      next += count
    }
  }

  /// The first box of this type that is about keys, behind its grouping type.
  private static func find(_ type: String, in container: Box) throws(MediaError) -> (Box, version: Int, Box.BoxFields)? {
    for box in try container.children() where box.type == type {
      var fields = box.fields
      let version = try fields.versionAndFlags().version
      if try fields.letters() == "seig" { return (box, version, fields) }
    }
    return nil
  }
}
