/// An MP4 file: its tracks, with the place, the times and the protection of every sample.
///
/// Reads plain files (`stbl`), fragmented ones (`moof`), and those that are both. Nothing that a file says is believed: sizes are held
/// against what holds them, counts against the bytes that would be needed, offsets against the end of the file, and subsamples against
/// their sample; and since several tables may point to the same bytes, there are no more samples than bytes, and no more subsamples than
/// there is room for in the file (`Budget`). So no file makes this trap, loop, or allocate more than some multiple of its own length.
///
/// Sources: ISO/IEC 14496-12 (boxes, tables, fragments), 14496-15 (`avcC`), 23001-7 (`tenc`, `senc`, `saiz`, `saio`).
public struct Film: Sendable {
  public let file: [UInt8]
  public let tracks: [Track]

  /// More is no film, or one that is not played here.
  public static let mostSamples = 1 << 20, mostTracks = 64

  public init(_ file: [UInt8]) throws(MediaError) {
    self.file = file
    let whole = try Box(file: file).children()
    guard let movie = whole.first(where: { $0.type == "moov" }) else { throw Box(file: file).error(.missing, "no box 'moov'") }
    let boxes = try movie.children().filter { $0.type == "trak" }
    guard boxes.count <= Self.mostTracks else { throw movie.error(.tooMany, "\(boxes.count) tracks") }
    guard !boxes.isEmpty else { throw movie.error(.missing, "no track") }
    var budget = Budget(file.count), builders: [TrackBuilder] = []
    for box in boxes { builders.append(try TrackBuilder(box, &budget)) }
    if let extends = try movie.child("mvex") { try TrackBuilder.readDefaults(extends, &builders) }
    for box in whole where box.type == "moof" { try Fragment.read(box, into: &builders, &budget) }
    tracks = builders.map(\.track)
  }

  public var video: Track? { tracks.first(where: \.isVideo) }
  public func bytes(of sample: Sample) -> ArraySlice<UInt8> { file[sample.bytes] }
}

/// How much a file may make of itself: tables and fragments of all tracks draw on one account.
struct Budget {
  private var samples: Int
  private var parts: Int

  init(_ fileSize: Int) { (samples, parts) = (min(Film.mostSamples, fileSize), fileSize / 6) }

  mutating func takeSamples(_ count: Int, _ box: Box) throws(MediaError) {
    guard count <= samples else { throw box.error(.tooMany, "\(count) samples, and there can be \(samples) more in this file") }
    samples -= count
  }

  /// A subsample is six bytes.
  mutating func takePart(_ fields: Box.BoxFields) throws(MediaError) {
    guard parts > 0 else { throw fields.box.error(.tooMany, at: fields.at, "more subsamples than the file has room for") }
    parts -= 1
  }
}
