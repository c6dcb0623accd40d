import Documents
import Foundation
import Procedures
import Rules
import Testing

/// Where the package lies, found from this file.
let packageRoot = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized

/// Every built-in file: its path below `BuiltIn` and its text, in the order of paths.
func builtInTexts() throws -> [(path: String, text: String)] {
  let root = packageRoot.appendingPathComponent("Sources/Procedures/BuiltIn").resolvingSymlinksInPath()
  var found: [(path: String, text: String)] = []
  for folder in try FileManager.default.contentsOfDirectory(atPath: root.path).sorted() {
    let place = root.appendingPathComponent(folder)
    for file in try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() where file.hasSuffix(".yaml") {
      found.append(("\(folder)/\(file)", try String(contentsOf: place.appendingPathComponent(file), encoding: .utf8)))
    }
  }
  return found
}

/// Calls `body` with the path of a file of this text, which is gone afterwards.
func withFile<Result>(_ text: String, named name: String = "file.yaml", _ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("procedures-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let path = folder.appendingPathComponent(name).path
  try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  return try body(path)
}

/// Reads a procedure from text.
func procedure(_ text: String) throws(DocumentError) -> ProcedureFile { try ProcedureFile(Document(text: text, file: "p.yaml")) }

/// What reading the text is refused with, or nil.
func refusal(_ text: String) -> DocumentError? {
  do throws(DocumentError) { _ = try procedure(text) } catch { return error }
  return nil
}

/// What compiling a set is refused with, or nil.
func compileError(_ set: ProcedureSet) -> ProcedureError? {
  do throws(ProcedureError) { _ = try set.playbook() } catch { return error }
  return nil
}

/// The default variant, or `base`, with this text in the place of its `name`.
func set(_ name: String, _ text: String, on base: ProcedureSet? = nil) throws -> ProcedureSet {
  var set = try base ?? ProcedureSet()
  try withFile(text) { try set.replace(name, withFile: $0) }
  return set
}

/// A set to which the fault of this text was applied.
func faulted(_ text: String, on base: ProcedureSet? = nil) throws -> ProcedureSet {
  var set = try base ?? ProcedureSet()
  try withFile(text, named: "fault.yaml") { try set.apply(fault: $0) }
  return set
}

/// The names of a procedure's steps, as its file gives them.
func names(_ set: ProcedureSet, _ procedure: Procedure) -> [String] { set[procedure]?.steps.map(\.name) ?? [] }
