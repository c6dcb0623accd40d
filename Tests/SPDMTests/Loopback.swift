import Foundation

import SPDM

/// A device that measures three things and answers one protocol with an echo.
final class EchoDevice: ResponderDevice {
  var measurements: [MeasurementBlock] = [1, 2, 9].compactMap { index in
    MeasurementBlock(index: index, content: .value(kind: index, isRaw: false, bytes: Samples.random(48, UInt64(index))))
  }
  var ended: [SessionName] = []
  var questions: [SessionName?] = []

  func answer(_ question: VendorPayload, over session: SessionName?) -> VendorAnswer {
    questions.append(session)
    return question.registry == 3 ? .payload(question) : .refused(.unsupportedRequest)
  }
  func ended(_ session: SessionName) { ended.append(session) }
}

/// A mailbox in the same process. What goes over it can be changed on its way.
final class Loopback: DOETransport {
  var responder: Responder
  var device = EchoDevice()
  var now: UInt64 = 0
  var pauses = 0
  var sent: [DOEObject] = []
  var alter: (DOEObject) -> DOEObject = { $0 }

  init(_ responder: Responder) { self.responder = responder }

  func exchange(_ object: DOEObject) throws(TransportError) -> DOEObject {
    sent.append(object)
    // As bytes, with the padding that they get.
    guard let bytes = object.bytes, let arrived = try? DOEObject(bytes), let answer = responder.answer(arrived, at: now, device: &device),
      let back = alter(answer).bytes, let returned = try? DOEObject(back)
    else { throw TransportError(.malformed, "no object came back") }
    return returned
  }
  func pause(microseconds: UInt64) { pauses += 1 }
}

enum Identities {
  static let p384 = try? Credential.make(.p384, device: "Cofferdam:test:0001", now: Chains.day)
  static let p256 = try? Credential.make(.p256, device: "Cofferdam:test:0001", now: Chains.day)

  static func configuration(_ suite: AlgorithmSuite, _ change: (inout Responder.Configuration) -> Void = { _ in }) throws -> Responder.Configuration {
    var configuration = Responder.Configuration(credentials: [try Samples.required(suite == .p384 ? p384 : p256)])
    change(&configuration)
    return configuration
  }

  static func loopback(_ suite: AlgorithmSuite, _ change: (inout Responder.Configuration) -> Void = { _ in }) throws -> Loopback {
    Loopback(Responder(try configuration(suite, change), connection: 7))
  }

  static func verified(_ chain: UnverifiedChain, _ suite: AlgorithmSuite) async throws -> VerifiedChain {
    try await VerifiedChain(chain, root: try Samples.required(suite == .p384 ? p384 : p256).root, at: Chains.day, suite: suite)
  }
}
