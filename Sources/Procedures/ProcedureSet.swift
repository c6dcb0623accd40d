import Documents
import Primitives
import Rules

/// All procedures of one host: a variant's own, those of the variant that it is based on, what all variants share, and what a user
/// puts in their place.
public struct ProcedureSet: Sendable {
  public private(set) var variant: Variant
  public private(set) var files: [ProcedureFile]
  public private(set) var dropped: [Guard] = []
  public private(set) var faults: [String] = []
  /// The procedures of which the variant has a file of its own.
  public private(set) var own: [Procedure]
  /// The procedures that are not as the variant has them: a user's, or changed by a fault.
  public private(set) var changed: Set<Procedure> = []
  /// The variant's, before anything was changed.
  private let originals: [ProcedureFile]
  public private(set) var needsStrictDMA = false
  public private(set) var needsHostileVMM = false

  public static let defaultVariant = "unbind-first"

  public static var variantNames: [String] {
    BuiltInFiles.names(in: "").filter { !["common", "faults"].contains($0) && !$0.contains(".yaml") }
  }

  /// Reads a built-in variant.
  public init(variant name: String = defaultVariant) throws(ProcedureError) {
    guard Self.variantNames.contains(name) else {
      throw .unknown("variant", name, suggestion: nearestWord(to: name, among: Self.variantNames), known: Self.variantNames)
    }
    do throws(DocumentError) {
      variant = try Variant(BuiltInFiles.document("\(name)/variant.yaml"))
      var files: [ProcedureFile] = []
      own = []
      for folder in Self.folders(of: variant) {
        for file in BuiltInFiles.names(in: folder) where file != "variant.yaml" {
          let read = try ProcedureFile(BuiltInFiles.document("\(folder)/\(file)"))
          Self.put(read, &files)
          if folder == name { own.append(read.procedure) }
        }
      }
      (self.files, originals) = (files, files)
    } catch { throw .document(error) }
  }

  /// Where a variant's procedures lie; what comes later stands in for what came before.
  private static func folders(of variant: Variant) -> [String] { ["common"] + (variant.base.map { [$0] } ?? []) + [variant.name] }

  private static func put(_ file: ProcedureFile, _ files: inout [ProcedureFile]) {
    if let i = files.firstIndex(where: { $0.procedure == file.procedure }) { files[i] = file } else { files.append(file) }
  }

  /// A user's file stands in for a built-in one. The name must be the one that the file itself declares.
  public mutating func replace(_ name: String, withFile path: String) throws(ProcedureError) {
    let file: ProcedureFile
    do throws(DocumentError) { file = try ProcedureFile(contentsOf: path) } catch { throw .document(error) }
    try replace(name, with: file)
  }

  /// The same with a file that was read already.
  public mutating func replace(_ name: String, with file: ProcedureFile) throws(ProcedureError) {
    guard let procedure = Procedure(id: name) else {
      let known = Procedure.allCases.dropFirst().map(\.id)
      throw .unknown("procedure", name, suggestion: nearestWord(to: name, among: known), known: known)
    }
    guard file.procedure == procedure else {
      throw .document(
        DocumentError(
          .contradiction, at: Position(file: file.file, line: 1), "the file declares the procedure \(quoted(file.procedure.id))",
          expected: "procedure: \(name)"))
    }
    Self.put(file, &files)
    changed.insert(procedure)
  }

  /// Edits a fault in: a built-in name, `drop-guard:ID`, or a file's path.
  public mutating func apply(fault name: String) throws(ProcedureError) {
    if name.hasPrefix("drop-guard:") {
      let id = String(name.dropFirst("drop-guard:".count))
      guard let found = Guard(id: id), found.isLaw else {
        let known = Guard.laws.map(\.id)
        throw .unknown("guard", id, suggestion: nearestWord(to: id, among: known), known: known)
      }
      dropped.append(found)
      faults.append(name)
      return
    }
    let fault: FaultFile
    if Self.faultNames.contains(name) {
      fault = try Self.fault(name)
    } else if name.contains("/") || name.hasSuffix(".yaml") {
      do throws(DocumentError) { fault = try FaultFile(contentsOf: name) } catch { throw .document(error) }
    } else {
      throw .unknown("fault", name, suggestion: nearestWord(to: name, among: Self.faultNames), known: Self.faultNames)
    }
    try apply(fault)
  }

  /// The same with a fault that was read already. After an error the set is of no further use.
  public mutating func apply(_ fault: FaultFile) throws(ProcedureError) {
    guard fault.variants.isEmpty || fault.variants.contains(variant.name) else {
      throw .notApplicable(fault: fault, variant: variant.name)
    }
    do throws(DocumentError) {
      for edit in fault.edits {
        guard let i = files.firstIndex(where: { $0.procedure == edit.procedure }) else {
          throw DocumentError(
            .unknownWord, at: edit.position, "there is no procedure \(quoted(edit.procedure.id)) in \(variant.name)",
            expected: choices(files.map(\.procedure.id), like: edit.procedure.id))
        }
        try files[i].apply(edit)
        changed.insert(edit.procedure)
      }
    } catch { throw .document(error) }
    dropped += fault.dropped
    if fault.needsStrictDMA { needsStrictDMA = true }
    if fault.needsHostileVMM { needsHostileVMM = true }
    faults.append(fault.name)
  }

  /// Whether a fault is worth asking in this variant: it can be applied, and a variant that is based on another says of it what that
  /// one says, unless the fault's file names the variant or edits a procedure that is its own.
  public func isConcerned(by fault: FaultFile) -> Bool {
    if !fault.variants.isEmpty { return fault.variants.contains(variant.name) }
    return variant.base == nil || fault.edits.contains { own.contains($0.procedure) }
  }

  /// The text of a built-in file, to be copied and edited. Nil where the variant has no such procedure.
  public static func text(of procedure: Procedure, variant: String) throws(ProcedureError) -> String? {
    do throws(DocumentError) {
      let folders = folders(of: try Variant(BuiltInFiles.document("\(variant)/variant.yaml")))
      for folder in folders.reversed() where BuiltInFiles.names(in: folder).contains("\(procedure.id).yaml") {
        return try BuiltInFiles.text("\(folder)/\(procedure.id).yaml")
      }
      return nil
    } catch { throw .document(error) }
  }

  public static var faultNames: [String] {
    BuiltInFiles.names(in: "faults").filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
  }

  public static func fault(_ name: String) throws(ProcedureError) -> FaultFile {
    do { return try FaultFile(BuiltInFiles.document("faults/\(name).yaml")) } catch { throw .document(error) }
  }

  public subscript(_ procedure: Procedure) -> ProcedureFile? { files.first { $0.procedure == procedure } }

  /// The variant's file of a procedure, whatever was put in its place.
  public func original(_ procedure: Procedure) -> ProcedureFile? { originals.first { $0.procedure == procedure } }

  /// The procedures of which a step may fail for no reason that a rule knows.
  public var fallible: Set<Procedure> {
    Set(files.filter { $0.fallibleSteps(insteadOf: original($0.procedure)).contains(true) }.map(\.procedure))
  }

  public var law: Law { Law(dropping: dropped) }

  /// The table that machine and explorer walk.
  public func playbook() throws(ProcedureError) -> Playbook {
    var book = Playbook()
    for file in files.sorted(by: { $0.procedure.code < $1.procedure.code }) {
      do throws(DocumentError) {
        let fallible = file.fallibleSteps(insteadOf: original(file.procedure))
        guard book.add(file.procedure, try file.compiled(at: book.count), fallible: fallible) else { throw tooLong }
      } catch { throw .document(error) }
    }
    return book
  }

  /// What makes the book too long is most likely what was put into it last: the longest that is not the variant's own.
  private var tooLong: DocumentError {
    let own = files.filter { changed.contains($0.procedure) }
    let longest = (own.isEmpty ? files : own).max { $0.steps.count < $1.steps.count }
    let total = files.reduce(0) { $0 + max(1, $1.steps.count) }
    return DocumentError(
      .tooLarge, at: Position(file: longest?.file ?? variant.name, line: 1),
      "\(total) steps in all procedures together, \(longest?.steps.count ?? 0) of them here", expected: "at most \(Playbook.capacity - 1)")
  }

  /// The name of the step at a position of the compiled playbook, as its file gives it.
  public func stepName(at position: UInt16, in book: Playbook) -> String? {
    let line = book[position]
    guard position != 0, let file = self[line.procedure] else { return nil }
    let index = Int(position) - Int(book.entry(of: line.procedure))
    return file.steps.indices.contains(index) ? file.steps[index].name : nil
  }
}

/// Why procedures could not be put together.
public enum ProcedureError: Error, Hashable, Sendable, CustomStringConvertible {
  case document(DocumentError)
  case unknown(String, String, suggestion: String?, known: [String])
  case notApplicable(fault: FaultFile, variant: String)

  public var description: String {
    switch self {
    case .document(let error): return error.description
    case .unknown(let kind, let name, let suggestion, let known):
      var text = "unknown \(kind) \(quoted(name))"
      if let suggestion { text += " (did you mean '\(suggestion)'?)" }
      if !known.isEmpty { text += "\n  expected " + choices(known, like: name) }
      return text
    case .notApplicable(let fault, let variant):
      return "\(fault.file): the fault \(quoted(fault.name)) does not apply to the variant \(quoted(variant))\n  expected one of: "
        + fault.variants.joined(separator: ", ")
    }
  }
}
