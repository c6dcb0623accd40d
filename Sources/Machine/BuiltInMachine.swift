import Documents
import Foundation

/// The machine file that is used when none is named.
public enum BuiltInMachine {
  public static let name = "default.yaml"

  public static func text() throws(DocumentError) -> String {
    guard let file = Bundle.module.url(forResource: "default", withExtension: "yaml", subdirectory: "BuiltIn") else {
      throw DocumentError(.missingFile, at: Position(file: name), "the built-in machine is not where it was installed")
    }
    return try TextFile.text(at: file.path)
  }

  static func document() throws(DocumentError) -> Document { try Document(text: try text(), file: "built-in/\(name)") }
}
