/// Which of a stream's keys a message is about. PCIe 6.0 section 6.33.3, "key sub-stream" byte: bit 0 key set, bit 1 direction, bits 7:4
/// sub-stream.
public struct KeySlot: Hashable, Sendable, CaseIterable, Comparable {
  /// Requests that need no answer, requests that do, and answers: each has keys of its own, so that one may overtake another.
  public enum SubStream: UInt8, Hashable, Sendable, CaseIterable { case posted = 0, nonPosted = 1, completion = 2 }
  /// Seen from the port that gets the key.
  public enum Direction: UInt8, Hashable, Sendable, CaseIterable { case receive = 0, transmit = 1 }
  /// One is in use while the other is programmed.
  public enum KeySet: UInt8, Hashable, Sendable, CaseIterable { case first = 0, second = 1 }

  public var set: KeySet
  public var direction: Direction
  public var subStream: SubStream

  public init(set: KeySet = .first, direction: Direction, subStream: SubStream) {
    (self.set, self.direction, self.subStream) = (set, direction, subStream)
  }

  /// The six of a key set.
  public static func six(_ set: KeySet) -> [Self] {
    Direction.allCases.flatMap { direction in SubStream.allCases.map { Self(set: set, direction: direction, subStream: $0) } }
  }

  public static let allCases = KeySet.allCases.flatMap(six)

  init(from reader: inout MessageReader) throws(SPDMError) {
    let byte: UInt8 = try reader.integer("key sub-stream")
    guard let subStream = SubStream(rawValue: byte >> 4) else {
      throw reader.wrong("key sub-stream", width: 1, expected: "0, 1 or 2 in its upper nibble")
    }
    // Bits 2 and 3 are reserved.
    self.init(set: byte & 1 == 0 ? .first : .second, direction: byte & 2 == 0 ? .receive : .transmit, subStream: subStream)
  }

  public var byte: UInt8 { self.set.rawValue | direction.rawValue << 1 | subStream.rawValue << 4 }
  public static func < (a: Self, b: Self) -> Bool { a.byte < b.byte }
}
