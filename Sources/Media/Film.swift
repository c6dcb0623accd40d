/// An MP4 file: its tracks, with the place, the times and the protection of every sample.
///
/// Reads plain files (`stbl`). Nothing that a file says is believed: sizes are held against what holds them, counts against the bytes that
/// would be needed, offsets against the end of the file, and subsamples against their sample. So no file makes this trap, loop, or
/// allocate more than some multiple of its own length.
///
/// Sources: ISO/IEC 14496-12 (boxes and tables), 14496-15 (`avcC`), 23001-7 (`tenc`, `senc`, `saiz`, `saio`).
public struct Film: Sendable {
  public let file: [UInt8]
  public let tracks: [Track]

  /// More is no film, or one that is not played here.
  public static let mostSamples = 1 << 20, mostTracks = 64

  public init(_ file: [UInt8]) throws(MediaError) {
    self.file = file
    let whole = Box(file: file), movie = try whole.require("moov")
    let boxes = try movie.children().filter { $0.type == "trak" }
    guard boxes.count <= Self.mostTracks else { throw movie.error(.tooMany, "\(boxes.count) tracks") }
    if let fragments = try movie.child("mvex") { throw fragments.error(.unsupported, "a fragmented file") }
    guard !boxes.isEmpty else { throw movie.error(.missing, "no track") }
    var tracks: [Track] = []
    for box in boxes { tracks.append(try Track(box)) }
    self.tracks = tracks
  }

  public var video: Track? { tracks.first(where: \.isVideo) }
  public func bytes(of sample: Sample) -> ArraySlice<UInt8> { file[sample.bytes] }
}
