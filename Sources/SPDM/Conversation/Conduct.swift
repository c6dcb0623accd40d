/// How far a responder is with what it does wrong on purpose.
struct Conduct: Sendable {
  /// Requests so far; a repetition of one that got BUSY is none.
  private var requests = 0
  private var busyAnswers = 0
  /// The answer that is fetched with RESPOND_IF_READY, the request that it is to, and the token under which it waits.
  private var waiting: (request: UInt8, token: UInt8, answer: [UInt8])?
  var firstMeasurements: [UInt8]?

  /// What is answered in the place of an answer; nil to go on.
  mutating func interfere(_ request: [UInt8], _ misconduct: Misconduct, version: SPDMVersion, isSecured: Bool) -> [UInt8]? {
    guard let header = try? MessageHeader(of: request) else { return nil }
    if header.code == .respondIfReady {
      guard let waiting, header.parameter1 == waiting.request, header.parameter2 == waiting.token else { return nil }
      self.waiting = nil
      return waiting.answer
    }
    if header.code != .getVersion, busyAnswers < misconduct.busyAnswers {
      busyAnswers += 1
      return ErrorResponse(.busy).bytes(version: version)
    }
    busyAnswers = 0
    requests += 1
    if requests == misconduct.errorAt { return ErrorResponse(.unspecified).bytes(version: version) }
    return nil
  }

  /// Keeps an answer back until it is fetched, where that is wanted.
  mutating func delay(_ answer: [UInt8], to request: [UInt8], _ misconduct: Misconduct, version: SPDMVersion) -> [UInt8] {
    guard misconduct.isNeverReady, let header = try? MessageHeader(of: request), let given = try? MessageHeader(of: answer), given.code != .error,
      [.challenge, .getMeasurements, .keyExchange, .vendorDefinedRequest].contains(header.code)
    else { return answer }
    let token = UInt8(truncatingIfNeeded: requests)
    waiting = (header.code.rawValue, token, answer)
    let wait = ErrorResponse.NotReady(exponent: 10, request: header.code.rawValue, token: token, multiple: 255)
    return ErrorResponse(.notReady(wait)).bytes(version: version)
  }

  /// A request with a nonce as a responder understands it that answers another question than was asked.
  func heard(_ request: [UInt8], _ misconduct: Misconduct) -> [UInt8] {
    guard misconduct.answersOtherNonces, request.count > MessageHeader.byteCount else { return request }
    var request = request
    request[MessageHeader.byteCount] ^= 1
    return request
  }
}
