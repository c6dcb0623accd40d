import Foundation

/// A chart could not be drawn; nothing in the chart itself can cause this.
public struct ChartError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Hashable, Sendable { case pageFileMissing = "page-file-missing" }
  public let code: Code
  public let reason: String
  public var description: String { "\(code.rawValue): \(reason)" }
}

/// The style and the script of the HTML chart. They are files, so that they are edited and checked as
/// what they are, and become part of each chart, so that a chart needs nothing but itself.
enum PageFiles {
  static func text(_ name: String) throws(ChartError) -> String {
    let file = Bundle.module.bundleURL.appending(path: "Page/\(name)")
    guard let bytes = try? Data(contentsOf: file), let text = String(bytes: bytes, encoding: .utf8) else {
      throw ChartError(code: .pageFileMissing, reason: "the chart's page file \(name) is not beside the program")
    }
    return text
  }
}
