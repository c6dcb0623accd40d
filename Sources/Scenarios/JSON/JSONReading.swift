import Primitives

/// Asking a JSON object for what is needed: present, of the right type, and nothing else beside it.
struct JSONObject {
  let name: String
  private let members: [JSONValue.Member]

  struct Failure: Error, Hashable {
    let message: String
  }

  /// `keys` are all that may occur.
  init(_ value: JSONValue, _ name: String, keys: [String]) throws(Failure) {
    guard case .object(let members) = value else { throw Failure(message: "\(name) is no object\n  expected braces with its members") }
    for member in members where !keys.contains(member.key) {
      throw Failure(message: "\(name) has an unknown key '\(member.key.prefix(40))'")
    }
    (self.name, self.members) = (name, members)
  }

  func optional(_ key: String) -> JSONValue? { members.first { $0.key == key }?.value }

  private func failure(_ key: String, _ expected: String) -> Failure { Failure(message: "\(name).\(key) is not \(expected)") }

  func value(_ key: String) throws(Failure) -> JSONValue {
    guard let value = optional(key) else { throw Failure(message: "\(name) has no '\(key)'") }
    return value
  }

  func string(_ key: String) throws(Failure) -> String {
    guard case .string(let text) = try value(key) else { throw failure(key, "a text") }
    return text
  }
  func optionalString(_ key: String) throws(Failure) -> String? { optional(key) == nil ? nil : try string(key) }

  func integer(_ key: String, in range: ClosedRange<Int64>) throws(Failure) -> Int64 {
    guard case .integer(let number) = try value(key), range.contains(number) else {
      throw failure(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
  /// Numbers that need all 64 bits are written as text.
  func address(_ key: String) throws(Failure) -> UInt64 {
    let text = try string(key)
    guard text.hasPrefix("0x"), text.utf8.count <= 18, let number = UInt64(text.dropFirst(2), radix: 16) else {
      throw failure(key, "a number as '0x1f'")
    }
    return number
  }
  func boolean(_ key: String) throws(Failure) -> Bool {
    guard case .boolean(let value) = try value(key) else { throw failure(key, "true or false") }
    return value
  }
  func array(_ key: String, atMost limit: Int = 1 << 20) throws(Failure) -> [JSONValue] {
    guard case .array(let values) = try value(key), values.count <= limit else { throw failure(key, "a list of at most \(limit)") }
    return values
  }
  func strings(_ key: String, atMost limit: Int = 1 << 20) throws(Failure) -> [String] {
    var texts: [String] = []
    for value in try array(key, atMost: limit) {
      guard case .string(let text) = value else { throw failure(key, "a list of texts") }
      texts.append(text)
    }
    return texts
  }
  func object(_ key: String, keys: [String]) throws(Failure) -> JSONObject { try JSONObject(value(key), "\(name).\(key)", keys: keys) }
}
