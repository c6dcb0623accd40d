import Devices
import Host
import PCI
import Primitives
import Rules
import SPDM
import TEE

/// The conversation of module and device, as bytes. The rules have said what may be posed, carried and taken; here it is posed, carried
/// and taken, and where the bytes come to something else than the rules, the run fails and says so.
extension Machine {
  /// After the step of a call. `effect` says what it changed; a step that was refused changed nothing of this.
  func converse(_ step: Step, _ d: UInt8, _ effect: Effect) {
    if effect.changed(.answer, Int(d)), effect.before[answer: d] == .mailboxError { findError(d, effect) }
    guard evidenceSource == .session else { return }
    let session = module.sessions[Int(d)]
    if effect.changed(.exchange, Int(d)) {
      switch effect.after[exchange: d] {
      case .none where step.conversesWithDevice && effect.before[exchange: d] != .none:
        take(.exchange, d, effect)
      case .none: session.forget(.exchange)
      case .handshake: session.pose(.handshake, in: .exchange)
      case .key: if let key = key(effect.before[streamKeys: d]) { session.pose(.key(key), in: .exchange) }
      case .go:
        let direction: KeySlot.Direction = effect.before[stream: d] == .created ? .receive : .transmit
        session.pose(.go(KeySlot.six(.first).filter { $0.direction == direction }.map(target)), in: .exchange)
      case .end: session.pose(.end, in: .exchange)
      }
    }
    if effect.changed(.exchangeIsAnswered, Int(d)), step == .spdmRelay { carry(.exchange, d, effect) }
    if effect.changed(.session, Int(d)), [.none, .created].contains(effect.after[session: d]) { session.end() }
    if effect.changed(.request, Int(d)) {
      // A report is of one lock.
      if effect.after[request: d] == .lock { module.reports[Int(d)] = nil }
      if let errand = errand(effect.after[request: d], d) {
        session.pose(errand, in: .interface)
      } else if step == .response {
        take(.interface, d, effect)
      } else {
        session.forget(.interface)
      }
    }
    if effect.changed(.answer, Int(d)), effect.after[answer: d].isFromDevice, step == .relay { carry(.interface, d, effect) }
    followStream(d, effect)
  }

  /// What happens to the stream happens to the device's keys.
  func followStream(_ d: UInt8, _ effect: Effect) {
    guard evidenceSource == .session, ends[Int(d)] != nil else { return }
    followLink(d, effect)
    if effect.changed(.streamIsInsecure, Int(d)), effect.after.flag(.streamIsInsecure, d) { ends[Int(d)]?.device.streamFails(Self.stream) }
    if effect.changed(.stream, Int(d)), effect.after[stream: d] == .absent { ends[Int(d)]?.device.disable(Self.stream) }
  }

  /// Each device has the one stream.
  static let stream: UInt8 = 0

  /// Whether the device uses all six keys of its stream, which came over the session that stands.
  public func isProtected(_ d: UInt8) -> Bool { ends[Int(d)]?.isProtected(Self.stream) ?? false }
  /// Sessions that stand at the device.
  public func sessionCount(of d: UInt8) -> Int { ends[Int(d)]?.sessionCount ?? 0 }

  // MARK: what the module says

  private func target(_ slot: KeySlot) -> KeyTarget { KeyTarget(stream: Self.stream, slot: slot, port: 0) }

  /// The key that is next, those to receive with first.
  private func key(_ number: UInt8) -> KeyProgram? {
    let slots = KeySlot.six(.first)
    guard Int(number) < slots.count else { return nil }
    var random = SystemRandomNumberGenerator()
    func bytes(_ count: Int) -> Secret { Secret(bytes: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }) }
    return KeyProgram(target(slots[Int(number)]), key: bytes(KeyProgram.keyByteCount), initial: bytes(KeyProgram.initialByteCount))
  }

  private func errand(_ request: InterfaceRequest, _ d: UInt8) -> SecureSession.Errand? {
    let function = InterfaceID(id(d)), session = module.sessions[Int(d)]
    func message(_ message: some TDISPMessage) -> SecureSession.Errand { .interface(function, message.bytes) }
    switch request {
    case .none: return nil
    case .lock:
      let flags: LockFlags = book.parameters.locksMessages ? [.noFirmwareUpdate, .lockMSIX] : .noFirmwareUpdate
      return message(LockInterface(function, flags: flags, stream: Self.stream, reportingOffset: module.reportingOffset))
    case .stop: return message(StopInterface(function))
    case .state: return message(GetInterfaceState(function))
    case .report: return .report(function)
    case .start, .oldStart:
      // A TD that asks for START before any lock has no nonce to give.
      guard let nonce = session.startNonce ?? Nonce([UInt8](repeating: 0, count: Nonce.byteCount)) else { return nil }
      return message(StartInterface(function, nonce: nonce))
    }
  }

  // MARK: what the host carries

  /// All rounds of what is out in a slot.
  private func carry(_ slot: SecureSession.Slot, _ d: UInt8, _ effect: Effect) {
    let session = module.sessions[Int(d)]
    do throws(Refusal) {
      while let object = try session.next(slot) {
        if slot == .interface { follow(d, effect.before) }
        try session.bring(try exchange(object, d), slot)
      }
    } catch {
      session.end()
      differ(d, effect.after, "a message of \(id(d)) was carried, and ended with \(error)")
    }
    if slot == .interface, let end = ends[Int(d)], end.device.interface != effect.after.tdi(d) {
      differ(d, effect.after, "\(id(d)) is in \(end.device.interface), the rules say \(effect.after.tdi(d))")
    }
  }

  /// The kernel finds the mailbox in error, aborts, and carries nothing.
  private func findError(_ d: UInt8, _ effect: Effect) {
    guard !DOEDriver(hardware).clearError(d) else { return }
    differ(d, effect.after, "the mailbox of \(id(d)) shows no error, the rules say that it does")
  }

  /// One object to the device and one back, through the registers of its mailbox.
  func exchange(_ object: DOEObject, _ d: UInt8) throws(Refusal) -> DOEObject {
    guard let bytes = object.bytes else { throw .transport(TransportError(.length, "an object that no mailbox takes")) }
    let answer = try exchange(bytes, d)
    carried[Int(d)] = carried[Int(d)].suffix(2) + [(object, answer)]
    return answer
  }

  private func exchange(_ bytes: [UInt8], _ d: UInt8) throws(Refusal) -> DOEObject {
    do throws(EvidenceError) { try meet(d) } catch { throw .evidence(error) }
    let answer = DOEDriver(hardware).exchange(bytes, with: d) { self.ends[Int(d)]?.answer($0) }
    guard let answer else { throw .transport(TransportError(.closed, "the mailbox gave its error bit")) }
    do throws(SPDMError) { return try DOEObject(answer) } catch { throw .message(error) }
  }

  /// The device's end is made when the first object comes.
  private func meet(_ d: UInt8) throws(EvidenceError) {
    guard ends[Int(d)] == nil else { return }
    ends[Int(d)] = DeviceEnd(served(d), try ModelledIdentity.credential(of: id(d)))
    ends[Int(d)]?.device.dropped = book.law
  }

  /// The device that speaks for function `d`: its registers as they are now, its pages, its firmware. Whoever serves it on TCP serves this.
  public func served(_ d: UInt8, faults: Set<Fault> = []) -> ServedDevice {
    let function = hardware.functions[Int(d)]
    let layout = ServedLayout(bar: function.engineBAR, pages: function.pages)
    return ServedDevice(
      ServedFunction(id: function.id, registers: function.registers, layout: layout), firmware: function.firmware, faults: faults)
  }

  /// The device sees what the bus has made of it since. What it makes of that by itself has to be what the rules made of it.
  func follow(_ d: UInt8, _ world: TableWorld) {
    let effects = hardware.functions[Int(d)].takeNoticed(), rules = world.tdi(d)
    let found = ends[Int(d)]?.device.follow(
      hardware.functions[Int(d)].registers, after: effects, isThere: world.answers(d), holdsSecrets: rules.holdsSecrets)
    guard let found, found != rules else { return }
    differ(d, world, "\(id(d)) has found itself in \(found), the rules say \(rules)")
    ends[Int(d)]?.device.adopt(rules)
  }

  // MARK: what a call takes

  private func take(_ slot: SecureSession.Slot, _ d: UInt8, _ effect: Effect) {
    let session = module.sessions[Int(d)]
    let kind = effect.before[request: d], expected = effect.before[answer: d]
    let errand = session.errand(in: slot)
    do throws(Refusal) {
      let answer = try session.conclude(slot)
      if case .key(let key)? = errand { keyTaken(key, by: d) }
      guard slot == .interface else { return }
      let found = try process(answer, to: kind, d)
      if found != expected { differ(d, effect.after, "the answer of \(id(d)) to \(kind) is \(found), the rules say \(expected)") }
    } catch {
      session.end()
      differ(d, effect.after, "the answer of \(id(d)) is not accepted: \(error)")
    }
  }

  /// What the message says in the words of the rules, and what it carries.
  private func process(_ message: [UInt8], to kind: InterfaceRequest, _ d: UInt8) throws(Refusal) -> InterfaceAnswer {
    let session = module.sessions[Int(d)]
    do throws(SPDMError) {
      if try TDISPHeader(of: message).type == .error { return .errorResponse }
      switch kind {
      case .none: break
      case .lock: session.lockNonce = try LockResponse(message).nonce
      case .stop: _ = try StopResponse(message)
      case .start, .oldStart: _ = try StartResponse(message)
      case .report:
        let portion = try InterfaceReportPortion(message)
        guard portion.remainder == 0, let report = session.report else {
          throw SPDMError(.length, field: "remainder length", offset: 18, expected: "0")
        }
        module.reports[Int(d)] = report
      case .state: return InterfaceAnswer(reporting: InterfaceState.all[Int(try InterfaceStateReport(message).state)])
      }
      return .success
    } catch { throw .message(error) }
  }

  /// Bytes and rules disagree. Where guards are switched off the rules go on where no device would, and a stream that is insecure has
  /// lost its keys or not: nothing depends on it any more.
  func differ(_ d: UInt8, _ world: TableWorld, _ what: String) {
    guard book.law == Law(), !world.flag(.streamIsInsecure, d) else { return }
    troubles.append(what)
  }

  // MARK: what the guest gets

  /// What the module has of a device. Nil where nothing was earned.
  func evidence(of d: UInt8, report: [UInt8]) -> DeviceEvidence {
    guard evidenceSource == .session else {
      return DeviceEvidence(report: report, measurements: security.measurements(of: d), deviceInfo: security.deviceInfo(of: d))
    }
    guard let proof = module.sessions[Int(d)].proof else { return DeviceEvidence(report: report, measurements: [], deviceInfo: []) }
    func values(_ wanted: UInt8) -> [[UInt8]] {
      proof.measurements.blocks.compactMap { if case .value(wanted, false, let bytes) = $0.content { bytes } else { nil } }
    }
    return DeviceEvidence(
      report: report, measurements: values(1), deviceInfo: values(2).first ?? [],
      identity: DeviceEvidence.Identity(root: proof.chain.rootKeyDigest, device: proof.chain.identity.device ?? ""))
  }

  /// SHA-384 of the root's public key that the guest trusts.
  var trustedRoot: [UInt8] { file.policy.root ?? ModelledIdentity.rootKeyDigest }

  /// In a word, for events in which evidence is used: what its signatures say. Whether it is what the guest wants its policy says, and that
  /// is said of the run.
  func evidenceWord(of d: UInt8) -> String {
    guard evidenceSource == .session else { return EvidenceFound.unauthenticated.description }
    guard let proof = module.sessions[Int(d)].proof else { return "none" }
    return proof.chain.rootKeyDigest == trustedRoot ? "authenticated" : "of an untrusted root"
  }
}
