import Primitives
import Testing

import SPDM

/// One or more of every message of IDE_KM and TDISP.
enum VendorSamples {
  static let id = InterfaceID(RequesterID(rawValue: 0xBEEF))
  static let target = KeyTarget(stream: 3, slot: KeySlot(set: .second, direction: .transmit, subStream: .completion), port: 1)

  static func keys() throws -> [any PCIProtocolMessage] {
    let program = try Samples.required(
      KeyProgram(target, key: Secret(bytes: Samples.random(32, 1)), initial: Secret(bytes: Samples.random(8, 2))))
    let statuses: [KeyProgramAck.Status] = [.success, .incorrectLength, .unsupportedPort, .unsupportedValue, .unspecified, .other(9)]
    return [
      KeyQuery(port: 1), KeyQueryResponse(port: 1, deviceFunction: 8, bus: 2, segment: 1, lastPort: 7, registers: [1, 0xFFFF_FFFF]), program,
      KeyGo(target), KeyStop(target), KeyGoStopAck(target),
    ] + statuses.map { KeyProgramAck(target, $0) }
  }

  static func interface() throws -> [any PCIProtocolMessage] {
    let segment = InterfaceID(RequesterID(rawValue: 0x0100), segment: 7)
    let errors = TDISPErrorResponse.Reason.self
    return [
      GetTDISPVersion(id), TDISPVersion(segment, [0x10, 0x11]), GetInterfaceCapabilities(id, flags: 9),
      InterfaceCapabilities(id, requests: [.lock, .vendor], lockFlags: .known, addressWidth: 52, requestsHere: 1, requestsInAll: 2),
      LockInterface(id, flags: [.lockMSIX], stream: 4, reportingOffset: -4096, peerMask: .max), LockResponse(id, nonce: Samples.nonce(1)),
      GetInterfaceReport(id, offset: 0x1234, length: 77), InterfaceReportPortion(id, try Payload(Samples.random(40, 3)), remainder: 5),
      GetInterfaceState(id), InterfaceStateReport(id, state: 3), StartInterface(id, nonce: Samples.nonce(2)), StartResponse(id), StopInterface(id),
      StopResponse(id), BindPeer(id, stream: 5), BindPeerResponse(id), UnbindPeer(id, stream: 6), UnbindPeerResponse(id),
      SetAttribute(id, firstPage: 0xD_0000, pageCount: 4, attributes: 4, range: 2), SetAttributeResponse(id),
      VendorInterfaceRequest(id, [1, 2, 3]), VendorInterfaceResponse(id, []),
      TDISPErrorResponse(id, errors.init(rawValue: 0x104)), TDISPErrorResponse(id, .other(0x999), data: 8, extended: [1]),
    ]
  }

  static func reader(_ bytes: [UInt8], _ protocol: PCIProtocol) -> (any PCIProtocolMessage.Type)? {
    switch `protocol` {
    case .keyManagement:
      let types: [any PCIProtocolMessage.Type] = [
        KeyQuery.self, KeyQueryResponse.self, KeyProgram.self, KeyProgramAck.self, KeyGo.self, KeyStop.self, KeyGoStopAck.self,
      ]
      return bytes.first.flatMap { Int($0) < types.count ? types[Int($0)] : nil }
    case .deviceInterface:
      let types: [any TDISPMessage.Type] = [
        GetTDISPVersion.self, TDISPVersion.self, GetInterfaceCapabilities.self, InterfaceCapabilities.self, LockInterface.self, LockResponse.self,
        GetInterfaceReport.self, InterfaceReportPortion.self, GetInterfaceState.self, InterfaceStateReport.self, StartInterface.self,
        StartResponse.self, StopInterface.self, StopResponse.self, BindPeer.self, BindPeerResponse.self, UnbindPeer.self, UnbindPeerResponse.self,
        SetAttribute.self, SetAttributeResponse.self, VendorInterfaceRequest.self, VendorInterfaceResponse.self, TDISPErrorResponse.self,
      ]
      guard let header = try? TDISPHeader(of: bytes) else { return nil }
      return types.first { $0.type == header.type }
    }
  }

  /// A recorded message of one of the two protocols, read and written again to the same bytes; false for any other message.
  static func readAndWritten(_ message: [UInt8], _ number: Int) throws -> Bool {
    let body: VendorPayload
    switch try MessageCatalogue.read(message, form: Record.form) {
    case let request as VendorDefinedRequest: body = request.body
    case let response as VendorDefinedResponse: body = response.body
    default: return false
    }
    guard let (kind, bytes) = body.pci else { return false }
    let type = try #require(reader(bytes, kind), "packet \(number)")
    #expect(try type.init(bytes).bytes == bytes, "packet \(number): \(type)")
    return true
  }
}

@Suite struct VendorMessages {
  @Test func everyMessage() throws {
    for (kind, messages) in [(PCIProtocol.keyManagement, try VendorSamples.keys()), (.deviceInterface, try VendorSamples.interface())] {
      for message in messages {
        let bytes = message.bytes
        let type = try #require(VendorSamples.reader(bytes, kind))
        #expect("\(type)" == "\(Swift.type(of: message))")
        #expect(try type.init(bytes).bytes == bytes, "\(message)")
        // Every byte is somebody's: no shorter message is one, and a longer one only where its rest is its content.
        for count in 0..<bytes.count where (try? type.init(bytes.prefix(count))) != nil {
          #expect(message is KeyQueryResponse || message is VendorInterfaceRequest || message is TDISPErrorResponse, "\(message) in \(count) bytes")
        }
        #expect(
          (try? type.init(bytes + [0])) == nil || message is VendorInterfaceRequest || message is VendorInterfaceResponse
            || message is TDISPErrorResponse)
        let payload = try VendorPayload(kind, bytes)
        #expect(payload.pci?.protocol == kind && payload.pci?.message == bytes)
      }
    }
  }

  /// The layouts of PCIe 6.0 sections 6.33.3 and 11.3, byte by byte.
  @Test func layouts() throws {
    #expect(KeySlot(set: .second, direction: .transmit, subStream: .completion).byte == 0x23)
    #expect(KeySlot.allCases.count == 12 && Set(KeySlot.six(.first).map(\.byte)) == [0x00, 0x10, 0x20, 0x02, 0x12, 0x22])
    #expect(KeyGo(VendorSamples.target).bytes == [4, 0, 0, 3, 0, 0x23, 1])
    #expect(KeyProgramAck(VendorSamples.target, .unsupportedPort).bytes == [3, 0, 0, 3, 2, 0x23, 1])
    let lock = LockInterface(VendorSamples.id, flags: [.noFirmwareUpdate, .lockMSIX], stream: 9, reportingOffset: 0xD000_0000, peerMask: 1)
    #expect(
      lock.bytes == [0x10, 0x83, 0, 0, 0xEF, 0xBE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 9, 0, 0, 0, 0, 0xD0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    let capabilities = InterfaceCapabilities(VendorSamples.id, requests: [.getVersion, .stop], lockFlags: [], addressWidth: 52)
    #expect(capabilities.requests[0] == 0x82 && capabilities.takes(.stop) && !capabilities.takes(.bindPeer))
    #expect(TDISPErrorResponse(VendorSamples.id, .invalidNonce).bytes.suffix(8) == [2, 1, 0, 0, 0, 0, 0, 0])
    for (code, name) in [(1, "INVALID_REQUEST"), (4, "INVALID_INTERFACE_STATE"), (0x101, "INVALID_INTERFACE"), (0x102, "INVALID_NONCE")]
      as [(UInt32, String)]
    {
      #expect(TDISPErrorResponse.Reason(rawValue: code).name == name && TDISPErrorResponse.Reason(name: name)?.rawValue == code)
    }
  }

  @Test func keysPrintAsNothing() throws {
    let secret = Samples.random(32, 1)
    let message = try #require(KeyProgram(VendorSamples.target, key: Secret(bytes: secret), initial: Secret(bytes: Samples.random(8, 2))))
    var dumped = ""
    dump(message, to: &dumped)
    let shown = "\(message) \(String(reflecting: message)) \(dumped)"
    #expect(!shown.contains("\(secret[0]), \(secret[1])") && shown.contains("(secret)"))
  }

  @Test(arguments: 30..<34) func damaged(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let samples =
      try VendorSamples.keys().map { (PCIProtocol.keyManagement, $0.bytes) } + VendorSamples.interface().map { (.deviceInterface, $0.bytes) }
    for _ in 0..<2000 {
      let (kind, bytes) = samples[Int.random(in: 0..<samples.count, using: &random)]
      let damaged = MessageFuzzing.damaged(bytes, &random)
      guard let type = VendorSamples.reader(damaged, kind), let message = try? type.init(damaged) else { continue }
      #expect(message.bytes.count == damaged.count && (try? type.init(message.bytes))?.bytes == message.bytes, "seed \(seed): \(damaged)")
    }
  }
}
