import Testing

import SPDM

/// Reading is the inverse of writing, for every message in every version with both suites.
@Suite struct RoundTrips {
  static func again<Message: SPDMMessage>(_ message: Message, _ form: MessageForm, _ version: SPDMVersion) throws {
    var form = form
    form.version = version
    #expect(try Message(message.bytes(version: version), form: form) == message)
  }

  @Test func everyMessage() throws {
    let samples = try Samples.all()
    for sample in samples {
      try Self.again(sample.message, sample.form, sample.version)
      let read = try MessageCatalogue.read(sample.bytes, form: sample.form)
      #expect(read.bytes(version: sample.version) == sample.bytes, "\(sample.name)")
    }
    // Nothing that is spoken is left out, and what has a code is spoken or refused by name.
    #expect(Set(samples.map { type(of: $0.message).code }) == Set(MessageCatalogue.types.map { $0.code }))
    for code in MessageCode.allCases { #expect((MessageCatalogue.type(of: code) == nil) == (code.notSpoken != nil), "\(code)") }
  }

  /// A message without its last byte is cut, one with a byte more has one too many; which of the two depends on no
  /// length that the message tells of itself.
  @Test func everyLength() throws {
    for sample in try Samples.all() {
      for count in 0..<sample.bytes.count {
        if case ErrorResponse.Reason.other? = (sample.message as? ErrorResponse)?.reason, count >= 4 { continue }
        #expect(throws: SPDMError.self, "\(sample.name) cut to \(count)") {
          try MessageCatalogue.read(Array(sample.bytes.prefix(count)), form: sample.form)
        }
      }
      if case ErrorResponse.Reason.other? = (sample.message as? ErrorResponse)?.reason { continue }
      #expect(throws: SPDMError.self) { try MessageCatalogue.read(sample.bytes + [0], form: sample.form) }
    }
  }

  @Test func paddingIsNotTheMessages() throws {
    for sample in try Samples.all() {
      if case ErrorResponse.Reason.other? = (sample.message as? ErrorResponse)?.reason { continue }
      let object = try #require(DOEObject(.spdm, sample.bytes).bytes)
      let payload = try DOEObject(object).payload
      let isSelfCounting = sample.message is NegotiateAlgorithms || sample.message is Algorithms
      #expect(payload.count % 4 == 0 && (!isSelfCounting || payload.count == sample.bytes.count))
      #expect(try MessageCatalogue.read(padded: payload, form: sample.form).byteCount == sample.bytes.count, "\(sample.name)")
    }
  }

  /// What is reserved is ignored when it comes and zero when it goes.
  @Test func reserved() throws {
    let form = MessageForm(version: .v12, algorithms: .p384)
    var bytes = NegotiateAlgorithms.everything.bytes(version: .v12)
    for i in 16..<28 { bytes[i] = 0xAA }
    #expect(try NegotiateAlgorithms(bytes, form: form) == .everything)
    #expect(NegotiateAlgorithms.everything.bytes(version: .v12)[16..<28].allSatisfy { $0 == 0 })
  }
}
