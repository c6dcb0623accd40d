import PCI
import Primitives
import Rules
import SPDM
import TEE

/// A host that does not carry what it was given. An attempt is one event, with who refused it and why; what follows from a session that
/// broke is an event of its own. The rules are asked nothing: for them the message is still out.
extension Machine {
  /// Tampers with what is out: the message of session or stream, or else that of the interface.
  ///
  /// - Parameter part: of a handshake, which of its messages, the exchange of keys where none is named; it fails then or later. Of a report
  ///   which portion; those before are carried as they are. Whoever names one means a handshake or a report, and nothing is done where none
  ///   is out.
  /// - Returns: what became of it. Refused, as it should be, or ignored where there was nothing to tamper with.
  @discardableResult
  public func tamper(_ how: Tampering, _ d: UInt8, at part: TamperedPart = .usual) -> Event {
    let slot: SecureSession.Slot = world[exchange: d] != .none ? .exchange : .interface
    let isOut = slot == .exchange || world[request: d] != .none
    let isAnswered = slot == .exchange ? world.flag(.exchangeIsAnswered, d) : world[answer: d].isFromDevice
    guard evidenceSource == .session, isOut else { return noted(how, d, "nothing is out", code: "nothing") }
    guard world[answer: d] != .mailboxError else { return noted(how, d, "the mailbox is in error, and carries nothing", code: "nothing") }
    let isHandshake = slot == .exchange && world[exchange: d] == .handshake
    var message = HandshakeMessage.keyExchange
    switch part {
    case .usual:
      if how == .dropQuestion, !isAnswered { return attempt(.call(answeringStep(slot, d), device: d, page: 0)).event }
    case .handshake(let named):
      guard isHandshake else { return noted(how, d, "no handshake is out, and what is has no \(named.rawValue)", code: "nothing") }
      message = named
    case .portion(let number):
      guard slot == .interface, world[request: d] == .report else { return noted(how, d, "no report is asked for", code: "nothing") }
      guard !isAnswered else { return noted(how, d, "the report was carried", code: "nothing") }
      return tamperReport(how, d, at: number)
    }
    if isHandshake {
      guard !isAnswered else { return noted(how, d, "the handshake was carried", code: "nothing") }
      return tamperHandshake(how, d, at: message.code)
    }
    guard how.concernsQuestion != isAnswered else {
      return noted(how, d, isAnswered ? "the question was carried" : "there is no answer yet", code: "nothing")
    }
    return how.concernsQuestion ? tamperQuestion(how, d, slot) : tamperAnswer(how, d, slot)
  }

  /// The call with which the host would have the answer taken.
  private func answeringStep(_ slot: SecureSession.Slot, _ d: UInt8) -> Step {
    guard slot == .exchange else { return .response }
    switch world[exchange: d] {
    case .none, .handshake: return .spdmConnect
    case .key: return .streamProgramKey
    case .go: return .streamSetGo
    case .end: return .spdmDisconnect
    }
  }

  // MARK: inside a session

  /// The device finds a record that does not open, and ends the session; the stream and a locked interface fall with it.
  private func tamperQuestion(_ how: Tampering, _ d: UInt8, _ slot: SecureSession.Slot, portion: Int? = nil) -> Event {
    let session = module.sessions[Int(d)]
    guard session.isOpen else { return noted(how, d, "no session stands", code: "nothing") }
    let event: Event
    do throws(Refusal) {
      guard let record = try session.next(slot) else { return noted(how, d, "nothing is to be carried", code: "nothing") }
      let given = how == .flipQuestion ? record.damaged : carried[Int(d)].last { $0.question.kind == .securedSPDM }?.question
      guard let given else { return noted(how, d, "nothing was carried before", code: "nothing") }
      let answer = try exchange(given, d)
      let refusal = session.refusal(of: answer, in: slot)
      event = refused(how, d, by: "device", refusal, portion: portion)
    } catch { event = refused(how, d, by: "device", error, portion: portion) }
    session.end()
    if world[stream: d] != .absent, !world.flag(.streamIsInsecure, d) { attempt(.streamInsecure(device: d)) }
    return event
  }

  /// The module finds an answer that does not open, and takes none: the right one may still be brought.
  private func tamperAnswer(_ how: Tampering, _ d: UInt8, _ slot: SecureSession.Slot, portion: Int? = nil) -> Event {
    let session = module.sessions[Int(d)], before = carried[Int(d)]
    guard let answer = session.answer(in: slot) else { return noted(how, d, "no answer waits", code: "nothing") }
    let given: DOEObject?
    switch how {
    case .repeatAnswer: given = before.dropLast().last { $0.answer.kind == .securedSPDM }?.answer
    case .reflectQuestion: given = before.last?.question
    case .dropAnswer: given = nil
    case .flipAnswer, .flipQuestion, .repeatQuestion, .dropQuestion: given = answer.damaged
    }
    return refused(how, d, by: "firmware", session.refusal(of: given, in: slot), portion: portion)
  }

  // MARK: a report

  /// The portions before are carried as they are. An answer in the place of which another was given may still be brought, and the rest of the
  /// report after it.
  private func tamperReport(_ how: Tampering, _ d: UInt8, at number: Int) -> Event {
    let session = module.sessions[Int(d)], wanted = how.concernsQuestion ? number - 1 : number
    guard session.isOpen else { return noted(how, d, "no session stands", code: "nothing") }
    do throws(Refusal) {
      while session.answerCount(in: .interface) < wanted {
        guard let question = try session.next(.interface) else {
          return noted(how, d, "the report has no portion \(number)", code: "nothing")
        }
        follow(d, world)
        try session.bring(try exchange(question, d), .interface)
      }
    } catch {
      session.end()
      differ(d, world, "a portion of the report of \(id(d)) was carried, and ended with \(error)")
      return noted(how, d, "the portions before did not come", code: "nothing")
    }
    guard session.answerCount(in: .interface) == wanted else { return noted(how, d, "portion \(number) was carried", code: "nothing") }
    if how == .dropQuestion { return attempt(.call(answeringStep(.interface, d), device: d, page: 0)).event }
    return how.concernsQuestion
      ? tamperQuestion(how, d, .interface, portion: number) : tamperAnswer(how, d, .interface, portion: number)
  }

  // MARK: a handshake

  /// A whole handshake with one of its messages tampered with. It is begun anew by whoever carries the message that is still out.
  private func tamperHandshake(_ how: Tampering, _ d: UInt8, at code: MessageCode) -> Event {
    let opening = SessionOpening(trust: ModelledIdentity.verify)
    var last: (question: DOEObject, answer: DOEObject)?
    var (isSame, hasNothing) = (false, false)
    do throws(Refusal) {
      while let question = opening.question {
        let isIt = opening.asked == code
        var given: DOEObject? = question
        if isIt, how == .flipQuestion { given = question.damaged }
        if isIt, how == .dropQuestion { given = nil }
        if isIt, how == .repeatQuestion {
          given = last?.question
          hasNothing = given == nil
        }
        var answer = try given.map { object throws(Refusal) in try exchange(object, d) }
        if let answer, !isIt { last = (question, answer) }
        if isIt {
          let own = answer
          defer { isSame = !how.concernsQuestion && answer == own }
          switch how {
          case .flipAnswer: answer = answer?.damaged
          case .repeatAnswer:
            answer = handshakes[Int(d)][code] ?? last?.answer
            hasNothing = answer == nil
          case .dropAnswer: answer = nil
          case .reflectQuestion: answer = question
          case .flipQuestion, .repeatQuestion, .dropQuestion: break
          }
        } else if let asked = opening.asked {
          handshakes[Int(d)][asked] = answer
        }
        // The first message of the first handshake has none before it.
        if hasNothing { return noted(how, d, "nothing was carried before", code: "nothing") }
        guard let answer else { throw .transport(TransportError(.timeout, "the host brought no answer")) }
        try opening.take(answer)
      }
      // DIGESTS of the same certificates are the same bytes: whoever repeats those has not tampered.
      if isSame { return noted(how, d, "the earlier answer is the same", code: "nothing") }
      return refused(how, d, by: "firmware", nil, at: code)
    } catch { return refused(how, d, by: error.isPeers ? "device" : "firmware", error, at: code) }
  }

  // MARK: what is said of it

  private func noted(_ how: Tampering, _ d: UInt8, _ why: String, code: String) -> Event {
    note(
      "host", lane(d), "relay \(how.rawValue)", object: id(d).description, .ignored, code: code, args: [Event.Argument("reason", why)])
  }

  /// That nobody refuses is a defect of this program, and said in every run.
  private func refused(_ how: Tampering, _ d: UInt8, by who: String, _ refusal: Refusal?, at code: MessageCode? = nil, portion: Int? = nil) -> Event {
    guard let refusal else {
      troubles.append("the host's \(how.rawValue) at \(id(d)) went unseen")
      return note("host", lane(d), "relay \(how.rawValue)", object: id(d).description)
    }
    var args = [Event.Argument("refused-by", who), Event.Argument("reason", refusal.words)]
    if let code { args.insert(Event.Argument("message", "\(code)"), at: 0) }
    if let portion { args.insert(Event.Argument("portion", "\(portion)"), at: 0) }
    return note("host", lane(d), "relay \(how.rawValue)", object: id(d).description, .refused, code: refusal.code, args: args)
  }
}

extension Refusal {
  /// The other side said so itself.
  fileprivate var isPeers: Bool { if case .peer = self { true } else { false } }

  /// For a log, which has no number that is drawn anew in every run.
  fileprivate var words: String {
    if case .record(let error) = self, error.code == .session { return "session: a record of another session" }
    return description
  }
}
