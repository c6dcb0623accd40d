import Testing

import Documents

private func node(_ text: String) throws -> DocumentNode { try Document(text: text, file: "machine.yaml").root }

private func failure(_ text: String, _ read: (DocumentNode) throws -> Void = { _ in }) -> DocumentError? {
  do {
    try read(try node(text))
    return nil
  } catch {
    return error as? DocumentError
  }
}

@Suite struct Reading {
  enum Colour: String, CaseIterable { case red, green, blue }

  @Test func values() throws {
    let root = try node(
      """
      name: "0x10"
      count: 1_000
      address: 0x8000_1000
      size: 64KiB
      large: 2 MiB
      on: true
      colour: green
      list: [1, 2]
      nothing:
      """)
    let reader = try root.mapping(keys: ["name", "count", "address", "size", "large", "on", "colour", "list", "nothing"])
    #expect(try reader.required("name").string == "0x10")
    #expect(try reader.required("count").integer() == 1000)
    #expect(try reader.required("address").integer() == 0x8000_1000)
    #expect(try reader.required("size").size() == 65536)
    #expect(try reader.required("large").size() == 2 << 20)
    #expect(try reader.required("on").boolean)
    #expect(try reader.required("colour").word(of: Colour.self) == .green)
    #expect(try reader.required("list").sequence.map { try $0.integer() } == [1, 2])
    #expect(reader.optional("nothing") == nil && reader.has("nothing"))
    #expect(try reader.required("list").sequence[1].path == "list[1]")
  }

  @Test func unknownKeyPrintsPlaceAndNearestWord() throws {
    let text = "devices:\n  - lspci: a.txt\n    bar_sizes: {}\n"
    let keys = ["lspci", "address", "barSizes", "interface"]
    let error = failure(text) { _ = try $0.mapping(keys: ["devices"]).required("devices").sequence[0].mapping(keys: keys) }
    #expect(
      error?.description == """
        machine.yaml:3:5: unknown key 'bar_sizes' (did you mean 'barSizes'?)
          in devices[0]; expected one of: lspci, address, barSizes, interface
        """)
  }

  @Test(arguments: [
    ("a: 1\na: 2", DocumentError.Code.duplicateKey), ("a: 1\n\"a\": 2", .duplicateKey), ("", .empty), ("# only\n", .empty),
    ("--- 1\n--- 2\n", .severalDocuments), ("a: &x 1\nb: *x", .anchor), ("a: *x", .anchor), ("a: !!binary aGk=", .tag),
    ("a: [", .syntax), ("\"\u{1}\"", .syntax), ("? [1]\n: 2", .wrongType), (String(repeating: "[", count: 100_000), .tooDeep),
    (String(repeating: "- ", count: 100_000), .tooDeep), (String(repeating: "? ", count: 500), .tooDeep),
    (String(repeating: "\"]]\": [", count: 500), .syntax),
  ])
  func refused(text: String, code: DocumentError.Code) { #expect(failure(text)?.code == code) }

  /// A key's second place, where the parser tells only the mapping's.
  @Test(arguments: [
    ("a: 1\nb: 2\na: 3\n", 3), ("x:\n  - a: 1\n    # a: 0\n    b: {a: 7}\n    c:\n      a: 1\n\n    \"a\" : 2\n", 8),
    ("x:\n  a: 1\ny:\n  a: 1\n  a: 2\n", 5), ("x: {a: 1, a: 2}\n", 1), ("x:\r\n  a: 1\r\n  a: 2\r\n", 3),
  ])
  func duplicates(text: String, line: Int) {
    let error = failure(text)
    #expect(error?.code == .duplicateKey && error?.position.line == line, "\(String(describing: error))")
  }

  @Test func aTabIsCalledATab() {
    #expect(failure("a:\n\tb: 1\n")?.description == "machine.yaml:2:1: a tab\n  expected spaces, as YAML indents with nothing else")
    #expect(failure("a: @b\n")?.message.contains("cannot start any token") == true)
  }

  @Test func aByteOrderMarkIsNoText() throws {
    let text = try TextFile.text([0xEF, 0xBB, 0xBF] + Array("a: x".utf8), file: "machine.yaml")
    #expect(try node(text).entries[0].value.position.column == 4)
  }

  @Test func aSuggestionCannotSteerTheTerminal() {
    let error = DocumentError(.unknownWord, at: Position(file: "f"), "x", suggestion: "a\u{1B}b")
    #expect(error.description == "f: x (did you mean 'a?b'?)")
  }

  @Test func aliasBombs() {
    var bomb = "a0: &a0 [x, x]\n"
    for i in 1...40 { bomb += "a\(i): &a\(i) [*a\(i - 1), *a\(i - 1)]\n" }
    #expect(failure(bomb)?.code == .anchor)
    #expect(failure(bomb + "? *a40\n: 1\n? *a39\n: 1\n")?.code == .anchor)
  }

  @Test(arguments: ["-1", "0x", "1__", "_1", "0xg", "1.5", "\"1\"", "[1]", ""])
  func notNumbers(text: String) {
    #expect(failure("a: \(text)") { _ = try $0.entries[0].value.integer() }?.code == .wrongType)
  }

  @Test func ranges() {
    #expect(failure("a: 18446744073709551616") { _ = try $0.entries[0].value.integer() }?.code == .outOfRange)
    #expect(failure("a: 17179869184GiB") { _ = try $0.entries[0].value.size() }?.code == .outOfRange)
    let small = failure("a: 12") { _ = try $0.entries[0].value.integer(in: 1...8) }
    #expect(small?.description == "machine.yaml:1:4: '12' is out of range\n  in a; expected 1 to 8")
    let size = failure("a: 2TiB") { _ = try $0.entries[0].value.size(in: 1 << 27...1 << 40) }
    #expect(size?.expectation == "128MiB to 1TiB")
  }

  @Test func wordsAndMissingKeys() {
    let word = failure("a: gren") { _ = try $0.entries[0].value.word(of: Colour.self) }
    #expect(word?.code == .unknownWord && word?.suggestion == "green" && word?.position.column == 4)
    #expect(failure("a: 1") { _ = try $0.mapping(keys: ["a", "b"]).required("b") }?.code == .missingKey)
    #expect(failure("a:") { _ = try $0.mapping(keys: ["a"]).required("a") }?.code == .missingKey)
    #expect(failure("- 1") { _ = try $0.mapping(keys: ["a"]) }?.code == .wrongType)
  }
}
