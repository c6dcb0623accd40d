import Testing

import SPDM

/// What is wrong with a message is told with its kind, its field and its place.
@Suite struct Malformed {
  struct Case: Sendable, CustomStringConvertible {
    let description: String
    let bytes: [UInt8]
    let code: SPDMError.Code
    let field: String
    let offset: Int
    var form = MessageForm(version: .v12, algorithms: .p384, summary: .none, handshake: .clear)
  }

  static let zeros = [UInt8](repeating: 0, count: 200)

  static let cases: [Case] = [
    Case(description: "nothing", bytes: [], code: .cut, field: "version", offset: 0),
    Case(description: "version 2.0", bytes: [0x20, 0x84, 0, 0], code: .version, field: "version", offset: 0),
    Case(description: "another version", bytes: [0x13, 0x81, 0, 0], code: .version, field: "version", offset: 0),
    Case(description: "code 55", bytes: [0x12, 0x55, 0, 0], code: .unknownMessage, field: "code", offset: 1),
    Case(description: "pre-shared key", bytes: [0x12, 0xE6, 0, 0], code: .notSpoken, field: "code", offset: 1),
    Case(description: "encapsulated", bytes: [0x12, 0xEA, 0, 0], code: .notSpoken, field: "code", offset: 1),
    Case(description: "chunk", bytes: [0x12, 0x86, 0, 0], code: .notSpoken, field: "code", offset: 1),
    Case(description: "bytes left", bytes: [0x12, 0x81, 0, 0, 1], code: .leftOver, field: "end", offset: 4),
    Case(description: "more versions told", bytes: [0x10, 0x04, 0, 0, 0, 3, 0, 0x12], code: .cut, field: "version entry", offset: 8),
    Case(
      description: "small transfer size", bytes: [0x12, 0xE1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 41, 0, 0, 0, 41, 0, 0, 0], code: .value,
      field: "DataTransferSize", offset: 12),
    Case(
      description: "message below transfer", bytes: [0x12, 0xE1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 43, 0, 0, 0, 42, 0, 0, 0], code: .value,
      field: "MaxSPDMmsgSize", offset: 16),
    Case(
      description: "supported algorithms", bytes: [0x13, 0x61, 1, 0] + zeros.prefix(16), code: .notSpoken, field: "parameter 1", offset: 2,
      form: MessageForm(version: .v13)),
    Case(description: "length of algorithms", bytes: [0x12, 0x63, 0, 0, 9, 0] + zeros.prefix(30), code: .length, field: "length", offset: 4),
    Case(
      description: "table 9", bytes: [0x12, 0x63, 1, 0, 40, 0] + zeros.prefix(30) + [9, 0x20, 1, 0], code: .value, field: "table type", offset: 36),
    Case(
      description: "wide table", bytes: [0x12, 0x63, 1, 0, 40, 0] + zeros.prefix(30) + [2, 0x40, 1, 0], code: .value, field: "table counts",
      offset: 37),
    Case(
      description: "table twice", bytes: [0x12, 0x63, 2, 0, 44, 0] + zeros.prefix(30) + [2, 0x20, 1, 0, 2, 0x20, 1, 0], code: .value,
      field: "table type", offset: 40),
    Case(description: "digests too early", bytes: [0x12, 0x01, 0, 1], code: .tooEarly, field: "digest", offset: 4, form: MessageForm(version: .v12)),
    Case(description: "digest missing", bytes: [0x12, 0x01, 0, 3] + zeros.prefix(48), code: .cut, field: "digest", offset: 52),
    Case(description: "slot 8", bytes: [0x12, 0x82, 8, 0, 0, 0, 0, 0], code: .value, field: "slot", offset: 2),
    Case(description: "provisioned key", bytes: [0x12, 0x82, 15, 0, 0, 0, 0, 0], code: .notSpoken, field: "slot", offset: 2),
    Case(description: "portion missing", bytes: [0x12, 0x02, 0, 0, 5, 0, 0, 0, 1, 2], code: .cut, field: "portion", offset: 8),
    Case(description: "summary 2", bytes: [0x12, 0x83, 0, 2] + zeros.prefix(32), code: .value, field: "summary type", offset: 3),
    Case(description: "mutual authentication", bytes: [0x12, 0x03, 0x80, 0], code: .notSpoken, field: "parameter 1", offset: 2),
    Case(description: "record length", bytes: [0x12, 0x60, 0, 0, 1, 255, 255, 255], code: .cut, field: "record length", offset: 5),
    Case(
      description: "block 0", bytes: [0x12, 0x60, 0, 0, 1, 7, 0, 0, 0, 1, 3, 0, 0, 0, 0] + zeros, code: .value, field: "measurement index",
      offset: 8),
    Case(
      description: "value size", bytes: [0x12, 0x60, 0, 0, 1, 7, 0, 0, 1, 1, 3, 0, 0, 1, 0] + zeros, code: .length, field: "value size", offset: 13),
    Case(
      description: "count of blocks", bytes: [0x12, 0x60, 0, 0, 0, 7, 0, 0] + zeros, code: .length, field: "record length", offset: 5),
    Case(
      description: "opaque", bytes: [0x12, 0x60, 0, 0, 0, 0, 0, 0] + zeros.prefix(32) + [1, 4], code: .tooLong, field: "opaque length", offset: 40),
    Case(description: "signed FINISH", bytes: [0x12, 0xE5, 1, 0] + zeros, code: .notSpoken, field: "parameter 1", offset: 2),
    Case(
      description: "mutual KEY_EXCHANGE_RSP", bytes: [0x12, 0x64, 0, 0, 0, 0, 1, 0] + zeros, code: .notSpoken, field: "mutual authentication",
      offset: 6),
    Case(description: "key operation", bytes: [0x12, 0xE9, 4, 0], code: .value, field: "key operation", offset: 2),
    Case(description: "extended data", bytes: [0x12, 0x7F, 0xFF, 0] + zeros.prefix(33), code: .tooLong, field: "extended error data", offset: 4),
    Case(description: "vendor's payload", bytes: [0x12, 0xFE, 0, 0, 3, 0, 2, 1, 0, 255, 255, 0], code: .cut, field: "payload", offset: 11),
  ]

  @Test(arguments: cases) func told(example: Case) throws {
    let error = #expect(throws: SPDMError.self) { try MessageCatalogue.read(example.bytes, form: example.form) }
    #expect(error?.code == example.code)
    #expect(error?.field == example.field)
    #expect(error?.offset == example.offset)
  }

  @Test func anotherMessage() {
    let error = #expect(throws: SPDMError.self) { try Heartbeat(GetDigests().bytes(version: .v12), form: MessageForm(version: .v12)) }
    #expect(error?.code == .unexpectedMessage)
  }

  /// Two bits where one belongs, or an algorithm of another family.
  @Test func suites() {
    func suite(_ signature: UInt32, _ hash: UInt32, _ tables: [AlgorithmTable] = []) throws -> AlgorithmSuite {
      try AlgorithmSuite(Algorithms(measurementHash: 2, signature: signature, hash: hash, tables: tables))
    }
    #expect(throws: SPDMError.self) { try suite(0x90, 2) }
    #expect(throws: SPDMError.self) { try suite(0x80, 3) }
    #expect(throws: SPDMError.self) { try suite(0, 0) }
    #expect(throws: SPDMError.self) { try suite(0x80, 2, [AlgorithmTable(.exchange, 0x18)]) }
    #expect(throws: SPDMError.self) { try suite(0x80, 2, [AlgorithmTable(.cipher, 4)]) }
    #expect(throws: SPDMError.self) { try suite(0x80, 2, [AlgorithmTable(.keySchedule, 2)]) }
    #expect((try? suite(0x80, 2)) == AlgorithmSuite(hash: .sha384, signature: .ecdsaP384))
  }

  @Test func objects() {
    #expect(throws: SPDMError.self) { try DOEObject([1, 0, 3, 0, 2, 0, 0, 0]) }
    #expect(throws: SPDMError.self) { try DOEObject([2, 0, 1, 0, 2, 0, 0, 0]) }
    #expect(throws: SPDMError.self) { try DOEObject([1, 0, 1, 0, 3, 0, 0, 0]) }
    #expect(DOEObject(.spdm, [UInt8](repeating: 0, count: 4 * DOEObject.wordLimit - 7)).bytes == nil)
    let largest = DOEObject(.spdm, [UInt8](repeating: 0, count: 4 * DOEObject.wordLimit - 8)).bytes
    #expect(largest?[4..<8].allSatisfy { $0 == 0 } == true)
    #expect((try? DOEObject(largest ?? [])) != nil)
  }
}
