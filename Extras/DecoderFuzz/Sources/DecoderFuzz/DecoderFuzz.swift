import Devices
import Foundation
import PCI
import Primitives
import SPDM

/// What reads an input.
enum Target: UInt8, CaseIterable {
  case message, keyManagement, deviceInterface, chain, object, frames, interfaceReport, savedReport, responder
}

/// libFuzzer calls this with one input after the other.
@_cdecl("LLVMFuzzerTestOneInput")
public func decode(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let first = bytes.first, let target = Target(rawValue: first % UInt8(Target.allCases.count)) else { return 0 }
  let rest = Array(bytes.dropFirst())
  switch target {
  case .message: readMessage(rest)
  case .keyManagement: readKeyMessage(rest)
  case .deviceInterface: readInterfaceMessage(rest)
  case .chain:
    if let chain = try? UnverifiedChain(blob: rest, hash: .sha384) { precondition(chain.certificates.reduce(0) { $0 + $1.count } <= rest.count) }
    if let data = try? OpaqueData(rest) { _ = try? SecuredMessageVersions(data) }
  case .object: readObject(rest)
  case .frames: readFrames(rest)
  case .interfaceReport: if let report = try? InterfaceReport(bytes: rest) { precondition(report.bytes.count == rest.count) }
  case .savedReport: _ = try? SavedReport(rest)
  case .responder: converse(rest)
  }
  return 0
}

/// Read and written it has as many bytes, and what was written is read to the same bytes.
func readMessage(_ bytes: [UInt8]) {
  guard let first = bytes.first, let header = try? MessageHeader(of: bytes.dropFirst()) else { return }
  let body = Array(bytes.dropFirst())
  let summary: MeasurementSummary = first & 1 == 0 ? .none : .all
  let form = MessageForm(
    version: header.version, algorithms: first & 2 == 0 ? .p384 : .p256, summary: summary, isSigned: first & 4 == 0,
    handshake: first & 8 == 0 ? .clear : .encrypted)
  guard let message = try? MessageCatalogue.read(body, form: form) else { return }
  let again = message.bytes(version: header.version)
  precondition(again.count == body.count)
  precondition((try? MessageCatalogue.read(again, form: form))?.bytes(version: header.version) == again)
}

func again<Message: PCIProtocolMessage>(_ type: Message.Type, _ bytes: [UInt8]) {
  guard let message = try? type.init(bytes) else { return }
  let written = message.bytes
  precondition(written.count == bytes.count)
  precondition((try? type.init(written))?.bytes == written)
}

func readKeyMessage(_ bytes: [UInt8]) {
  let types: [any PCIProtocolMessage.Type] = [
    KeyQuery.self, KeyQueryResponse.self, KeyProgram.self, KeyProgramAck.self, KeyGo.self, KeyStop.self, KeyGoStopAck.self,
  ]
  for type in types { again(type, bytes) }
}

func readInterfaceMessage(_ bytes: [UInt8]) {
  let types: [any PCIProtocolMessage.Type] = [
    GetTDISPVersion.self, TDISPVersion.self, GetInterfaceCapabilities.self, InterfaceCapabilities.self, LockInterface.self, LockResponse.self,
    GetInterfaceReport.self, InterfaceReportPortion.self, GetInterfaceState.self, InterfaceStateReport.self, StartInterface.self,
    StartResponse.self, StopInterface.self, StopResponse.self, BindPeer.self, BindPeerResponse.self, UnbindPeer.self, UnbindPeerResponse.self,
    SetAttribute.self, SetAttributeResponse.self, VendorInterfaceRequest.self, VendorInterfaceResponse.self, TDISPErrorResponse.self,
  ]
  for type in types { again(type, bytes) }
}

func readObject(_ bytes: [UInt8]) {
  if let object = try? DOEObject(bytes) { precondition(object.bytes?.count == bytes.count) }
  _ = try? DOEDiscovery(bytes)
  _ = try? DOEDiscovery.Answer(bytes)
}

/// In pieces, as TCP brings them: what is kept is bounded, and every frame is one.
func readFrames(_ bytes: [UInt8]) {
  var inbox = Inbox(limit: 1024)
  for start in stride(from: 0, to: bytes.count, by: 7) {
    inbox.append(bytes[start..<min(bytes.count, start + 7)])
    do { while try inbox.next() != nil {} } catch { return }
    precondition(inbox.byteCount <= 1024 + 12)
  }
}

enum Peer {
  static let credential = try? Credential.make(.p256, device: "Cofferdam:fuzz:1", now: Date())
  static let device = (try? BuiltInDump.read()).map { ServedDevice($0, at: RequesterID(rawValue: 0x0100)) }
}

/// Messages one behind the other, each with its length in front, to a responder that has just begun.
func converse(_ bytes: [UInt8]) {
  guard let credential = Peer.credential, var device = Peer.device else { return }
  var responder = Responder(Responder.Configuration(credentials: [credential]), connection: 1)
  var rest = bytes[...]
  while let head = rest.popFirst() {
    let length = Int(head & 0x7F)
    let kind: DOEObject.Kind = head & 0x80 == 0 ? .spdm : .securedSPDM
    let answer = responder.answer(DOEObject(kind, Array(rest.prefix(length))), at: 0, device: &device)
    precondition(answer?.bytes != nil)
    rest = rest.dropFirst(length)
  }
  // A key update, a lock, or a stop needs a session, which an input without keys does not open.
  precondition(device.functions.allSatisfy { $0.interface.state == .configUnlocked })
  responder.close(device: &device)
}
