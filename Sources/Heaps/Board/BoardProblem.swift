import DeviceTrees

/// Something about a board's memory that cannot be, or that whoever reads it should know.
public struct BoardProblem: Error, Hashable, Sendable {
  public enum Severity: String, Hashable, Sendable {
    /// Some of what the tree asks for will not be there.
    case conflict
    case remark
  }
  public enum Code: String, CaseIterable, Hashable, Sendable {
    // What a node says cannot be read, or makes no sense
    case malformed, zeroSize = "zero-size", noPlace = "no-place", misaligned, contradiction, tooMany = "too-many"
    // Regions against each other and against memory
    case overlap, outsideMemory = "outside-memory", noRoom = "no-room"
    // Heaps
    case sameName = "same-name", refusedHeap = "refused-heap"
    // Remarks
    case noMemory = "no-memory", ignored, renamed, disabled
    /// A kernel may start on it, and no machine can be made of it here.
    case noMachine = "no-machine"
  }

  public let code: Code
  public let severity: Severity
  /// `/reserved-memory/optee@43200000`
  public let path: String
  /// Empty where it is the whole node.
  public let property: String
  public let message: String
  public let expectation: String

  init(_ code: Code, _ severity: Severity = .conflict, in path: String, _ property: String, _ message: String, expected: String = "") {
    (self.code, self.severity, self.path, self.property) = (code, severity, path, property)
    (self.message, self.expectation) = (message, expected)
  }

  /// About the whole node.
  init(_ code: Code, _ severity: Severity = .conflict, in path: String, _ message: String, expected: String = "") {
    self.init(code, severity, in: path, "", message, expected: expected)
  }

  init(_ error: DeviceTreeError, _ severity: Severity = .conflict) {
    let place = error.offset.map { " (byte 0x\(String($0, radix: 16)))" } ?? ""
    self.init(.malformed, severity, in: error.path, error.property, error.message + place, expected: error.expectation)
  }

  /// `/reserved-memory/optee@43200000, property 'reg'`
  public var place: String { path + (property.isEmpty ? "" : ", property '\(property)'") }
}
