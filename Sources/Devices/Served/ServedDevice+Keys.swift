import PCI
import SPDM

/// IDE_KM from the side that is programmed. PCIe 6.0 section 6.33.3.
extension ServedDevice {
  /// The device has one port. Ports of requesters count from 0, and some that are in use ask for 1; both are it.
  static let ports: ClosedRange<UInt8> = 0...1

  /// Nil for what cannot be read, is no request, or cannot be done: IDE_KM has no answer for it, SPDM has.
  mutating func manageKeys(_ message: [UInt8], over session: SessionName) -> [UInt8]? {
    guard let first = message.first, let kind = KeyMessage(rawValue: first) else { return nil }
    switch kind {
    case .query: return (try? KeyQuery(message)).flatMap(query)?.bytes
    case .program:
      guard let question = try? KeyProgram(message) else {
        // What is about a key and has not the length of one is answered in its own terms.
        return (try? KeyGo([KeyMessage.go.rawValue] + message.dropFirst().prefix(6))).map { KeyProgramAck($0.target, .incorrectLength).bytes }
      }
      return KeyProgramAck(question.target, program(question, over: session)).bytes
    case .go:
      guard let question = try? KeyGo(message), streams[question.target.stream]?.go(question.target.slot, over: session) == true else { return nil }
      return KeyGoStopAck(question.target).bytes
    case .stop:
      guard let question = try? KeyStop(message), streams[question.target.stream]?.stop(question.target.slot, over: session) == true else {
        return nil
      }
      if streams[question.target.stream]?.isSecure == false { becameInsecure(question.target.stream) }
      return KeyGoStopAck(question.target).bytes
    case .queryResponse, .programAck, .goStopAck: return nil
    }
  }

  private func query(_ question: KeyQuery) -> KeyQueryResponse? {
    guard Self.ports.contains(question.port), let port = functions.first else { return nil }
    var registers: [UInt32] = []
    if let capability = port.registers.capabilities[.integrityAndEncryption] {
      let size = capability.size(in: port.registers.space) ?? 12
      registers = stride(from: 4, to: size, by: 4).map { port.registers.read(capability.offset + $0, width: 4) }
    }
    return KeyQueryResponse(
      port: question.port, deviceFunction: UInt8(truncatingIfNeeded: port.id.rawValue), bus: port.id.bus, lastPort: Self.ports.upperBound,
      registers: registers)
  }

  private mutating func program(_ message: KeyProgram, over session: SessionName) -> KeyProgramAck.Status {
    guard Self.ports.contains(message.target.port) else { return .unsupportedPort }
    guard streams[message.target.stream] != nil || streams.count < Self.streamLimit else { return .unsupportedValue }
    return streams[message.target.stream, default: StreamKeys()].program(message, over: session)
  }
}
