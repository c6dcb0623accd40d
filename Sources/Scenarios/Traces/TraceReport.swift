import Documents
import Machine
import Rules

/// The answer to a log, as text of 80 columns and as JSON lines.
public struct TraceReport: Sendable {
  public let check: TraceCheck
  public let platform: String
  public init(_ check: TraceCheck, platform: String = "tdx") { (self.check, self.platform) = (check, platform) }

  static let possibleLimit = 12

  /// The last line, stable.
  public var line: String {
    // Words and pairs, of which a file's name is one; it steers no terminal.
    let name = Self.harmless(check.log.file).map { $0.isWhitespace || $0 == "=" ? "-" : String($0) }.joined()
    var line: String
    switch check.verdict {
    case .allowed: line = "verdict: allowed trace=\(name) platform=\(platform) events=\(check.allowed)"
    case .refused(let refusal):
      line = "verdict: refused trace=\(name) platform=\(platform) event=\(refusal.event) line=\(refusal.line) reason=\(refusal.reason.word)"
      if let law = refusal.reason.law { line += " guard=\(law.id.replacing(" ", with: "-"))" }
      if case .breaks(let property) = refusal.reason { line += " property=\(property.id)" }
      line += " events=\(check.allowed)"
    case .ambiguous(let number):
      line = "verdict: incomplete trace=\(name) platform=\(platform) line=\(number) reason=ambiguous events=\(check.allowed)"
    }
    line += " unjudged=\(check.unjudged)"
    if let first = check.violations.first { line += " violates=\(first.property.id)" }
    return line
  }

  public var text: String {
    var lines = [title] + (check.log.header == nil ? ["  begins behind the set-up, or before it"] : [])
    lines.append(
      "  \(check.allowed) event\(check.allowed == 1 ? "" : "s") allowed"
        + (check.unjudged > 0 ? ", \(check.unjudged) of them nothing to the rules" : ""))
    let guessed = check.guessedPages
    if !guessed.isEmpty { lines += Self.wrapped("  taken to be reported as no TEE memory: " + guessed.joined(separator: ", "), 4) }
    if let first = check.violations.first { lines += Self.wrapped("  event \(first.event) breaks \(first.property.id), and the log says so", 4) }
    switch check.verdict {
    case .allowed: break
    case .ambiguous(let number):
      lines += Self.wrapped("  line \(number): too many readings are left; an `action`, or an `object`, says which it was", 4)
    case .refused(let refusal): lines += [""] + Self.lines(of: refusal)
    }
    return lines.joined(separator: "\n")
  }

  private var title: String {
    let header = check.log.header
    let what = header.map { "\($0.kind.rawValue) of \($0.name)" } ?? "an event log"
    return Self.harmless(what) + " on \(platform)   \(check.log.events.count) event\(check.log.events.count == 1 ? "" : "s")"
      + (check.beginning.variant.map { "   variant \($0)" } ?? "")
  }

  private static func lines(of refusal: TraceRefusal) -> [String] {
    var lines = [refusal.said == nil ? "✗ line \(refusal.line), the result:" : "✗ line \(refusal.line), event \(refusal.event):"]
    if let said = refusal.said { lines += wrapped("    \(said.text)   \(said.ending)", 6) }
    lines += wrapped("  \(refusal.reason.sentence)", 4)
    if let law = refusal.reason.law, law.isLaw { lines += wrapped("    guard \(law.id)   \(law.entry.source)", 6) }
    if case .breaks(let property) = refusal.reason { lines += wrapped("    \(property.source)", 6) }
    guard !refusal.possible.isEmpty else { return lines + ["", "  nothing was possible instead"] }
    lines += ["", "  possible instead:"]
    for item in refusal.possible.prefix(possibleLimit) {
      let name = item.name
      let words = name.actor + (name.peer.map { " → \($0)" } ?? "") + "   \(name.call)" + (name.object.map { "   \($0)" } ?? "")
      lines += wrapped("    \(words)" + (item.breaks.map { "   (breaks \($0.id))" } ?? ""), 6)
    }
    let more = refusal.possible.count - possibleLimit
    return more > 0 ? lines + ["    and \(more) more"] : lines
  }

  /// Text from a file, with nothing in it that moves a cursor.
  private static func harmless(_ text: String) -> String { String(quoted(text, atMost: 4096).dropFirst().dropLast()) }

  /// Lines of at most 80 columns, what follows the first indented; what has no space to break at is cut.
  private static func wrapped(_ written: String, _ indent: Int) -> [String] {
    let text = harmless(written)
    var lines: [String] = [], line = String(text.prefix { $0 == " " }), isFirstWord = true
    for word in text.split(separator: " ", omittingEmptySubsequences: false).drop(while: \.isEmpty) {
      if !isFirstWord, line.count + 1 + word.count > 80 {
        lines.append(line)
        line = String(repeating: " ", count: indent)
        isFirstWord = true
        if word.isEmpty { continue }
      }
      line += (isFirstWord ? "" : " ") + word
      isFirstWord = false
    }
    return (lines + [line]).map { $0.count <= 80 ? $0 : $0.prefix(79) + "…" }
  }
}
