import Documents
import Foundation

/// The device that a machine has when its file names no other: an invented accelerator with everything that
/// confidential I/O needs. Its vendor and device numbers belong to nobody.
public enum BuiltInDump {
  public static let name = "accelerator.txt"

  /// `lspci -vvvxxxx` text, one function at 0000:01:00.0, BAR0 of 64 KiB.
  public static func text() throws(DocumentError) -> String {
    guard let file = Bundle.module.url(forResource: "accelerator", withExtension: "txt", subdirectory: "BuiltIn") else {
      throw DocumentError(.missingFile, at: Position(file: name), "the built-in dump is not where it was installed")
    }
    return try TextFile.text(at: file.path)
  }

  public static func read() throws(DocumentError) -> ConfigurationSpaceDump {
    try ConfigurationSpaceDump(text: try text(), file: "built-in/" + name).checked()
  }
}
