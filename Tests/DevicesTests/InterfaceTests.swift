import Foundation
import PCI
import Primitives
import Rules
import Testing

import Devices
import SPDM

/// TDISP and IDE_KM of a served device, inside a session. The table is PCIe 6.0 section 11.3's, written down here a second time.
@Suite struct Interfaces {
  static func code(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch let error as Refusal {
      if case .interface(let answer) = error { return answer.reason.name }
      return error.code
    } catch { return "\(error)" }
  }

  /// Every request in every state: what comes back, and where it leads.
  @Test(arguments: InterfaceState.all) func table(state: InterfaceState) async throws {
    let expected: [String: [InterfaceState: String]] = [
      "lock": [.configLocked: "INVALID_INTERFACE_STATE", .run: "INVALID_INTERFACE_STATE", .error: "INVALID_INTERFACE_STATE"],
      "report": [.configUnlocked: "INVALID_INTERFACE_STATE", .error: "INVALID_INTERFACE_STATE"],
      "start": [.configUnlocked: "INVALID_INTERFACE_STATE", .run: "INVALID_INTERFACE_STATE", .error: "INVALID_INTERFACE_STATE"],
      "stop": [:], "state": [:],
    ]
    for (request, refusals) in expected {
      let device = try InProcess()
      var requester = try await device.opened()
      try requester.programAll()
      var nonce = Nonce([UInt8](repeating: 0, count: 32))
      if state != .configUnlocked { nonce = try requester.lock(LockInterface(InProcess.function, stream: 0)) }
      if state == .run { try requester.start(InProcess.function, nonce: try #require(nonce)) }
      if state == .error { _ = DeviceControl.obey("write 0000:01:00.0 4 2 0", &device.device) }
      #expect(device.state == state)
      let found = Self.code {
        switch request {
        case "lock": _ = try requester.lock(LockInterface(InProcess.function, stream: 0))
        case "report": _ = try requester.interfaceReport(InProcess.function)
        case "start": try requester.start(InProcess.function, nonce: try #require(nonce))
        case "stop": try requester.stop(InProcess.function)
        default: #expect(try requester.interfaceState(InProcess.function) == state.wireValue)
        }
      }
      #expect(found == refusals[state], "\(request) in \(state)")
      // A refusal changes nothing.
      if found != nil { #expect(device.state == state) } else if request == "stop" { #expect(device.state == .configUnlocked) }
    }
  }

  @Test func lockWantsAllSixKeys() async throws {
    for missing in KeySlot.six(.first) {
      let device = try InProcess()
      var requester = try await device.opened()
      try requester.programAll(but: missing)
      #expect(Self.code { _ = try requester.lock(LockInterface(InProcess.function, stream: 0)) } == "INVALID_REQUEST")
      // Programmed is not yet in use.
      let last = try InProcess.program(missing)
      #expect(try requester.program(last) == .success)
      #expect(Self.code { _ = try requester.lock(LockInterface(InProcess.function, stream: 0)) } == "INVALID_REQUEST")
      try requester.go(last.target)
      #expect(Self.code { _ = try requester.lock(LockInterface(InProcess.function, stream: 1)) } == "INVALID_REQUEST")
      _ = try requester.lock(LockInterface(InProcess.function, stream: 0))
      #expect(device.state == .configLocked)
    }
    let lenient = try InProcess(faults: [.lockWithoutKeys])
    var requester = try await lenient.opened()
    _ = try requester.lock(LockInterface(InProcess.function, stream: 0))
    #expect(lenient.state == .configLocked)
  }

  /// Keys of another session are not this one's, and cannot be written over.
  @Test func keysBelongToTheirSession() async throws {
    let device = try InProcess()
    var first = try await device.opened()
    try first.programAll()
    let chain = try await VerifiedChain(try first.chain(), root: try #require(InProcess.credential).root, at: Date(), suite: .p256)
    let kept = first.session
    try first.open(chain)
    var second = first
    first.session = kept
    #expect(Self.code { _ = try second.lock(LockInterface(InProcess.function, stream: 0)) } == "INVALID_REQUEST")
    #expect(try second.program(try InProcess.program(KeySlot.six(.first)[0])) == .unsupportedValue)
    let nonce = try first.lock(LockInterface(InProcess.function, stream: 0))
    // Who did not lock it can look, and no more.
    #expect(try second.interfaceState(InProcess.function) == 1)
    #expect(Self.code { try second.start(InProcess.function, nonce: nonce) } == "INVALID_REQUEST")
    #expect(Self.code { try second.stop(InProcess.function) } == "INVALID_REQUEST")
    #expect(Self.code { _ = try second.interfaceReport(InProcess.function) } == "INVALID_REQUEST")
    try first.start(InProcess.function, nonce: nonce)
    // The session's end: at once insecure and in error, and anybody may stop it.
    try first.end()
    #expect(device.state == .error && device.device.streams[0]?.isEmpty == true)
    #expect(try second.interfaceState(InProcess.function) == 3)
    try second.stop(InProcess.function)
    try second.programAll()
    _ = try second.lock(LockInterface(InProcess.function, stream: 0))
  }

  @Test func nonces() async throws {
    let device = try InProcess()
    var requester = try await device.opened()
    try requester.programAll()
    let old = try requester.lock(LockInterface(InProcess.function, stream: 0))
    try requester.stop(InProcess.function)
    let nonce = try requester.lock(LockInterface(InProcess.function, stream: 0))
    #expect(nonce != old)
    #expect(Self.code { try requester.start(InProcess.function, nonce: old) } == "INVALID_NONCE")
    #expect(device.state == .configLocked)
    try requester.start(InProcess.function, nonce: nonce)
    #expect(Self.code { try requester.start(InProcess.function, nonce: nonce) } == "INVALID_INTERFACE_STATE")
  }

  @Test func aStoppedKeyEndsTheLock() async throws {
    let device = try InProcess()
    var requester = try await device.opened()
    try requester.programAll()
    _ = try requester.lock(LockInterface(InProcess.function, stream: 0))
    try requester.stop(try InProcess.program(KeySlot.six(.first)[2]).target)
    #expect(device.state == .error)
    // A key that is not there goes nowhere: IDE_KM has no answer for that, SPDM has.
    #expect(Self.code { try requester.stop(try InProcess.program(KeySlot.six(.first)[2]).target) } == "peerError")
    #expect(Self.code { try requester.go(try InProcess.program(KeySlot.six(.second)[0]).target) } == "peerError")
    #expect(try requester.program(try InProcess.program(KeySlot.six(.second)[0], port: 9)) == .unsupportedPort)
    #expect(throws: Refusal.self) { try requester.queryPort(9) }
  }

  @Test func reportsInPortions() async throws {
    let device = try InProcess()
    var requester = try await device.opened()
    try requester.programAll()
    _ = try requester.lock(LockInterface(InProcess.function, flags: .noFirmwareUpdate, stream: 0, reportingOffset: 0x7000))
    let whole = try requester.interfaceReport(InProcess.function)
    for portion in [1, 7, 16, 67, 68, 69] as [UInt16] { #expect(try requester.interfaceReport(InProcess.function, portion: portion) == whole) }
    let report = try InterfaceReport(bytes: whole)
    let bar = try #require(device.device.functions[0].registers.bars.first)
    #expect(report.ranges.first?.firstPage == (bar.address.rawValue + 0x7000) / 4096)
    // A report of one's own is what comes, byte for byte.
    let own = try #require(HexText.bytes("0a0b0c"))
    _ = DeviceControl.obey("report 0000:01:00.0 0a0b0c", &device.device)
    #expect(try requester.interfaceReport(InProcess.function) == own)
  }

  @Test func severalFunctions() async throws {
    let device = try InProcess(functions: 3)
    var requester = try await device.opened()
    try requester.programAll()
    let ids = device.device.functions.map { InterfaceID($0.id) }
    let nonces = try ids.map { try requester.lock(LockInterface($0, stream: 0)) }
    try requester.start(ids[1], nonce: nonces[1])
    #expect(try ids.map { try requester.interfaceState($0) } == [1, 2, 1])
    #expect(Self.code { try requester.start(ids[0], nonce: nonces[2]) } == "INVALID_NONCE")
    #expect(Self.code { _ = try requester.interfaceState(InterfaceID(RequesterID(rawValue: 0x0105))) } == "INVALID_INTERFACE")
    _ = DeviceControl.obey("write 0000:01:00.1 4 2 0", &device.device)
    #expect(try ids.map { try requester.interfaceState($0) } == [1, 3, 1])
    #expect(Self.code { try requester.bindPeer(ids[0], stream: 1) } == "UNSUPPORTED_REQUEST")
  }

  /// What a locked interface tracks, through configuration space: PCIe 6.0 section 11.2.6.
  @Test(arguments: [
    ("write 0000:01:00.0 4 2 0x2", true), ("write 0000:01:00.0 4 2 0x4", true), ("write 0000:01:00.0 0x10 4 0", true),
    ("write 0000:01:00.0 0x0f 1 0", true), ("reset 0000:01:00.0 flr", true), ("write 0000:01:00.0 0x3c 1 5", false),
    ("write 0000:01:00.0 4 2 0x406", false),
  ]) func configuration(line: String, isError: Bool) async throws {
    let device = try InProcess()
    var requester = try await device.opened()
    try requester.programAll()
    _ = try requester.lock(LockInterface(InProcess.function, stream: 0))
    guard case .object(let members) = DeviceControl.obey(line, &device.device).json else { throw InProcess.Missing() }
    #expect(members.first?.value == true)
    #expect(try requester.interfaceState(InProcess.function) == (isError ? 3 : 1), "\(line)")
  }

  /// LOCK_MSIX: the table is reported and closed to T=0, and Message Control is tracked; without it neither. PCIe 6.0 sections 11.2.6, 11.3.8.
  @Test(arguments: [false, true]) func theMessageTable(isLocked: Bool) async throws {
    let device = try InProcess()
    var requester = try await device.opened()
    try requester.programAll()
    let flags: LockFlags = isLocked ? [.noFirmwareUpdate, .lockMSIX] : .noFirmwareUpdate
    _ = try requester.lock(LockInterface(InProcess.function, flags: flags, stream: 0))
    let report = try InterfaceReport(bytes: try requester.interfaceReport(InProcess.function))
    #expect(report.ranges.map { $0.attributes.contains(.msixTable) } == [false, isLocked, false])
    #expect(report.ranges.map { $0.attributes.contains(.nonTEE) } == [false, !isLocked, true])
    #expect(DeviceControl.obey("access 0000:01:00.0 t0 2", &device.device).json.text.contains("\"accepted\":\(!isLocked)"))
    #expect(device.state == .configLocked)
    let msix = try #require(device.device.functions[0].registers.msix)
    _ = DeviceControl.obey("write 0000:01:00.0 \(msix.offset + 2) 2 0xC000", &device.device)
    #expect(try requester.interfaceState(InProcess.function) == (isLocked ? 3 : 1))
    try requester.stop(InProcess.function)
    #expect(DeviceControl.obey("access 0000:01:00.0 t0 2", &device.device).json.text.contains("\"accepted\":true"))
  }

  /// Nothing of keys and locks outside of a session.
  @Test func notInTheClear() async throws {
    let device = try InProcess()
    var requester = Requester(device)
    try requester.negotiate()
    #expect(throws: Refusal.peer(ErrorResponse(.sessionRequired))) { try requester.ask(try VendorPayload(.keyManagement, KeyQuery(port: 0).bytes)) }
    #expect(throws: Refusal.self) { try requester.queryPort(0) }
  }

  /// Damaged messages in a session: an answer each, the device still whole.
  @Test(arguments: 40..<44) func damaged(seed: Int) async throws {
    var random = SeededRandom(seed: UInt64(seed))
    let device = try InProcess(functions: 2)
    var requester = try await device.opened()
    try requester.programAll()
    let messages: [(PCIProtocol, [UInt8])] = [
      (.keyManagement, KeyQuery(port: 0).bytes), (.keyManagement, try InProcess.program(KeySlot.six(.second)[1]).bytes),
      (.keyManagement, KeyGo(try InProcess.program(KeySlot.six(.second)[1]).target).bytes),
      (.deviceInterface, GetTDISPVersion(InProcess.function).bytes), (.deviceInterface, LockInterface(InProcess.function, stream: 0).bytes),
      (.deviceInterface, GetInterfaceReport(InProcess.function, length: 20).bytes), (.deviceInterface, StopInterface(InProcess.function).bytes),
      (.deviceInterface, StartInterface(InProcess.function, nonce: try #require(Nonce([UInt8](repeating: 0, count: 32)))).bytes),
    ]
    for _ in 0..<700 {
      var (kind, bytes) = messages[Int.random(in: 0..<messages.count, using: &random)]
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        if Bool.random(using: &random) {
          bytes[at] = UInt8.random(in: 0...255, using: &random)
        } else {
          bytes.removeSubrange(at..<min(bytes.count, at + 3))
        }
        if bytes.isEmpty { bytes = [0] }
      }
      _ = try? requester.ask(try VendorPayload(kind, bytes))
      #expect(requester.session != nil && device.device.functions.count == 2 && device.device.streams.count <= ServedDevice.streamLimit)
    }
  }
}
