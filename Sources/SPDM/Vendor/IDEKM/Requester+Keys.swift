/// IDE_KM from the side that programs. PCIe 6.0 section 6.33.3. Only in a session: a key in the clear is none.
extension Requester {
  public mutating func queryPort(_ port: UInt8) throws(Refusal) -> KeyQueryResponse {
    let answer: KeyQueryResponse = try ask(.keyManagement, KeyQuery(port: port).bytes)
    guard answer.port == port else { throw .evidence(EvidenceError(.answer, "the answer is about port \(answer.port)")) }
    return answer
  }

  /// What became of the key; anything but `success` is the port's refusal.
  public mutating func program(_ message: KeyProgram) throws(Refusal) -> KeyProgramAck.Status {
    let answer: KeyProgramAck = try ask(.keyManagement, message.bytes)
    try same(answer.target, message.target)
    return answer.status
  }

  public mutating func go(_ target: KeyTarget) throws(Refusal) {
    let answer: KeyGoStopAck = try ask(.keyManagement, KeyGo(target).bytes)
    try same(answer.target, target)
  }

  public mutating func stop(_ target: KeyTarget) throws(Refusal) {
    let answer: KeyGoStopAck = try ask(.keyManagement, KeyStop(target).bytes)
    try same(answer.target, target)
  }

  private func same(_ answer: KeyTarget, _ asked: KeyTarget) throws(Refusal) {
    guard answer == asked else { throw .evidence(EvidenceError(.answer, "an answer about another key")) }
  }

  /// A question of a protocol of the PCI-SIG, and its answer as a message of a type.
  mutating func ask<Answer: PCIProtocolMessage>(_ protocol: PCIProtocol, _ message: [UInt8]) throws(Refusal) -> Answer {
    let answer = try answer(to: `protocol`, message)
    return try Refusal.reading { () throws(SPDMError) in try Answer(answer) }
  }

  mutating func answer(to protocol: PCIProtocol, _ message: [UInt8]) throws(Refusal) -> [UInt8] {
    guard session != nil else { throw .record(RecordError(.order, "no session")) }
    let question = try Refusal.reading { () throws(SPDMError) in try VendorPayload(`protocol`, message) }
    guard let answer = try ask(question).pci, answer.protocol == `protocol` else {
      throw .message(SPDMError(.unexpectedMessage, field: "protocol", offset: 0, expected: "an answer of the protocol that was asked"))
    }
    return answer.message
  }
}
