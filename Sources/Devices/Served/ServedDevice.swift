import Crypto
import Foundation
import PCI
import Primitives
import Rules
import SPDM

/// A device that is asked from outside: functions, streams and measurements, one for all who connect.
///
/// It has no state machine of its own. A request is read here, `Rules` decides, and what was decided is carried out on registers,
/// keys and bytes.
public struct ServedDevice: Sendable {
  /// In the order of their numbers; the first one's port is the device's.
  public internal(set) var functions: [ServedFunction]
  public internal(set) var streams: [UInt8: StreamKeys] = [:]
  public internal(set) var measurements: [MeasurementBlock]
  public var faults: Set<Fault>
  /// Guards that are not in force, besides those that a fault takes away.
  public var dropped: Law = Law()

  /// Streams that a device of this package keeps keys for.
  public static let streamLimit = 16
  public static let lockFlags: LockFlags = [.noFirmwareUpdate, .longCacheLine, .lockMSIX]
  static let requests: Set<InterfaceMessage> = [
    .getVersion, .getCapabilities, .lock, .getReport, .getState, .start, .stop,
  ]

  /// `count` functions that are alike, from `id` on; no more than its device has numbers for.
  public init(_ dump: ConfigurationSpaceDump, at id: RequesterID, functions count: Int = 1, faults: Set<Fault> = []) {
    let numbers = id.function...max(id.function, UInt8(min(7, Int(id.function) + max(1, min(8, count)) - 1)))
    functions = numbers.compactMap { RequesterID(bus: id.bus, device: id.device, function: $0) }.map { ServedFunction(id: $0, dump: dump) }
    measurements = Self.measurements(FunctionRegisters(dump), firmware: Array("cofferdam firmware 1".utf8))
    self.faults = faults
  }

  /// One function as a machine has it: its registers, the pages that it lends, and the firmware that it measures.
  public init(_ function: ServedFunction, firmware: [UInt8], faults: Set<Fault> = []) {
    functions = [function]
    measurements = Self.measurements(function.registers, firmware: firmware)
    self.faults = faults
  }

  /// What it measures: an image in ROM, its firmware, who the function is, a version, and that it is in normal operation.
  static func measurements(_ registers: FunctionRegisters, firmware: [UInt8]) -> [MeasurementBlock] {
    func digest(_ bytes: [UInt8]) -> [UInt8] { Array(SHA384.hash(data: bytes)) }
    let mode: [UInt8] = [0x3F, 0, 0, 0, 0x04, 0, 0, 0, 0x1F, 0, 0, 0, 0, 0, 0, 0]
    return [
      MeasurementBlock(index: 1, content: .value(kind: 0, isRaw: false, bytes: digest(Array("cofferdam rom 1".utf8)))),
      MeasurementBlock(index: 2, content: .value(kind: 1, isRaw: false, bytes: digest(firmware))),
      MeasurementBlock(index: 3, content: .value(kind: 2, isRaw: false, bytes: registers.identityDigest)),
      MeasurementBlock(index: 16, content: .value(kind: 7, isRaw: true, bytes: [1, 0, 0, 0, 0, 0, 0, 0])),
      MeasurementBlock(index: 0xFD, content: .value(kind: 5, isRaw: true, bytes: mode)),
    ].compactMap { $0 }
  }

  /// Puts bytes in the place of every function's report.
  public mutating func settle(report: [UInt8]) { for i in functions.indices { functions[i].settledReport = report } }

  /// Which guards are in force; a fault takes one away.
  var law: Law { faults.contains(.lockWithoutKeys) ? Law(dropping: [.lockKeys]) : dropped }

  func position(_ id: RequesterID) -> Int? { functions.firstIndex { $0.id == id } }

  /// A conventional reset takes the whole device: interfaces, keys, registers.
  mutating func resetAll() {
    streams = [:]
    for i in functions.indices { functions[i].reset() }
  }

  /// A stream stopped protecting: what was bound to it is in error. PCIe 6.0 section 11.2.6.
  mutating func becameInsecure(_ stream: UInt8) {
    for i in functions.indices where functions[i].terms?.stream == stream { functions[i].observe(.streamInsecure) }
  }
}

extension ServedDevice: ResponderDevice {
  /// Keys and locks are the matter of a session, never of the clear.
  public mutating func answer(_ question: VendorPayload, over session: SessionName?) -> VendorAnswer {
    guard let (protocolNumber, message) = question.pci else { return .refused(.unsupportedRequest) }
    guard let session else { return .refused(.sessionRequired) }
    let answer: [UInt8]?
    switch protocolNumber {
    case .keyManagement: answer = manageKeys(message, over: session)
    case .deviceInterface: answer = manageInterface(message, over: session)
    }
    guard let answer, let payload = try? VendorPayload(protocolNumber, answer) else { return .refused(.invalidRequest) }
    return .payload(payload)
  }

  /// The session's keys are wiped, its streams are insecure, and what it locked is in error.
  public mutating func ended(_ session: SessionName) {
    for stream in streams.keys.sorted() where streams[stream]?.end(session) == true { becameInsecure(stream) }
    for i in functions.indices where functions[i].terms?.session == session { functions[i].observe(.streamInsecure) }
  }
}
