/// TDISP from the side of the TSM. PCIe 6.0 section 11.3.
extension Requester {
  public mutating func interfaceVersions(_ function: InterfaceID) throws(Refusal) -> [UInt8] {
    let answer: TDISPVersion = try tdisp(GetTDISPVersion(function))
    return answer.versions
  }

  public mutating func interfaceCapabilities(_ function: InterfaceID) throws(Refusal) -> InterfaceCapabilities {
    try tdisp(GetInterfaceCapabilities(function))
  }

  /// 0 unlocked, 1 locked, 2 running, 3 error.
  public mutating func interfaceState(_ function: InterfaceID) throws(Refusal) -> UInt8 {
    let answer: InterfaceStateReport = try tdisp(GetInterfaceState(function))
    return answer.state
  }

  /// Locks, and gives the nonce with which the interface is started.
  public mutating func lock(_ message: LockInterface) throws(Refusal) -> Nonce {
    let answer: LockResponse = try tdisp(message)
    return answer.nonce
  }

  public mutating func start(_ function: InterfaceID, nonce: Nonce) throws(Refusal) {
    let _: StartResponse = try tdisp(StartInterface(function, nonce: nonce))
  }

  public mutating func stop(_ function: InterfaceID) throws(Refusal) { let _: StopResponse = try tdisp(StopInterface(function)) }

  public mutating func bindPeer(_ function: InterfaceID, stream: UInt8) throws(Refusal) {
    let _: BindPeerResponse = try tdisp(BindPeer(function, stream: stream))
  }

  public mutating func unbindPeer(_ function: InterfaceID, stream: UInt8) throws(Refusal) {
    let _: UnbindPeerResponse = try tdisp(UnbindPeer(function, stream: stream))
  }

  public mutating func setAttribute(_ message: SetAttribute) throws(Refusal) { let _: SetAttributeResponse = try tdisp(message) }

  /// The report's bytes, put together from portions. Each moves on, none is longer than asked, and the whole never changes its
  /// length: at most 65,535 bytes come, whatever the other side does.
  public mutating func interfaceReport(_ function: InterfaceID, portion: UInt16 = 1024) throws(Refusal) -> [UInt8] {
    var report = ReportAssembly(portion: portion)
    repeat { try report.take(try tdisp(report.question(function))) } while !report.isComplete
    return report.bytes
  }

  /// Any message. An ERROR of TDISP is thrown as what it is.
  private mutating func tdisp<Question: TDISPMessage, Answer: TDISPMessage>(_ question: Question) throws(Refusal) -> Answer {
    let bytes = try answer(to: .deviceInterface, question.bytes)
    let header = try Refusal.reading { () throws(SPDMError) in try TDISPHeader(of: bytes) }
    guard header.function == question.function else { throw .evidence(EvidenceError(.answer, "an answer about \(header.function)")) }
    if header.type == .error { throw .interface(try Refusal.reading { () throws(SPDMError) in try TDISPErrorResponse(bytes) }) }
    return try Refusal.reading { () throws(SPDMError) in try Answer(bytes) }
  }
}
