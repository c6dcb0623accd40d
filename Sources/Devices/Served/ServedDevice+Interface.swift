import PCI
import Primitives
import Rules
import SPDM

/// TDISP from the side of the device. What is legal in which state is asked of the rules; the answer's code is the guard's.
extension ServedDevice {
  mutating func manageInterface(_ message: [UInt8], over session: SessionName) -> [UInt8]? {
    let header: TDISPHeader
    do { header = try TDISPHeader(of: message) } catch { return misread(message, error) }
    guard header.type.isRequest else { return error(header.function, .invalidRequest) }
    guard header.function.segment ?? 0 == 0, let at = position(header.function.requester) else { return error(header.function, .invalidInterface) }
    if header.type == .getVersion {
      return (try? GetTDISPVersion(message)).map { TDISPVersion($0.function).bytes } ?? error(header.function, .invalidRequest)
    }
    guard Self.requests.contains(header.type) || [.bindPeer, .unbindPeer, .setAttribute].contains(header.type) else {
      return error(header.function, .unsupportedRequest, data: UInt32(header.type.rawValue))
    }
    do { return try answer(header, message, at, over: session) } catch { return self.error(header.function, .invalidRequest) }
  }

  private mutating func answer(_ header: TDISPHeader, _ message: [UInt8], _ at: Int, over session: SessionName) throws(SPDMError) -> [UInt8] {
    let id = header.function
    switch header.type {
    case .getCapabilities:
      _ = try GetInterfaceCapabilities(message)
      return InterfaceCapabilities(id, requests: Self.requests, lockFlags: Self.lockFlags, addressWidth: 52).bytes
    case .getState:
      _ = try GetInterfaceState(message)
      return InterfaceStateReport(id, state: functions[at].interface.state.wireValue).bytes
    case .lock: return lock(try LockInterface(message), at, over: session)
    case .getReport: return report(try GetInterfaceReport(message), at, over: session)
    case .start: return start(try StartInterface(message), at, over: session)
    case .stop: return stop(try StopInterface(message), at, over: session)
    case .bindPeer:
      _ = try BindPeer(message)
      return peers(id, header.type, at)
    case .unbindPeer:
      _ = try UnbindPeer(message)
      return peers(id, header.type, at)
    default:
      _ = try SetAttribute(message)
      return peers(id, header.type, at)
    }
  }

  private mutating func lock(_ question: LockInterface, _ at: Int, over session: SessionName) -> [UInt8] {
    // Well-formed before anything else: flags that are offered, whole pages.
    guard question.flags.isSubset(of: Self.lockFlags), question.reportingOffset % 4096 == 0 else { return error(question.function, .invalidRequest) }
    var found = LockConditions()
    found.keysAreSet = streams[question.stream]?.isSecure(over: session) ?? false
    found.configurationIsValid = functions[at].isConfigured && functions[at].report(offset: question.reportingOffset) != nil
    var interface = functions[at].interface
    let outcome = interface.lock(found, under: law)
    if let why = outcome.refusal { return refused(question.function, why) }
    var random = SystemRandomNumberGenerator()
    let nonce = Nonce(using: &random)
    functions[at].interface = interface
    functions[at].terms = ServedFunction.Terms(
      session: session, flags: question.flags, stream: question.stream, reportingOffset: question.reportingOffset,
      nonce: Secret(bytes: nonce.bytes), nonceBytes: nonce)
    return LockResponse(question.function, nonce: nonce).bytes
  }

  private func report(_ question: GetInterfaceReport, _ at: Int, over session: SessionName) -> [UInt8] {
    let function = functions[at]
    guard isOwn(function, session) else { return error(question.function, .invalidRequest) }
    let bytes =
      function.terms.flatMap { terms in
        function.report(offset: faults.contains(.staleReport) ? function.earlierOffset : terms.reportingOffset)
      } ?? []
    let whole = faults.contains(.reorderedRanges) ? Self.reordered(bytes) : bytes
    let outcome = function.interface.report(offset: UInt32(question.offset), of: UInt32(clamping: whole.count), under: law)
    if let why = outcome.refusal { return refused(question.function, why) }
    let end = min(whole.count, Int(question.offset) + Int(question.length))
    guard question.length > 0, let portion = try? Payload(whole[min(end, Int(question.offset))..<end]) else {
      return error(question.function, .invalidRequest)
    }
    return InterfaceReportPortion(question.function, portion, remainder: UInt16(clamping: whole.count - end)).bytes
  }

  /// The first range behind the last one.
  private static func reordered(_ bytes: [UInt8]) -> [UInt8] {
    guard var report = try? InterfaceReport(bytes: bytes), report.ranges.count > 1 else { return bytes }
    report.ranges.append(report.ranges.removeFirst())
    return report.bytes
  }

  private mutating func start(_ question: StartInterface, _ at: Int, over session: SessionName) -> [UInt8] {
    guard isOwn(functions[at], session) else { return error(question.function, .invalidRequest) }
    let isKnown = functions[at].terms.map { $0.nonce == Secret(bytes: question.nonce.bytes) } ?? false
    var interface = functions[at].interface
    let outcome = interface.start(nonceMatches: isKnown && !faults.contains(.wrongLockNonce), under: law)
    if let why = outcome.refusal { return refused(question.function, why) }
    functions[at].interface = interface
    return StartResponse(question.function).bytes
  }

  private mutating func stop(_ question: StopInterface, _ at: Int, over session: SessionName) -> [UInt8] {
    guard isOwn(functions[at], session) else { return error(question.function, .invalidRequest) }
    functions[at].interface.stop(under: law)
    functions[at].engine.scrub()
    functions[at].earlierOffset = functions[at].terms?.reportingOffset ?? 0
    functions[at].terms = nil
    return StopResponse(question.function).bytes
  }

  private func peers(_ id: InterfaceID, _ request: InterfaceMessage, _ at: Int) -> [UInt8] {
    let outcome = functions[at].interface.configureWhileRunning(isSupported: false, under: law)
    guard let why = outcome.refusal else { return error(id, .unspecified) }
    return error(id, Self.reason(why), data: UInt32(request.rawValue))
  }

  /// A locked interface belongs to the session that locked it, as long as that lives: another one can look and no more. In ERROR after
  /// the session's end anybody may stop it.
  private func isOwn(_ function: ServedFunction, _ session: SessionName) -> Bool {
    guard let terms = function.terms, function.interface.state != .error else { return true }
    return terms.session == session
  }

  private func refused(_ function: InterfaceID, _ why: Guard) -> [UInt8] { error(function, Self.reason(why)) }

  private static func reason(_ why: Guard) -> TDISPErrorResponse.Reason { TDISPErrorResponse.Reason(name: why.entry.code) ?? .unspecified }

  private func error(_ function: InterfaceID, _ reason: TDISPErrorResponse.Reason, data: UInt32 = 0) -> [UInt8] {
    TDISPErrorResponse(function, reason, data: data).bytes
  }

  /// A message of another version or of an unknown type still names its function, if it has a header.
  private func misread(_ message: [UInt8], _ mistake: SPDMError) -> [UInt8]? {
    guard message.count >= TDISPHeader.byteCount else { return nil }
    let function = InterfaceID(RequesterID(rawValue: UInt16(message[4]) | UInt16(message[5]) << 8))
    switch mistake.code {
    case .version: return error(function, .versionMismatch)
    default: return error(function, .unsupportedRequest, data: UInt32(message[1]))
    }
  }
}

extension InterfaceState {
  /// As DEVICE_INTERFACE_STATE writes it. PCIe 6.0 section 11.3.12.
  public var wireValue: UInt8 {
    switch self {
    case .configUnlocked: 0
    case .configLocked: 1
    case .run: 2
    case .error: 3
    }
  }

  /// As the specification calls it.
  public var name: String {
    switch self {
    case .configUnlocked: "CONFIG_UNLOCKED"
    case .configLocked: "CONFIG_LOCKED"
    case .run: "RUN"
    case .error: "ERROR"
    }
  }

  public static let all: [Self] = [.configUnlocked, .configLocked, .run, .error]
}
