import Primitives

/// Reads one JSON value (RFC 8259) strictly: nothing before or behind it, no key twice, no fraction, bounded depth.
///
/// Works on bytes of one line; its errors count columns in bytes from 1. It never reads past the end, whatever it is given.
package struct JSONParser {
  package struct Failure: Error, Hashable {
    let column: Int, message: String
  }

  static let depthLimit = 32

  private let bytes: [UInt8]
  private var at = 0

  package static func parse(_ text: some StringProtocol) throws(Failure) -> JSONValue {
    var parser = JSONParser(bytes: Array(text.utf8))
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.at == parser.bytes.count else { throw parser.failure("something follows the value") }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func failure(_ message: String) -> Failure { Failure(column: at + 1, message: message) }
  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    return takeHere(character)
  }

  private mutating func take(word: StaticString) -> Bool {
    let wanted = Array("\(word)".utf8)
    guard bytes.count - at >= wanted.count, Array(bytes[at..<at + wanted.count]) == wanted else { return false }
    at += wanted.count
    return true
  }

  private mutating func value(depth: Int) throws(Failure) -> JSONValue {
    guard depth < Self.depthLimit else { throw failure("nested too deeply\n  expected at most \(Self.depthLimit) levels") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try array(depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t") where take(word: "true"): return .boolean(true)
    case UInt8(ascii: "f") where take(word: "false"): return .boolean(false)
    case UInt8(ascii: "n") where take(word: "null"): return .null
    case let byte? where byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): return try number()
    case nil: throw failure("the value is missing")
    default: throw failure("no JSON value begins here")
    }
  }

  private mutating func object(_ depth: Int) throws(Failure) -> JSONValue {
    at += 1
    var members: [JSONValue.Member] = []
    var keys: Set<String> = []
    if take("}") { return .object([]) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw failure("a key in quotes is missing") }
      let key = try string()
      guard keys.insert(key).inserted else { throw failure("a key appears twice") }
      guard take(":") else { throw failure("a colon is missing") }
      members.append(JSONValue.Member(key, try value(depth: depth + 1)))
    } while take(",")
    guard take("}") else { throw failure("the object does not end\n  expected a comma or a brace") }
    return .object(members)
  }

  private mutating func array(_ depth: Int) throws(Failure) -> JSONValue {
    at += 1
    var values: [JSONValue] = []
    if take("]") { return .array([]) }
    repeat { values.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw failure("the list does not end\n  expected a comma or a bracket") }
    return .array(values)
  }

  private mutating func number() throws(Failure) -> JSONValue {
    let start = at
    _ = takeHere("-")
    let digits = at
    try skipDigits()
    guard at == digits + 1 || bytes[digits] != UInt8(ascii: "0") else { throw failure("a number begins with no zero") }
    if takeHere(".") { try skipDigits() }
    if takeHere("e") || takeHere("E") {
      if !takeHere("+") { _ = takeHere("-") }
      try skipDigits()
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    return Int64(text).map(JSONValue.integer) ?? .otherNumber(text)
  }

  /// Within a word there is no space.
  private mutating func takeHere(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  private mutating func skipDigits() throws(Failure) {
    let start = at
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
    if at == start { throw failure("a digit is expected") }
  }

  private mutating func string() throws(Failure) -> String {
    at += 1
    var text: [UInt8] = []
    while let byte = next {
      at += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let result = String(validating: text, as: UTF8.self) else { throw failure("the text is not UTF-8") }
        return result
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw failure("a control character in a text")
      default: text.append(byte)
      }
    }
    throw failure("the text does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(Failure) {
    guard let byte = next else { throw failure("the text does not end") }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      var value = try fourDigits()
      if (0xD800..<0xDC00).contains(value) {
        guard take(word: "\\u") else { throw failure("half of a surrogate pair") }
        let low = try fourDigits()
        guard (0xDC00..<0xE000).contains(low) else { throw failure("half of a surrogate pair") }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw failure("half of a surrogate pair") }
      text += Array(String(scalar).utf8)
    default: throw failure("no such escape")
    }
  }

  private mutating func fourDigits() throws(Failure) -> UInt32 {
    guard bytes.count - at >= 4 else { throw failure("four hexadecimal digits are missing") }
    var value: UInt32 = 0
    for byte in bytes[at..<at + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { throw failure("four hexadecimal digits are missing") }
      value = value << 4 | UInt32(digit)
    }
    at += 4
    return value
  }
}
