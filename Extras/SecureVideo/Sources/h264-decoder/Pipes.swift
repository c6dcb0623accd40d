import Foundation

/// The two streams of the helper. Numbers are little-endian, 32 bits.
struct Pipes {
  private let input = FileHandle.standardInput, output = FileHandle.standardOutput

  /// No sample of a film is larger.
  static let mostBytes = 1 << 26

  /// The next length and its bytes; nil at the end.
  func next() throws(DecoderError) -> [UInt8]? {
    guard let head = try read(4) else { return nil }
    let count = (0..<4).reduce(0) { $0 | Int(head[$1]) << (8 * $1) }
    guard count <= Self.mostBytes else { throw DecoderError("a sample of \(count) bytes") }
    guard count > 0 else { return [] }
    guard let bytes = try read(count) else { throw DecoderError("the input ends in the middle of a sample") }
    return bytes
  }

  func write(width: Int, height: Int, _ planes: [UInt8]) throws(DecoderError) {
    let head = [width, height, planes.count].flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    do { try output.write(contentsOf: Data(head + planes)) } catch { throw DecoderError("nobody reads the frames: \(error.localizedDescription)") }
  }

  private func read(_ count: Int) throws(DecoderError) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      var more: Data?
      do { more = try input.read(upToCount: count - bytes.count) } catch { throw DecoderError("cannot read: \(error.localizedDescription)") }
      guard let more, !more.isEmpty else {
        if bytes.isEmpty { return nil }
        throw DecoderError("the input is cut")
      }
      bytes += more
    }
    return bytes
  }
}

struct DecoderError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
