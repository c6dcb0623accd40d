import Testing

import SPDM

/// Every object of the recorded session in the clear: read, accounted for, and written again as it was.
@Suite(.enabled(if: Record.isThere)) struct RecordedMessages {
  @Test func everyObject() throws {
    var kinds: [DOEObject.Kind: Int] = [:]
    for packet in Record.packets {
      let object = try DOEObject(packet)
      kinds[object.kind, default: 0] += 1
      #expect(object.bytes == packet)
    }
    #expect(Record.packets.count == 234)
    #expect(kinds == [.discovery: 6, .spdm: 32, .securedSPDM: 196])
  }

  @Test func discovery() throws {
    for (i, number) in stride(from: 1, to: 7, by: 2).enumerated() {
      let question = try DOEDiscovery(try Record.payload(number))
      #expect(question == DOEDiscovery(index: UInt8(i)))
      let answer = try DOEDiscovery.Answer(try Record.payload(number + 1))
      #expect(answer == question.answer())
      #expect(try answer.payload == Record.payload(number + 1))
      #expect(try question.payload == Record.payload(number))
    }
  }

  @Test func everyMessage() throws {
    var spoken = 0
    for (i, packet) in Record.packets.enumerated() {
      let object = try DOEObject(packet)
      guard object.kind == .spdm else { continue }
      if [0xE6, 0x66].contains(object.payload[1]) {
        #expect(throws: SPDMError(.notSpoken, field: "code", offset: 1, expected: "no message of pre-shared keys")) {
          try MessageCatalogue.read(padded: object.payload, form: Record.form)
        }
        continue
      }
      let (message, count) = try MessageCatalogue.read(padded: object.payload, form: Record.form)
      let version: SPDMVersion = i < 8 ? .v10 : .v12
      #expect(message.bytes(version: version) == Array(object.payload.prefix(count)), "packet \(i + 1)")
      #expect(object.payload.dropFirst(count).allSatisfy { $0 == 0 })
      spoken += 1
    }
    #expect(spoken == 30)
  }

  @Test func negotiation() throws {
    #expect(try Version(try Record.message(8), form: MessageForm(version: .v10)).best == .v12)
    let offer = try GetCapabilities(try Record.message(9), form: Record.form)
    #expect(offer.body.flags.rawValue == 0x2F7C6 && offer.body.sizes == CapabilityBody.Sizes(transfer: 0x1200, message: 0x28000))
    let answer = try Capabilities(try Record.message(10), form: Record.form)
    #expect(answer.body.flags.isSuperset(of: [.certificates, .challenge, .encryption, .authentication, .keyExchange, .handshakeInClear]))
    #expect(try AlgorithmSuite(Algorithms(try Record.message(12), form: Record.form)) == .p384)
  }

  @Test func measurements() throws {
    let answer = try Measurements(try Record.message(28), form: Record.form)
    #expect(answer.blocks.map(\.index) == [1, 2, 3, 4, 0x10, 0x11, 0xFD, 0xFE])
    #expect(answer.blocks[4].content == .value(kind: 7, isRaw: true, bytes: [7, 0, 0, 0, 0, 0, 0, 0]))
    #expect(answer.change == 2)
  }

  @Test func securedMessageVersions() throws {
    let request = try KeyExchange(try Record.message(29), form: Record.form)
    #expect(try SecuredMessageVersions(request.opaque) == .supported([0x1000, 0x1100, 0x1200]))
    #expect(try SecuredMessageVersions(request.opaque).opaque() == request.opaque)
    let answer = try KeyExchangeResponse(try Record.message(30), form: Record.form)
    #expect(try SecuredMessageVersions(answer.opaque) == .selected(0x1200))
    #expect(try SecuredMessageVersions(answer.opaque).opaque() == answer.opaque)
  }
}
