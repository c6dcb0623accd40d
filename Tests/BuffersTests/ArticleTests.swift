import Foundation
import Testing

/// The article is held against the program: its code is the example's, and what it prints is what comes.
@Suite struct ArticleTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func text(_ path: String) -> String { (try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)) ?? "" }

  /// The blocks of the article that open with this fence, without the fences.
  private static func blocks(_ fence: String) -> [String] {
    let parts = text("Sources/Buffers/Buffers.docc/YourFirstBuffer.md").components(separatedBy: "\n```")
    // Between an opening and a closing fence lies every other part.
    return parts.enumerated().filter { $0.offset % 2 == 1 }.compactMap { _, part in
      guard let end = part.firstIndex(of: "\n"), part[..<end] == fence else { return nil }
      return String(part[part.index(after: end)...]) + "\n"
    }
  }

  @Test func theCodeIsTheExamples() {
    for name in ["SharedFrame", "main"] {
      let source = Self.text("Examples/SharedFrame/Sources/SharedFrame/\(name).swift")
      #expect(!source.isEmpty && Self.blocks("swift").contains(source))
    }
  }

  @Test func whatIsPrintedIsWhatComes() throws {
    var lines: [String] = []
    try shareAFrame { lines.append($0) }
    #expect(Self.blocks("") == [lines.map { $0 + "\n" }.joined()])
  }
}
