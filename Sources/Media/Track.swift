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
  /// What most of its samples have. Nil where the track is clear.
  public let protection: TrackProtection?
  public let samples: [Sample]
  /// Of all keys that samples need, in the order in which they first do.
  public let keyIdentifiers: [[UInt8]]

  public var isVideo: Bool { handler == "vide" }
  public var isSound: Bool { handler == "soun" }
}

/// Common encryption as a track announces it: boxes `schm` and `tenc` (ISO/IEC 23001-7).
public struct TrackProtection: Hashable, Sendable {
  public enum Scheme: String, CaseIterable, Hashable, Sendable {
    /// AES in counter mode, of whole samples or of parts; the stream goes on from one part to the next.
    case cenc
    /// The same of some blocks of each part; blocks that are left out are not counted.
    case cens
    /// AES in block chaining mode, of the whole blocks of each part; the chain goes on from one part to the next.
    case cbc1
    /// AES in block chaining mode, of some blocks of each part; each part begins with the vector again.
    case cbcs

    public var isCounting: Bool { self == .cenc || self == .cens }
    public var hasPattern: Bool { self == .cens || self == .cbcs }
  }
  /// Blocks of 16 bytes that are encrypted, and those behind them that are not, and so on. Without any: all whole blocks are.
  public struct Pattern: Hashable, Sendable {
    public let crypt: Int, skip: Int
    public init(crypt: Int, skip: Int) { (self.crypt, self.skip) = (crypt, skip) }
  }

  public let applied: Scheme
  public var scheme: String { applied.rawValue }
  public let keyIdentifier: [UInt8]
  /// In bytes, 8 or 16; zero where all samples have the constant one.
  public let vectorSize: Int
  /// Of 16 bytes, or empty.
  public let constantVector: [UInt8]
  public let pattern: Pattern

  public init(
    applied: Scheme, keyIdentifier: [UInt8], vectorSize: Int, constantVector: [UInt8] = [], pattern: Pattern = Pattern(crypt: 0, skip: 0)
  ) {
    (self.applied, self.keyIdentifier, self.vectorSize) = (applied, keyIdentifier, vectorSize)
    (self.constantVector, self.pattern) = (constantVector, pattern)
  }
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
  /// Nil where the sample is clear. Keys may change within a track.
  public let protection: TrackProtection?
  /// Empty where the sample is clear.
  public let vector: [UInt8]
  /// Empty: all of it is protected (or, without a vector, clear). Otherwise they add up to its size.
  public let parts: [Part]

  func protected(by protection: TrackProtection?, _ vector: [UInt8], _ parts: [Part]) -> Sample {
    Sample(
      bytes: bytes, decodingTime: decodingTime, compositionOffset: compositionOffset, protection: protection, vector: vector, parts: parts)
  }
}
