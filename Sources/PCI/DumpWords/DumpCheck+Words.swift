import Documents

/// The words of the text, line by line, against the registers that they were printed from.
extension DumpCheck {
  /// lspci's longest lines have some two hundred bytes; nothing beyond this is looked at.
  static let lineLimit = 1024

  /// - Parameter offset: where the structure begins in configuration space.
  mutating func compare(
    _ lines: [DumpText.Line], with vocabulary: DumpVocabulary, at offset: Int, code: (DumpLine) -> DumpProblem.Code
  ) {
    var current: DumpLine?
    var depth = 0
    for line in lines {
      let (printed, text) = line.withoutOffset
      if let known = vocabulary.line(beginning: text) {
        // A beginning inside of a structure's lines (`AtomicOpsCtl:` below `DevCtl2:`) leaves them one.
        if current == nil || line.indentation <= depth { depth = line.indentation }
        current = known
      } else if line.indentation <= depth || current == nil {
        current = nil
        if vocabulary.hasFamily(of: text) {
          add(.contradictsCapability, line: line.number, "the text has \(quoted(text)), the bytes do not")
        }
      }
      guard let known = current else { continue }
      if let printed, printed != offset + known.register {
        add(code(known), line: line.number, "the text has \(quoted(text)) at \(hex(printed)), the bytes at \(hex(offset + known.register))")
      }
      compare(text, known.words, in: known, line: line.number, at: offset, code: code(known))
    }
  }

  mutating func compare(
    _ text: Substring, _ words: [DumpWord], in line: DumpLine, line number: Int, at offset: Int, code: DumpProblem.Code
  ) {
    let bytes = Array(text.utf8.prefix(Self.lineLimit))
    for word in words {
      let value = space.bits(word.bits, at: offset + (word.register ?? line.register))
      guard let found = word.contradiction(in: bytes, value: value) else { continue }
      let name = line.label.split(separator: ":").first.map { word.names.contains { $0.hasPrefix(line.label) } ? "" : $0 + " " } ?? ""
      add(
        code, word.severity, line: number, "the text says \(name)\(found.said), the bytes \(name)\(found.actual)",
        expected: "text and bytes of the same function")
    }
  }
}

extension DumpText.Line {
  /// The line behind its indentation and the offset that `lspci -vvv` puts before the streams of IDE: `[20c]SelectiveIDE#0 Cap:`.
  var withoutOffset: (offset: Int?, text: Substring) {
    let text = trimmed
    guard text.first == "[", let close = text.prefix(8).firstIndex(of: "]"), let offset = Int(text[..<close].dropFirst(), radix: 16) else {
      return (nil, text)
    }
    return (offset, text[close...].dropFirst())
  }
}

extension ConfigurationSpace {
  /// Bits of the 64 that begin at an offset, in the order of the bus: what is not there reads as ones.
  func bits(_ range: ClosedRange<Int>, at offset: Int) -> UInt64 {
    let value = UInt64(long(offset)) | UInt64(long(offset + 4)) << 32
    let width = UInt64(range.upperBound - range.lowerBound + 1)
    return value >> UInt64(range.lowerBound) & (width >= 64 ? .max : 1 << width - 1)
  }
}
