/// Finds a word in a line and holds its value against the bits.
extension DumpWord {
  /// Where text and bytes differ: what either says, with the word.
  struct Contradiction: Hashable, Sendable {
    let said: String
    let actual: String
  }

  /// Nil where the word is not in the line, or agrees.
  ///
  /// - Parameter line: the bytes of the line, without its indentation.
  func contradiction(in line: [UInt8], value: UInt64) -> Contradiction? {
    for name in names {
      for end in occurrences(of: Array(name.utf8), in: line) {
        switch reading(name, line[end...], value) {
        case .notThis: continue
        case .agrees: return nil
        case .differs(let said, let actual): return Contradiction(said: said, actual: actual)
        }
      }
    }
    return nil
  }

  /// Whether the line has the word with a value that can be read.
  func isIn(_ line: [UInt8]) -> Bool {
    names.contains { name in
      occurrences(of: Array(name.utf8), in: line).contains { end in
        if case .notThis = reading(name, line[end...], 0) { false } else { true }
      }
    }
  }

  private enum Reading {
    case notThis, agrees
    case differs(String, String)
  }

  private func reading(_ name: String, _ rest: ArraySlice<UInt8>, _ value: UInt64) -> Reading {
    switch form {
    case .flag(let inverted):
      // Elder versions have `Requester:-`.
      let sign = rest.first == UInt8(ascii: ":") ? rest.dropFirst() : rest
      guard let mark = sign.first, mark == UInt8(ascii: "+") || mark == UInt8(ascii: "-"), endsWord(sign.dropFirst()) else { return .notThis }
      let isSet = (value != 0) != inverted
      return (mark == UInt8(ascii: "+")) == isSet ? .agrees : .differs(name + (isSet ? "-" : "+"), name + (isSet ? "+" : "-"))
    case .present:
      guard endsWord(rest) else { return .notThis }
      return value != 0 ? .agrees : .differs(name, "not " + name)
    case .number(let radix, let scaled):
      let (gap, body) = split(rest)
      let digits = body.prefix { isHexadecimal($0) && (radix == 16 || $0 < UInt8(ascii: "A")) }
      guard !digits.isEmpty, radix == 10 || !gap.isEmpty || !endsInWord(name), let expected = scaled(value) else { return .notThis }
      let said = String(decoding: digits, as: UTF8.self)
      if UInt64(said, radix: radix) == expected { return .agrees }
      let actual = radix == 16 ? padded(expected, digits.count) : String(expected)
      return .differs(name + gap + said, name + gap + actual)
    case .choice(let right, let among):
      let (gap, body) = split(rest)
      guard let first = body.first, !gap.isEmpty || !endsInWord(name) || !isWordCharacter(first) else { return .notThis }
      let expected = right(value)
      let known = (expected + among).filter { body.starts(with: $0.utf8) && endsWord(body.dropFirst($0.utf8.count)) }
      let said = known.max { $0.utf8.count < $1.utf8.count }
      if let said, expected.contains(said) { return .agrees }
      // Reserved bits have no right spelling, so only one that belongs to other bits is wrong.
      guard let actual = expected.first else { return said.map { .differs(name + gap + $0, "reserved bits") } ?? .notThis }
      return .differs(name + gap + (said ?? phrase(body)), name + gap + actual)
    }
  }

  /// Ends of all places where `name` stands as a word of its own.
  private func occurrences(of name: [UInt8], in line: [UInt8]) -> [Int] {
    guard let first = name.first, line.count >= name.count else { return [] }
    return (0...(line.count - name.count)).compactMap { start in
      guard line[start] == first, line[start..<(start + name.count)].elementsEqual(name) else { return nil }
      guard start == 0 || !isWordCharacter(first) || isBlank(line[start - 1]) else { return nil }
      return start + name.count
    }
  }

  /// What stands between a name and its value, and the rest: `: `, `=`, a tab.
  private func split(_ rest: ArraySlice<UInt8>) -> (gap: String, body: ArraySlice<UInt8>) {
    let gap = rest.prefix { isBlank($0) || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }
    return (String(decoding: gap, as: UTF8.self), rest.dropFirst(gap.count))
  }

  /// As much of an unknown value as a message needs.
  private func phrase(_ body: ArraySlice<UInt8>) -> String {
    String(decoding: body.prefix(24).prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: ";") }, as: UTF8.self)
  }
}

private func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
private func isHexadecimal(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
  default: false
  }
}
private func isWordCharacter(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
  default: false
  }
}
private func endsInWord(_ name: String) -> Bool { name.utf8.last.map(isWordCharacter) ?? false }
private func endsWord(_ rest: ArraySlice<UInt8>) -> Bool { rest.first.map { !isWordCharacter($0) } ?? true }
