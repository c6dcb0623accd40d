import Primitives

/// Asking a node for what is needed. Every question throws a `DocumentError` with the node's place.
extension DocumentNode {
  private func wrongType(_ expectation: String) -> DocumentError {
    error(.wrongType, "wrong type: \(kind)", expected: expectation)
  }

  /// Text, in quotes or plain. Nothing is not text.
  public var string: String {
    get throws(DocumentError) {
      switch content {
      case .text(let text): return text
      case .plain(let text) where !isNull: return text
      default: throw wrongType("text")
      }
    }
  }

  /// `true` or `false`, plain.
  public var boolean: Bool {
    get throws(DocumentError) {
      switch content {
      case .plain("true"): return true
      case .plain("false"): return false
      default: throw wrongType("true or false")
      }
    }
  }

  /// A whole number, decimal or `0x` hexadecimal, with `_` between digits.
  /// Errors: `wrongType`; `outOfRange` when it is not in `range`.
  public func integer(in range: ClosedRange<UInt64> = 0...UInt64.max) throws(DocumentError) -> UInt64 {
    guard case .plain(let text) = content, let number = Numeral(text) else { throw wrongType("a whole number") }
    return try bounded(number, range, text, show: range.upperBound > 99_999 ? hexadecimal : { String($0) })
  }

  /// A number of bytes: as `integer`, or with `KiB`, `MiB`, `GiB` or `TiB` behind it (`64KiB`, `2 MiB`).
  public func size(in range: ClosedRange<UInt64> = 0...UInt64.max) throws(DocumentError) -> UInt64 {
    guard case .plain(let text) = content else { throw wrongType("a size as 4096, 0x1000 or 4KiB") }
    var digits = text[...]
    var shift: UInt64 = 0
    for (suffix, bits) in [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)] as [(String, UInt64)] where text.hasSuffix(suffix) {
      digits = digits.dropLast(suffix.count)
      if digits.last == " " { digits.removeLast() }
      shift = bits
    }
    guard let number = Numeral(digits) else { throw wrongType("a size as 4096, 0x1000 or 4KiB") }
    var value: UInt64?
    if case .value(let plain) = number, plain <= UInt64.max >> shift { value = plain << shift }
    return try bounded(value.map { .value($0) } ?? .tooLarge, range, text, show: sizeText)
  }

  private func bounded(
    _ number: Numeral, _ range: ClosedRange<UInt64>, _ text: String, show: (UInt64) -> String
  ) throws(DocumentError) -> UInt64 {
    guard case .value(let value) = number, range.contains(value) else {
      let expectation =
        range.lowerBound == 0 ? "at most \(show(range.upperBound))" : "\(show(range.lowerBound)) to \(show(range.upperBound))"
      throw error(.outOfRange, "\(quoted(text)) is out of range", expected: expectation)
    }
    return value
  }

  /// The elements of a list.
  public var sequence: [DocumentNode] {
    get throws(DocumentError) {
      guard case .sequence(let elements) = content else { throw wrongType("a list") }
      return elements
    }
  }

  /// The entries of a mapping whose keys are the writer's own (names of procedures, of guards).
  public var entries: [Entry] {
    get throws(DocumentError) {
      guard case .mapping(let entries) = content else { throw wrongType("a mapping") }
      return entries
    }
  }

  /// One word of a closed set.
  public func word<Word: CaseIterable & RawRepresentable<String>>(of type: Word.Type = Word.self) throws(DocumentError) -> Word {
    let text = try self.string
    if let word = Word(rawValue: text) { return word }
    throw unknownWord(text, among: Word.allCases.map(\.rawValue))
  }

  /// One word of a set known only at run time.
  public func word(among words: [String]) throws(DocumentError) -> String {
    let text = try self.string
    if words.contains(text) { return text }
    throw unknownWord(text, among: words)
  }

  private func unknownWord(_ text: String, among words: [String]) -> DocumentError {
    error(
      .unknownWord, "unknown word \(quoted(text))", expected: choices(words, like: text),
      suggestion: nearestWord(to: text, among: words))
  }

  /// A mapping with these keys and no others; the first unknown key is an error.
  public func mapping(keys: [String]) throws(DocumentError) -> MappingReader {
    guard case .mapping(let entries) = content else {
      throw wrongType("a mapping with " + keys.joined(separator: ", "))
    }
    for entry in entries where !keys.contains(entry.key) {
      throw DocumentError(
        .unknownKey, at: entry.keyPosition, path: path, "unknown key \(quoted(entry.key))",
        expected: "one of: " + keys.joined(separator: ", "), suggestion: nearestWord(to: entry.key, among: keys))
    }
    return MappingReader(node: self, entries: entries)
  }
}

/// A whole number as written: its value, or that it does not fit 64 bits.
private enum Numeral {
  case value(UInt64), tooLarge

  /// Nil when the text is no number.
  init?(_ text: some StringProtocol) {
    let isHexadecimal = text.hasPrefix("0x")
    let body = Array(text.utf8.dropFirst(isHexadecimal ? 2 : 0))
    guard let first = body.first, let last = body.last, first != UInt8(ascii: "_"), last != UInt8(ascii: "_") else { return nil }
    let radix: UInt64 = isHexadecimal ? 16 : 10
    var (value, fits): (UInt64, Bool) = (0, true)
    for byte in body where byte != UInt8(ascii: "_") {
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, digit < radix else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: radix)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      (value, fits) = (sum, fits && !overflow && !carry)
    }
    self = fits ? .value(value) : .tooLarge
  }
}

/// As `size(in:)` reads it: the largest unit that leaves nothing over.
private func sizeText(_ bytes: UInt64) -> String {
  for (unit, bits) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)] as [(String, UInt64)]
  where bytes >> bits > 0 && bytes & (1 << bits - 1) == 0 {
    return "\(bytes >> bits)\(unit)"
  }
  return "\(bytes) bytes"
}
