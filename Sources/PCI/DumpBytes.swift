import Documents

/// The hexadecimal lines of one function as bytes, and what is wrong with them.
struct DumpBytes {
  private(set) var bytes: [UInt8] = []
  private(set) var problems: [DumpProblem] = []
  /// Line of every sixteen bytes.
  private(set) var lines: [Int] = []

  init(_ function: DumpText.Function, file: String) {
    let header = Position(file: file, line: function.header.number)
    guard !function.hexadecimal.isEmpty else {
      problems.append(
        DumpProblem(
          .noBytes, at: header, "\(function.name) has no hexadecimal lines", expected: "the output of lspci -vvvxxxx"))
      return
    }
    for line in function.hexadecimal {
      let place = Position(file: file, line: line.number)
      guard let (offset, row) = parse(line.text) else {
        problems.append(
          DumpProblem(
            .notHexadecimal, at: place, "not a line of bytes", expected: "an offset and 16 bytes of two hexadecimal digits"))
        return
      }
      guard offset == bytes.count else {
        problems.append(
          DumpProblem(
            .wrongOffset, at: place, "the line is for offset \(hex(offset))",
            expected: "offset \(hex(bytes.count)), which comes next"))
        return
      }
      guard offset < ConfigurationSpace.extendedSize else {
        problems.append(DumpProblem(.wrongOffset, at: place, "configuration space ends at 0x1000", expected: "at most 4096 bytes"))
        return
      }
      bytes += row
      lines.append(line.number)
      guard row.count == 16 else {
        problems.append(DumpProblem(.cutDump, at: place, "the line has \(row.count) bytes", expected: "16"))
        return
      }
    }
    let last = Position(file: file, line: lines.last)
    if bytes.count != ConfigurationSpace.conventionalSize, bytes.count != ConfigurationSpace.extendedSize {
      problems.append(
        DumpProblem(
          .cutDump, at: last, "the dump ends at \(hex(bytes.count))", expected: "256 or 4096 bytes, as lspci -xxxx prints them"))
    } else if bytes.prefix(4).allSatisfy({ $0 == 0xFF }) {
      problems.append(
        DumpProblem(.deviceGone, at: Position(file: file, line: lines.first), "the function reads as all ones: nobody answered"))
    }
  }

  /// Nil for what is no line of bytes; a row may still be short.
  private func parse(_ line: Substring) -> (Int, [UInt8])? {
    guard let colon = line.firstIndex(of: ":"), let offset = Int(line[..<colon], radix: 16) else { return nil }
    let words = line[line.index(after: colon)...].split { $0 == " " || $0 == "\t" }
    guard (1...16).contains(words.count) else { return nil }
    var row: [UInt8] = []
    for word in words {
      guard word.utf8.count == 2, word.allSatisfy(\.isHexDigit), let byte = UInt8(word, radix: 16) else { return nil }
      row.append(byte)
    }
    return (offset, row)
  }

  /// The line that holds a byte of configuration space.
  func line(of offset: Int) -> Int? { lines.indices.contains(offset / 16) ? lines[offset / 16] : lines.last }
}
