import Foundation

/// Spin's verifier, made of the twin and run once.
struct Pan {
  let folder: URL
  let spin: String, compiler: String
  /// Compiled without optimisation.
  let isQuick: Bool

  /// What either search may use, in bytes.
  static let memory = 10 << 30

  /// What it printed.
  struct Report {
    var states = 0, transitions = 0, depth = 0
    /// The length of the path to the assertion, where one failed, and the number in it.
    var violation: (length: Int, property: Int)?
    /// The search came to its end, or to an assertion.
    var isComplete = true
    var seconds = 0.0, bytesPerState = 0.0
    var output = ""
  }

  enum Failure: Error, CustomStringConvertible {
    case step(String, output: String)
    var description: String { if case .step(let name, let output) = self { "\(name) failed\n\(output)" } else { "" } }
  }

  func make(_ text: String, breadthFirst: Bool, _ defines: [String] = []) throws {
    try text.write(to: folder.appendingPathComponent("twin.pml"), atomically: true, encoding: .utf8)
    try step("spin -a", spin, ["-a", "twin.pml"])
    // The verifier prints eight digits of a count; here every one of them matters.
    let source = folder.appendingPathComponent("pan.c")
    try String(contentsOf: source, encoding: .utf8).replacingOccurrences(of: "%9.8g", with: "%.0f").write(
      to: source, atomically: true, encoding: .utf8)
    let options =
      [isQuick ? "-O0" : "-O2", "-w", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=\(Self.memory >> 20)"] + (breadthFirst ? ["-DBFS"] : []) + defines
    try step("gcc", compiler, options + ["-o", "pan", "pan.c"])
  }

  private func step(_ name: String, _ program: String, _ arguments: [String]) throws {
    let child = try Child.run(program, arguments, in: folder)
    guard child.status == 0 else { throw Failure.step(name, output: child.output) }
  }

  /// `states` is how many are expected, for the size of the table and of the stack.
  func run(expecting states: Int, breadthFirst: Bool) throws -> Report {
    let bits = max(16, Int.bitWidth - (states * 2).leadingZeroBitCount)
    let child = try Child.run(
      folder.appendingPathComponent("pan").path, ["-w\(bits)"] + (breadthFirst ? [] : ["-m\(max(100_000, states / 4))"]), in: folder)
    return Self.read(child)
  }

  static func read(_ child: Child) -> Report {
    var report = Report()
    report.seconds = child.seconds
    report.output = child.output
    var isTold = false
    for line in child.output.split(separator: "\n") where !line.hasPrefix("STATE") {
      let words = line.split { $0.isWhitespace }
      if line.contains("states, stored"), let states = Int(words[0]) { (report.states, isTold) = (states, true) }
      if line.contains("transitions (="), let transitions = Int(words[0]) { report.transitions = transitions - 1 }
      if line.contains("depth reached"), let at = words.firstIndex(of: "reached") {
        report.depth = Int(words[at + 1].filter(\.isNumber)) ?? 0
      }
      if line.contains("assertion violated"), let numbers = numbers(in: line) { report.violation = numbers }
      // Where the depth or the memory did not suffice; with an assertion that failed it says the same, and means no harm.
      if line.contains("Search not completed") || line.contains("max search depth too small") { report.isComplete = false }
      // Without the stack of a depth-first search, whose size is asked for beforehand.
      if line.contains("actual memory usage for states") || line.contains("memory used for hash table"), let megabytes = Double(words[0]) {
        report.bytesPerState += megabytes * 1_048_576
      }
    }
    report.isComplete = isTold && (report.isComplete || report.violation != nil)
    report.bytesPerState /= Double(max(report.states, 1))
    return report
  }

  /// `pan:1: assertion violated (13==0) (at depth 12)`
  private static func numbers(in line: Substring) -> (length: Int, property: Int)? {
    let numbers = line.split { !$0.isNumber }.compactMap { Int($0) }
    guard numbers.count >= 4 else { return nil }
    return (numbers[numbers.count - 1], numbers[numbers.count - 3])
  }
}
