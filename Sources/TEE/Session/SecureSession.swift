import Primitives
import SPDM

/// The module's end of the SPDM session with one device, as bytes: what is out, what the host brought back, what was earned. Whether a
/// message may be posed or an answer taken the rules have decided.
///
/// A message is sealed when the host comes for it, not when it is posed: records have no numbers on the wire, and one that nobody
/// carries would leave a hole that no later record fits. An answer is opened when it is asked for, in the order in which answers came.
/// A session that broke is opened anew before the next message goes (ours: no public text says what a module does then).
public final class SecureSession {
  /// The two places in which a message can be out. TDX Connect, SPDM and IDE; device interfaces.
  public enum Slot: Hashable, Sendable { case exchange, interface }

  public enum Errand: Sendable {
    case handshake
    case key(KeyProgram)
    /// One direction of a stream: a message for each of its keys.
    case go([KeyTarget])
    case end
    /// A message of TDISP.
    case interface(InterfaceID, [UInt8])
    /// The report of an interface: a message of TDISP for each portion, of which each but the first follows from the answer before.
    case report(InterfaceID)
  }

  /// What the device proved of itself.
  public struct Proof: Sendable {
    public let chain: VerifiedChain
    public let measurements: Measurements
  }

  public private(set) var proof: Proof?
  /// The nonce of the last LOCK whose answer was taken, and the one that the TD has seen when it asked for START.
  public var lockNonce: Nonce?
  public var startNonce: Nonce?
  private let trust: SessionOpening.Trust
  /// What came of the report that was asked for last.
  private var assembly: ReportAssembly
  private var connection: Connection?
  private var session: Session?
  private var opening: SessionOpening?
  private var posed: [Slot: Errand] = [:]
  /// Messages of the errand whose answers came.
  private var answered: [Slot: Int] = [:]
  /// The last answer of an errand, as it came: not opened yet.
  private var held: (slot: Slot, object: DOEObject)?
  /// Opened because later ones had to be.
  private var opened: [Slot: [UInt8]] = [:]

  /// - Parameter portion: the most bytes of a report to ask for at once.
  public init(portion: UInt16, trust: @escaping SessionOpening.Trust) {
    self.trust = trust
    assembly = ReportAssembly(portion: portion)
  }

  public var isOpen: Bool { session != nil }
  /// The answer that waits in a slot, as the host has it.
  public func answer(in slot: Slot) -> DOEObject? { held?.slot == slot ? held?.object : nil }
  public func errand(in slot: Slot) -> Errand? { posed[slot] }
  /// Answers of what is out that the host has brought.
  public func answerCount(in slot: Slot) -> Int { answered[slot] ?? 0 }
  /// The report that was asked for last; nil before its last portion was taken.
  public var report: [UInt8]? { assembly.isComplete ? assembly.bytes : nil }

  public func pose(_ errand: Errand, in slot: Slot) {
    forget(slot)
    posed[slot] = errand
    if case .report = errand { assembly = ReportAssembly(portion: assembly.portion) }
  }

  /// What is out in the slot is not asked for any more. An answer that came is still opened in its turn.
  public func forget(_ slot: Slot) {
    if case .handshake? = posed[slot] {
      opening = nil
      if held?.slot == slot { held = nil }
    }
    (posed[slot], answered[slot], opened[slot]) = (nil, nil, nil)
  }

  /// The session's object is gone, or the session is over.
  public func end() {
    (session, connection, opening, held, opened, answered) = (nil, nil, nil, nil, [:], [:])
    assembly = ReportAssembly(portion: assembly.portion)
  }

  // MARK: what the host carries

  /// What is to be carried next, or nil where only an answer is due, or nothing.
  public func next(_ slot: Slot) throws(Refusal) -> DOEObject? {
    guard let errand = posed[slot] else { return nil }
    if case .report = errand, answerCount(in: slot) > 0, !takesPortion(errand, slot) { return nil }
    guard held?.slot != slot else { return nil }
    if case .handshake = errand {
      if opening == nil { begin() }
      return opening?.question
    }
    guard let session else {
      // Nothing is left that could be ended.
      if case .end = errand { return nil }
      if opening == nil { begin() }
      return opening?.question
    }
    let messages = try messages(of: errand, session)
    var number = answerCount(in: slot)
    if case .report = errand { number = 0 }
    guard number < messages.count else { return nil }
    try settle()
    return try self.session?.sealed(messages[number])
  }

  /// What came back. The last answer of an errand is kept for the call that asks for it.
  public func bring(_ object: DOEObject, _ slot: Slot) throws(Refusal) {
    guard let errand = posed[slot] else { throw .evidence(EvidenceError(.answer, "nothing was asked")) }
    if let opening {
      if case .handshake = errand, opening.isLast {
        held = (slot, object)
        return
      }
      do { try opening.take(object) } catch {
        self.opening = nil
        throw error
      }
      if let earned = opening.earned { establish(earned) }
      return
    }
    guard var session else { throw .record(RecordError(.order, "no session")) }
    let number = answerCount(in: slot)
    answered[slot] = number + 1
    // Whether it is the last is in it.
    if case .report = errand {
      held = (slot, object)
      return
    }
    guard try number + 1 < messages(of: errand, session).count else {
      held = (slot, object)
      return
    }
    let answer = try session.opened(object)
    self.session = session
    _ = try check(errand, number, answer)
  }

  // MARK: what a call takes

  /// The answer to what was out in the slot, verified. Of a message of TDISP the answer itself.
  @discardableResult public func conclude(_ slot: Slot) throws(Refusal) -> [UInt8] {
    guard let errand = posed[slot] else { throw .evidence(EvidenceError(.answer, "nothing was asked")) }
    defer { forget(slot) }
    switch errand {
    case .handshake:
      guard let opening, let held, held.slot == slot else { throw Self.missing }
      self.held = nil
      try opening.take(held.object)
      guard let earned = opening.earned else { throw Self.missing }
      establish(earned)
      return []
    case .end where session == nil: return []
    case .end:
      defer { end() }
      return try concluded(errand, slot)
    default: return try concluded(errand, slot)
    }
  }

  private func concluded(_ errand: Errand, _ slot: Slot) throws(Refusal) -> [UInt8] {
    try settle()
    guard let answer = opened[slot] else { throw Self.missing }
    let message = try check(errand, (answered[slot] ?? 1) - 1, answer)
    if case .report = errand, let portion = try Self.portion(message) { try assembly.take(portion) }
    return message
  }

  /// Nil for an ERROR of TDISP.
  private static func portion(_ message: [UInt8]) throws(Refusal) -> InterfaceReportPortion? {
    do throws(SPDMError) {
      return try TDISPHeader(of: message).type == .error ? nil : try InterfaceReportPortion(message)
    } catch { throw .message(error) }
  }

  /// The portion that waits is taken where another one follows: the question for that depends on it. What is the last, or is not right,
  /// is left to the call that asks for it.
  private func takesPortion(_ errand: Errand, _ slot: Slot) -> Bool {
    guard var after = session else { return false }
    var report = assembly
    do throws(Refusal) {
      let answer: [UInt8]
      if let known = opened[slot] {
        answer = known
      } else {
        guard let held, held.slot == slot else { return false }
        answer = try after.opened(held.object)
      }
      guard let portion = try Self.portion(try check(errand, 0, answer)) else { return false }
      try report.take(portion)
    } catch { return false }
    guard !report.isComplete else { return false }
    if opened.removeValue(forKey: slot) == nil { held = nil }
    (session, assembly) = (after, report)
    return true
  }

  /// Why an answer in the place of the one that waits would not be taken; nil for one that would. Nothing changes.
  public func refusal(of object: DOEObject?, in slot: Slot) -> Refusal? {
    guard let errand = posed[slot], var copy = session, let object else { return Self.missing }
    do throws(Refusal) {
      _ = try check(errand, (answered[slot] ?? 1) - 1, try copy.opened(object))
      return nil
    } catch { return error }
  }

  private static let missing = Refusal.transport(TransportError(.timeout, "the host brought no answer"))

  // MARK: inside

  private func begin() {
    end()
    opening = SessionOpening(trust: trust)
  }

  private func establish(_ earned: SessionOpening.Earned) {
    (session, connection, opening) = (earned.session, earned.connection, nil)
    proof = Proof(chain: earned.chain, measurements: earned.measurements.message)
  }

  private func settle() throws(Refusal) {
    guard let waiting = held, var session else { return }
    held = nil
    opened[waiting.slot] = try session.opened(waiting.object)
    self.session = session
  }

  private func messages(of errand: Errand, _ session: Session) throws(Refusal) -> [[UInt8]] {
    switch errand {
    case .handshake: return []
    case .key(let message): return [try session.question(.keyManagement, message.bytes)]
    case .go(let targets):
      var messages: [[UInt8]] = []
      for target in targets { messages.append(try session.question(.keyManagement, KeyGo(target).bytes)) }
      return messages
    case .end: return [EndSession().bytes(version: session.version)]
    case .interface(_, let message): return [try session.question(.deviceInterface, message)]
    case .report(let function): return [try session.question(.deviceInterface, assembly.question(function).bytes)]
    }
  }

  /// Whether the answer is one to the question, and what it says.
  private func check(_ errand: Errand, _ number: Int, _ bytes: [UInt8]) throws(Refusal) -> [UInt8] {
    guard let session, let connection else { throw .record(RecordError(.order, "no session")) }
    func read<Message: PCIProtocolMessage>(_: Message.Type, _ answer: [UInt8]) throws(Refusal) -> Message {
      do throws(SPDMError) { return try Message(answer) } catch { throw .message(error) }
    }
    switch errand {
    case .handshake: return []
    case .end:
      try session.acknowledgesEnd(bytes)
      return []
    case .key(let message):
      let answer = try read(KeyProgramAck.self, try session.answer(.keyManagement, in: bytes, of: connection))
      guard answer.target == message.target, answer.status == .success else {
        throw .evidence(EvidenceError(.answer, "the key is not taken, or another one is: \(answer.status)"))
      }
      return []
    case .go(let targets):
      let answer = try read(KeyGoStopAck.self, try session.answer(.keyManagement, in: bytes, of: connection))
      guard targets.indices.contains(number), answer.target == targets[number] else {
        throw .evidence(EvidenceError(.answer, "an answer about another key"))
      }
      return []
    case .interface(let function, _), .report(let function):
      let answer = try session.answer(.deviceInterface, in: bytes, of: connection)
      let header: TDISPHeader
      do throws(SPDMError) { header = try TDISPHeader(of: answer) } catch { throw .message(error) }
      guard header.function == function else { throw .evidence(EvidenceError(.answer, "an answer about \(header.function)")) }
      return answer
    }
  }
}
