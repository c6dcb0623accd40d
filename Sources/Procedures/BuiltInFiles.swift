import Documents
import Foundation

/// The files that come with the project: one folder a variant, one of what variants share, one of faults.
enum BuiltInFiles {
  static func names(in folder: String) -> [String] {
    let url = Bundle.module.bundleURL.appendingPathComponent("BuiltIn/\(folder)")
    let found = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return found.sorted()
  }

  static func text(_ path: String) throws(DocumentError) -> String {
    try TextFile.text(at: Bundle.module.bundleURL.appendingPathComponent("BuiltIn/\(path)").path)
  }

  static func document(_ path: String) throws(DocumentError) -> Document { try Document(text: text(path), file: path) }
}
