import Foundation
import PCI
import Primitives
import Rules
import Testing

import Devices
import SPDM

/// A served device in the same process, behind a mailbox.
final class InProcess: DOETransport {
  var device: ServedDevice
  var responder: Responder
  static let id = RequesterID(rawValue: 0x0100)
  static let function = InterfaceID(id)
  static let credential = try? Credential.make(.p256, device: "Cofferdam:test:1", now: Date())

  struct Missing: Error {}

  init(functions: Int = 1, faults: Set<Fault> = [], connection: UInt64 = 1) throws {
    guard let credential = Self.credential else { throw Missing() }
    device = ServedDevice(try BuiltInDump.read(), at: Self.id, functions: functions, faults: faults)
    var configuration = Responder.Configuration(credentials: [credential])
    configuration.misconduct = Misconduct(faults)
    responder = Responder(configuration, connection: connection)
  }

  func exchange(_ object: DOEObject) throws(TransportError) -> DOEObject {
    guard let answer = responder.answer(object, at: 0, device: &device) else { throw TransportError(.malformed, "nothing came back") }
    return answer
  }
  func pause(microseconds: UInt64) {}

  /// A requester with a session.
  func opened() async throws -> Requester<InProcess> {
    var requester = Requester(self)
    try requester.negotiate()
    let unverified = try requester.chain()
    let root = try #require(Self.credential).root
    try requester.open(try await VerifiedChain(unverified, root: root, at: Date(), suite: .p256))
    return requester
  }

  static func program(_ slot: KeySlot, stream: UInt8 = 0, port: UInt8 = 0) throws -> KeyProgram {
    let target = KeyTarget(stream: stream, slot: slot, port: port)
    return try #require(
      KeyProgram(target, key: Secret(bytes: [UInt8](repeating: slot.byte, count: 32)), initial: Secret(bytes: [UInt8](repeating: 1, count: 8))))
  }

  var state: InterfaceState { device.functions[0].interface.state }
}

extension Requester<InProcess> {
  mutating func programAll(stream: UInt8 = 0, but skipped: KeySlot? = nil) throws {
    for slot in KeySlot.six(.first) where slot != skipped {
      let message = try InProcess.program(slot, stream: stream)
      #expect(try program(message) == .success)
      try go(message.target)
    }
  }
}
