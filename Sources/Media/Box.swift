/// A box of an ISO base media file (ISO/IEC 14496-12, section 4.2): a length, four letters, and bytes inside the bytes of another.
///
/// Nothing is copied: a box is a range of the file. Every length is checked against what holds the box, so a lie about a size is found
/// where it is told.
struct Box {
  let file: [UInt8]
  let type: String
  let path: String
  /// Where the head begins.
  let start: Int
  /// What is inside, behind the head.
  let body: Range<Int>

  static let mostDeep = 12
  /// A film has some hundred boxes, or two for each fragment.
  static let mostChildren = 1 << 20

  /// Boxes that had long names (ISO/IEC 14496-12, section 4.2, `uuid`) before they had letters: those of PIFF 1.1, sections 5.3.2 and 5.3.3,
  /// with the same layout.
  private static let extended: [[UInt8]: String] = [
    [0xA2, 0x39, 0x4F, 0x52, 0x5A, 0x9B, 0x4F, 0x14, 0xA2, 0x44, 0x6C, 0x42, 0x7C, 0x64, 0x8D, 0xF4]: "senc",
    [0x89, 0x74, 0xDB, 0xCE, 0x7B, 0xE7, 0x4C, 0x51, 0x84, 0xF9, 0x71, 0x48, 0xF9, 0x88, 0x25, 0x54]: "tenc",
  ]

  /// The file as if it were a box.
  init(file: [UInt8]) { (self.file, type, path, start, body) = (file, "", "", 0, 0..<file.count) }
  private init(_ file: [UInt8], _ type: String, _ path: String, _ start: Int, _ body: Range<Int>) {
    (self.file, self.type, self.path, self.start, self.body) = (file, type, path, start, body)
  }

  func error(_ code: MediaError.Code, at offset: Int? = nil, _ reason: String) -> MediaError {
    MediaError(code, path, at: offset ?? body.lowerBound, reason)
  }

  /// The boxes inside, from an offset on: some boxes begin with fields.
  func children(after skip: Int = 0) throws(MediaError) -> [Box] {
    guard skip <= body.count else { throw error(.cut, "\(body.count) bytes, and \(skip) of fields are expected before the boxes inside") }
    guard path.utf8.count(where: { $0 == 0x2F }) < Self.mostDeep else { throw error(.tooDeep, "boxes inside boxes, \(Self.mostDeep) deep") }
    var found: [Box] = []
    var at = body.lowerBound + skip
    // Some writers leave a few zero bytes at the end of a container.
    while body.upperBound - at >= 8 {
      guard found.count < Self.mostChildren else { throw error(.tooMany, at: at, "more than \(Self.mostChildren) boxes") }
      let size = Int(number(at, 4)), letters = (0..<4).map { file[at + 4 + $0] }
      var (head, length) = (8, size)
      if size == 1 {
        guard body.upperBound - at >= 16 else { throw error(.cut, at: at, "a long box has 16 bytes of head") }
        let long = number(at + 8, 8)
        guard long <= UInt64(body.upperBound - at) else { throw error(.cut, at: at, "a box of \(long) bytes, and \(body.upperBound - at) are left") }
        (head, length) = (16, Int(long))
      } else if size == 0 {
        length = body.upperBound - at
      }
      guard length >= head else { throw error(.badSize, at: at, "a box of \(length) bytes") }
      guard length <= body.upperBound - at else { throw error(.cut, at: at, "a box of \(length) bytes, and \(body.upperBound - at) are left") }
      var type = String(decoding: letters.map { (0x20..<0x7F).contains($0) ? $0 : 0x3F }, as: UTF8.self)
      if type == "uuid", length - head >= 16, let known = Self.extended[Array(file[at + head..<at + head + 16])] {
        (type, head) = (known, head + 16)
      }
      found.append(Box(file, type, path.isEmpty ? type : path + "/" + type, at, at + head..<at + length))
      at += length
    }
    return found
  }

  func child(_ type: String, after skip: Int = 0) throws(MediaError) -> Box? { try children(after: skip).first { $0.type == type } }
  func require(_ type: String, after skip: Int = 0) throws(MediaError) -> Box {
    guard let found = try child(type, after: skip) else { throw error(.missing, "no box '\(type)'") }
    return found
  }

  var fields: BoxFields { BoxFields(self) }

  fileprivate func number(_ at: Int, _ count: Int) -> UInt64 { (0..<count).reduce(0) { $0 << 8 | UInt64(file[at + $1]) } }

  /// Reads big-endian fields one after the other.
  struct BoxFields {
    let box: Box
    private(set) var at: Int

    fileprivate init(_ box: Box) { (self.box, at) = (box, box.body.lowerBound) }

    var remaining: Int { box.body.upperBound - at }

    mutating func integer(_ bytes: Int) throws(MediaError) -> UInt64 {
      guard bytes <= remaining else { throw box.error(.cut, at: at, "\(bytes) bytes are expected, and \(remaining) are left") }
      defer { at += bytes }
      return box.number(at, bytes)
    }
    mutating func int32() throws(MediaError) -> Int { Int(try integer(4)) }
    mutating func signed32() throws(MediaError) -> Int { Int(Int32(truncatingIfNeeded: try integer(4))) }
    /// Four letters; what is none is a question mark.
    mutating func letters() throws(MediaError) -> String {
      String(decoding: try bytes(4).map { (0x20..<0x7F).contains($0) ? $0 : 0x3F }, as: UTF8.self)
    }

    mutating func skip(_ bytes: Int) throws(MediaError) {
      guard bytes <= remaining else { throw box.error(.cut, at: at, "\(bytes) bytes are expected, and \(remaining) are left") }
      at += bytes
    }
    mutating func bytes(_ count: Int) throws(MediaError) -> [UInt8] {
      let start = at
      try skip(count)
      return Array(box.file[start..<at])
    }
    /// Version and flags of a full box.
    mutating func versionAndFlags() throws(MediaError) -> (version: Int, flags: Int) {
      let word = try int32()
      return (word >> 24, word & 0xFF_FFFF)
    }
    /// A count of entries that are so many bytes each, and are there.
    mutating func count(of entryBytes: Int, _ what: String) throws(MediaError) -> Int {
      let count = try int32()
      guard count <= remaining / entryBytes else {
        throw box.error(.contradiction, at: at, "\(count) \(what) of \(entryBytes) bytes, and \(remaining) bytes are left")
      }
      return count
    }
  }
}
