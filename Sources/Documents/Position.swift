/// A place in a text that a person wrote: what an error points at.
///
/// Lines and columns count from 1; a column counts Unicode scalars. A position without a line
/// means the file as a whole, one without a column a whole line.
public struct Position: Hashable, Sendable, CustomStringConvertible {
  public var file: String
  public var line: Int?
  public var column: Int?

  public init(file: String, line: Int? = nil, column: Int? = nil) {
    (self.file, self.line, self.column) = (file, line, column)
  }

  /// `machine.yaml:14:9`, or as much of it as is known.
  public var description: String {
    var out = file
    if let line {
      out += ":\(line)"
      if let column { out += ":\(column)" }
    }
    return out
  }
}
