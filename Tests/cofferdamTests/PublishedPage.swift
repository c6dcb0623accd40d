import Foundation
import Testing

/// A page of `docs/` that shows what a command prints.
struct PublishedPage {
  let name: String

  func text() throws -> String {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../docs/\(name).md").standardizedFileURL
    return try String(contentsOf: file, encoding: .utf8)
  }

  /// The block of the page that the program made, and the command that it stands under.
  func generated() throws -> (command: [String], text: String) {
    let text = try text()
    let mark = try #require(text.range(of: "<!-- generated: cofferdam "))
    let rest = text[mark.upperBound...], end = try #require(rest.range(of: " -->\n\n```\n"))
    let close = try #require(rest[end.upperBound...].range(of: "\n```\n"))
    return (rest[..<end.lowerBound].split(separator: " ").map(String.init), rest[end.upperBound..<close.lowerBound] + "\n")
  }

  /// The page's one file.
  func yaml() throws -> String {
    let text = try text()
    let open = try #require(text.range(of: "\n```yaml\n"))
    let close = try #require(text[open.upperBound...].range(of: "\n```\n"))
    return text[open.upperBound..<close.lowerBound] + "\n"
  }
}
