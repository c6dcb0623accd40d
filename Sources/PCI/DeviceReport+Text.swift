import Foundation
import Primitives

extension DeviceReport {
  /// Lines of at most 80 columns.
  public var text: String {
    var lines = ["device \(address)   \(vendor):\(device)   class \(deviceClass)   revision \(padded(UInt64(max(0, revision)), 2))"]
    lines.append("  read \(bytes) bytes of configuration space from")
    lines += wrapped(file, indent: "    ")
    lines.append("  command        " + (command.isEmpty ? "everything off" : command.joined(separator: " ")))
    lines.append("  reset (FLR)    " + (functionLevelReset ? "yes" : "no"))
    lines.append("  TEE-IO         " + (teeIO ? "yes" : "no"))
    lines.append("  IDE streams    \(linkStreams) link, \(selectiveStreams) selective")
    lines.append("  DOE mailboxes  \(mailboxes)")
    lines += ["", "windows"]
    for window in windows {
      let size = window.size.map { readable($0) } ?? "size not in the dump"
      lines += wrapped("BAR\(window.index)  \(window.address)  \(size)  \(window.kind)", indent: "  ")
    }
    if windows.isEmpty { lines.append("  none") }
    lines += ["", "capabilities"]
    for capability in capabilities {
      let place = "[\(capability.place)]"
      lines += wrapped(
        place + String(repeating: " ", count: max(1, 10 - place.count)) + capability.name
          + (capability.detail.isEmpty ? "" : ": " + capability.detail), indent: "  ", hanging: 10)
    }
    if capabilities.isEmpty { lines.append("  none") }
    lines += ["", "problems"]
    for problem in problems {
      let mark = problem.severity == .error ? "error " : "remark"
      lines += wrapped("\(mark)  \(problem.message)", indent: "  ", hanging: 8)
      if !problem.expected.isEmpty { lines += wrapped("expected \(problem.expected)", indent: "          ") }
      lines += wrapped("at \(problem.place)", indent: "          ")
    }
    if problems.isEmpty { lines.append("  none") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One object with sorted keys.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

/// `64 KiB`, or bytes where no unit fits.
func readable(_ size: UInt64) -> String {
  for (unit, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)] as [(String, UInt64)]
  where size >> shift > 0 && size & (1 << shift - 1) == 0 {
    return "\(size >> shift) \(unit)"
  }
  return "\(size) bytes"
}

/// Breaks between words, and inside a word that alone is too long. Lines after the first hang by so many columns.
private func wrapped(_ text: String, indent: String, hanging: Int = 0) -> [String] {
  let width = 80 - indent.count
  let margin = String(repeating: " ", count: hanging)
  var lines: [String] = []
  var line = ""
  var isFresh = true
  for word in text.split(separator: " ", omittingEmptySubsequences: false) {
    if !isFresh, line.count + 1 + word.count > width {
      lines.append(line)
      (line, isFresh) = (margin, true)
    }
    if !isFresh { line += " " }
    var rest = word[...]
    while line.count + rest.count > width {
      let room = max(1, width - line.count)
      lines.append(line + rest.prefix(room))
      rest = rest.dropFirst(room)
      line = margin
    }
    line += rest
    isFresh = false
  }
  lines.append(line)
  return lines.map { indent + $0 }
}
