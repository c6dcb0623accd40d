import Media

/// What `secure-video` plays: a film, the key to it, and the frames that have to come.
public struct FilmInput: Sendable {
  public let name: String
  public let film: Film
  /// Of the pictures, and most often of the sound, too.
  public let key: ContentKey
  /// Of other tracks.
  public let otherKeys: [ContentKey]
  /// MD5 of every decoded frame, as `ffmpeg -f framemd5` lists them; empty where there is no such list.
  public let frameDigests: [String]

  public init(name: String, film: Film, key: ContentKey, otherKeys: [ContentKey] = [], frameDigests: [String] = []) {
    (self.name, self.film, self.key, self.otherKeys, self.frameDigests) = (name, film, key, otherKeys, frameDigests)
  }

  /// Those that a track needs, as far as they are at hand.
  func keys(_ track: Track) -> [ContentKey] {
    track.keyIdentifiers.compactMap { identifier in ([key] + otherKeys).first { $0.identifier == identifier } }
  }
  /// A key that is not at hand, or one for which the engine has no room.
  func missingKey(_ track: Track) -> [UInt8]? {
    track.keyIdentifiers.dropFirst(Self.mostKeys / 2).first
      ?? track.keyIdentifiers.first { identifier in !([key] + otherKeys).contains { $0.identifier == identifier } }
  }
  /// For which an engine has room, of pictures and sound.
  public static let mostKeys = CryptoMaster.mostKeys

  /// The last word of each line of a framemd5 file that is no comment, of stream 0.
  public static func digests(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      guard !line.hasPrefix("#") else { return nil }
      let fields = line.split(separator: ",").map { $0.drop { $0 == " " } }
      return fields.count == 6 && fields[0] == "0" ? String(fields[5]).lowercased() : nil
    }
  }
}

/// A content key and the identifier under which tracks ask for it. The bytes can be given away once, to a secure world, and not be read.
public struct ContentKey: Sendable {
  public let identifier: [UInt8]
  let bytes: [UInt8]

  /// Nil unless both are 16 bytes.
  public init?(identifier: [UInt8], bytes: [UInt8]) {
    guard identifier.count == 16, bytes.count == 16 else { return nil }
    (self.identifier, self.bytes) = (identifier, bytes)
  }

  /// Looks in a text for a line that has the identifier and one other number of 32 hexadecimal digits, which is the key.
  public static func find(_ identifier: [UInt8], in text: String) -> ContentKey? {
    for line in text.split(whereSeparator: \.isNewline) where line.utf8.count < 65_536 {
      let numbers = line.split { !$0.isHexDigit }.filter { $0.count == 32 }.compactMap { hexadecimalBytes(String($0)) }
      let others = Set(numbers.filter { $0 != identifier })
      if numbers.contains(identifier), others.count == 1, let key = others.first { return ContentKey(identifier: identifier, bytes: key) }
    }
    return nil
  }
}

/// Nil unless it is pairs of hexadecimal digits.
public func hexadecimalBytes(_ text: String) -> [UInt8]? {
  let digits = text.utf8.map { UInt8(String(UnicodeScalar($0)), radix: 16) }
  guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
  return stride(from: 0, to: digits.count, by: 2).map { (digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0) }
}

/// Something that decodes: what the codec master's hardware is.
public protocol FrameDecoder: Sendable {
  var name: String { get }
  /// Decodes samples in decoding order, and hands each frame over in the order of presentation.
  /// - Parameter samples: what the codec read through the firewall, and nothing else.
  func decode(configuration: [UInt8], samples: [[UInt8]], frame: (DecodedFrame) throws -> Void) throws
}

/// A picture as it comes out of a decoder.
public struct DecodedFrame: Sendable {
  public let width: Int, height: Int
  /// Planes without gaps, in the order Y, U, V.
  public let bytes: [UInt8]
  public init(width: Int, height: Int, bytes: [UInt8]) { (self.width, self.height, self.bytes) = (width, height, bytes) }
}
