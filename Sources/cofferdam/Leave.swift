/// The exit statuses of the contract.
enum ExitStatus: Int32, Sendable {
  /// As declared, or holds.
  case asDeclared = 0
  /// Not as declared, or violated.
  case notAsDeclared = 1
  /// Bad input or usage.
  case badInput = 2
  /// A limit, or interrupted.
  case incomplete = 3
}

/// Leaves the program with a status, and with something to say on standard error.
struct Leave: Error {
  let status: ExitStatus
  let message: String?

  init(_ status: ExitStatus, _ message: String? = nil) { (self.status, self.message) = (status, message) }

  static func badInput(_ message: String) -> Leave { Leave(.badInput, "error: " + message) }
  static func notBuiltYet(_ what: String) -> Leave { Leave(.badInput, "error: \(what): not built yet") }
}
