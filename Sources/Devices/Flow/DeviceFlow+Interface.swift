import PCI
import SPDM

/// The steps inside the session: keys of the link, then the interface.
extension DeviceFlow {
  mutating func programKeys() throws {
    let port = try requester.queryPort(options.port)
    note(.ide, "query", .pass, "port \(port.port) of \(port.lastPort), \(port.registers.count) IDE registers")
    if function == nil { function = options.function ?? InterfaceID(.init(rawValue: UInt16(port.bus) << 8 | UInt16(port.deviceFunction))) }
    var random = SystemRandomNumberGenerator()
    for slot in KeySlot.six(.first) {
      let target = KeyTarget(stream: options.stream, slot: slot, port: options.port)
      func bytes(_ count: Int) -> Secret { Secret(bytes: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }) }
      guard let message = KeyProgram(target, key: bytes(KeyProgram.keyByteCount), initial: bytes(KeyProgram.initialByteCount)) else { continue }
      let status = try requester.program(message)
      guard status == .success else {
        throw FlowFailure(name: "key \(slot.direction) \(slot.subStream)", code: "keyRefused", reason: "status \(status)")
      }
      keys.append(message)
      onSecret?("IDE key, \(slot.direction) \(slot.subStream)", message.key)
    }
    // All keys of a set are there before the first is used; the receiver listens before anybody talks.
    for slot in KeySlot.six(.first) { try requester.go(KeyTarget(stream: options.stream, slot: slot, port: options.port)) }
    note(.ide, "keys", .pass, "six sub-stream keys of stream \(options.stream) programmed and in use")
  }

  /// Without the `ide` step nobody said where the port is.
  mutating func target() throws(Refusal) -> InterfaceID {
    if let function { return function }
    if let asked = options.function {
      function = asked
      return asked
    }
    let port = try requester.queryPort(options.port)
    let found = InterfaceID(.init(rawValue: UInt16(port.bus) << 8 | UInt16(port.deviceFunction)))
    function = found
    return found
  }

  mutating func lock() throws {
    let target = try target()
    let versions = try requester.interfaceVersions(target)
    guard versions.contains(TDISPHeader.version) else { throw FlowFailure(name: "TDISP", code: "version", reason: "the device does not speak 1.0") }
    let capabilities = try requester.interfaceCapabilities(target)
    note(.lock, "interface", .pass, "\(target), TDISP 1.0, \(capabilities.addressWidth) bits of address")
    var state = try requester.interfaceState(target)
    if state != 0 {
      note(.lock, "state", .info, "found in \(Self.name(state)), stopped first")
      try requester.stop(target)
      state = try requester.interfaceState(target)
    }
    guard state == 0 else { throw FlowFailure(name: "state", code: "state", reason: "\(Self.name(state)) after STOP") }
    let flags = LockFlags([.noFirmwareUpdate, .lockMSIX]).intersection(capabilities.lockFlags)
    if options.steps.contains(.report) {
      // A lock before the one that counts: its report shows how the device adds the offset, and with that whether a report is this lock's.
      try lock(target, flags)
      trial = try? (offset, InterfaceReport(bytes: requester.interfaceReport(target, portion: options.portion)).ranges)
      try requester.stop(target)
    }
    try lock(target, flags)
    note(.lock, "lock", .pass, "CONFIG_LOCKED, stream \(options.stream)")
  }

  /// With random pages, below 2 to the power of 40 bytes, for the device to add to the addresses that it reports.
  mutating func lock(_ target: InterfaceID, _ flags: LockFlags) throws {
    var random = SystemRandomNumberGenerator()
    offset = Int64.random(in: 1..<1 << 28, using: &random) << 12
    lockNonce = try requester.lock(LockInterface(target, flags: flags, stream: options.stream, reportingOffset: offset))
    try expect(.lock, 1, target)
  }

  /// A report that did not move as the offset did is that of another lock. One that never moves is of a device that adds no offset:
  /// DMTF's emulator is one.
  mutating func judgeOffset(_ ranges: [InterfaceReport.MMIORange]) throws {
    guard let trial, !ranges.isEmpty else { return }
    let moved = zip(ranges, trial.ranges).map { Int64(bitPattern: $0.firstPage) - Int64(bitPattern: $1.firstPage) }
    if ranges.count == trial.ranges.count, moved.allSatisfy({ $0 == (offset - trial.offset) >> 12 }) {
      note(.report, "offset", .pass, "the ranges moved with this lock's reporting offset")
    } else if ranges == trial.ranges {
      note(.report, "offset", .unchecked, "the device does not add the reporting offset, so that a report of another lock could not be told")
    } else {
      throw FlowFailure(name: "offset", code: "stale", reason: "the ranges are not moved by this lock's offset: the report of another lock")
    }
  }

  mutating func readReport() throws {
    let target = try target()
    let bytes = try requester.interfaceReport(target, portion: options.portion)
    let found: InterfaceReport
    do { found = try InterfaceReport(bytes: bytes) } catch { throw FlowFailure(name: "report", code: "report", reason: "\(error)") }
    report = found
    note(.report, "report", .pass, "\(bytes.count) bytes, \(found.ranges.count) ranges")
    try judgeOffset(found.ranges)
    for range in found.ranges {
      var words = "\(range.pageCount) pages\(range.attributes.contains(.nonTEE) ? ", not TEE memory" : "")"
      if range.attributes.contains(.msixTable) { words += ", with the MSI-X table" }
      note(.report, "BAR \(range.bar)", .info, words)
    }
    guard let policy = options.policy, let measurements, let chain else { return }
    var judged = judgement ?? Judgement(policy, measurements, identity: chain.identity)
    let before = judged.demands.count
    judged.judge(policy, found)
    judgement = judged
    for demand in judged.demands.dropFirst(before) {
      note(.report, demand.name, demand.isMet ? .pass : .fail, demand.found, code: demand.isMet ? "" : "policy")
    }
  }

  mutating func start() throws {
    let target = try target()
    guard let nonce = lockNonce else {
      throw FlowFailure(name: "start", code: "order", reason: "no lock whose nonce is known: ask for the step lock too")
    }
    try requester.start(target, nonce: nonce)
    lockNonce = nil
    try expect(.start, 2, target)
    note(.start, "start", .pass, "RUN")
  }

  mutating func stop() throws {
    let target = try target()
    try requester.stop(target)
    lockNonce = nil
    try expect(.stop, 0, target)
    note(.stop, "stop", .pass, "CONFIG_UNLOCKED")
    for message in keys { try requester.stop(message.target) }
    if !keys.isEmpty { note(.stop, "keys", .pass, "six sub-stream keys stopped") }
    keys = []
  }

  mutating func expect(_ step: FlowStep, _ wanted: UInt8, _ target: InterfaceID) throws {
    let state = try requester.interfaceState(target)
    guard state == wanted else { throw FlowFailure(name: "state", code: "state", reason: "\(Self.name(state)), not \(Self.name(wanted))") }
  }

  /// As the specification calls a state.
  static func name(_ state: UInt8) -> String {
    let names = ["CONFIG_UNLOCKED", "CONFIG_LOCKED", "RUN", "ERROR"]
    return Int(state) < names.count ? names[Int(state)] : "state \(state)"
  }
}
