/// A track of a film: how its samples are coded and protected, and where each of them lies.
public struct Track: Hashable, Sendable {
  public let identifier: UInt32
  /// `vide`, `soun` or what the file says.
  public let handler: String
  /// Ticks a second of its times.
  public let timescale: UInt32
  /// What is inside: `avc1`, `mp4a`; under protection the format before it was applied.
  public let format: String
  /// For H.264: the decoder configuration record (`avcC`, ISO/IEC 14496-15), which is never encrypted.
  public let configuration: [UInt8]
  public let width: Int, height: Int
  /// Nil where the track is clear.
  public let protection: TrackProtection?
  public let samples: [Sample]

  public var isVideo: Bool { handler == "vide" }
}

/// Common encryption as a track announces it: boxes `schm` and `tenc` (ISO/IEC 23001-7).
public struct TrackProtection: Hashable, Sendable {
  /// `cenc`: AES in counter mode, of whole samples or of parts.
  public let scheme: String
  public let keyIdentifier: [UInt8]
  /// In bytes, 8 or 16.
  public let vectorSize: Int
}

/// One picture, or one frame of sound, in the order of decoding.
public struct Sample: Hashable, Sendable {
  /// A clear part and the protected one behind it.
  public struct Part: Hashable, Sendable {
    public let clear: Int, protected: Int
    public init(clear: Int, protected: Int) { (self.clear, self.protected) = (clear, protected) }
  }

  /// In the file. Both were checked against its length.
  public let bytes: Range<Int>
  /// In ticks of the track.
  public let decodingTime: UInt64
  public let compositionOffset: Int64
  /// Empty where the sample is clear.
  public let vector: [UInt8]
  /// Empty: all of it is protected (or, without a vector, clear). Otherwise they add up to its size.
  public let parts: [Part]
}
