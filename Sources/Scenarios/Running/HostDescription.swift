import Documents
import Primitives
import Procedures
import Rules

/// The host's procedures as the user asked for them: variant, own files, faults. Texts are kept, so that a recording can
/// carry them and a replay does not depend on files that may have changed.
public struct HostDescription: Hashable, Sendable {
  public struct Replacement: Hashable, Sendable {
    /// The procedure that the file stands in for.
    public var name: String
    public var source: SourceText
  }
  public enum Fault: Hashable, Sendable {
    /// Built-in, or `drop-guard:ID`.
    case named(String)
    case file(SourceText)
  }

  public var variant: String
  public var replacements: [Replacement] = []
  public var faults: [Fault] = []

  public init(variant: String = ProcedureSet.defaultVariant) { self.variant = variant }

  /// Reads a user's procedure now. Errors: the file's; whether it is a procedure is found when the set is made.
  public mutating func replace(_ name: String, withFile path: String) throws(DocumentError) {
    replacements.append(Replacement(name: name, source: try SourceText(contentsOf: path)))
  }

  /// A fault by name, or by path where it has a `/` or ends in `.yaml`.
  public mutating func add(fault: String) throws(DocumentError) {
    let isPath = !fault.hasPrefix("drop-guard:") && (fault.contains("/") || fault.hasSuffix(".yaml"))
    faults.append(isPath ? .file(try SourceText(contentsOf: fault)) : .named(fault))
  }

  /// The procedures themselves. `more` are faults that a scenario brings along; they come first.
  public func procedures(with more: [String] = []) throws(ProcedureError) -> ProcedureSet {
    var set = try ProcedureSet(variant: variant)
    for replacement in replacements {
      let file: ProcedureFile
      do throws(DocumentError) { file = try ProcedureFile(replacement.source.document()) } catch { throw .document(error) }
      try set.replace(replacement.name, with: file)
    }
    for name in more { try set.apply(fault: name) }
    for fault in faults {
      switch fault {
      case .named(let name): try set.apply(fault: name)
      case .file(let source):
        let file: FaultFile
        do throws(DocumentError) { file = try FaultFile(source.document()) } catch { throw .document(error) }
        try set.apply(file)
      }
    }
    return set
  }
}
