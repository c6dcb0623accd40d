import Machine
import Procedures
import Rules
import SPDM
import TEE
import Testing

/// What module and device say to each other is said in bytes: certificates, measurements, keys, TDISP.
@Suite struct SessionTests {
  private func built(_ change: (inout MachineFile) -> Void = { _ in }, evidence: EvidenceSource = .session) throws -> Machine {
    var file = try MachineFile.builtIn()
    change(&file)
    let m = try Machine(file, try book(), evidence: evidence)
    m.auditsEveryEvent = true
    return m
  }

  @Test func evidenceIsEarned() throws {
    let m = try built()
    #expect(m.evidence == .notAsked && m.sessionCount(of: 0) == 0)
    #expect(m.setUp() == nil)
    #expect(m.sessionCount(of: 0) == 1 && m.isProtected(0))
    #expect(m.goPrivate(0) == nil)
    #expect(m.evidence == .verified)
    let proof = try #require(m.module.sessions[0].proof)
    #expect(proof.chain.identity.device == "Cofferdam:accelerator:100")
    #expect(proof.measurements.blocks.map(\.index) == [1, 2])
    #expect(m.unbind(0).isComplete && m.close(0).isComplete && m.disconnect(0).isComplete)
    #expect(m.sessionCount(of: 0) == 0 && !m.isProtected(0))
    #expect(m.troubles == [] && m.audit() == [])
  }

  @Test func anotherRootIsNotTrusted() throws {
    let m = try built { $0.policy.root = [UInt8](repeating: 7, count: 48) }
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == "attest: the chain's root is not the trusted one")
    #expect(m.evidence == .refused("the chain's root is not the trusted one"))
  }

  @Test func otherFirmwareIsNotAccepted() throws {
    let m = try built { $0.devices[0].firmware = Array("another".utf8) }
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == "attest: measurement 0 is not the expected one")
    #expect("\(m.evidence)" == "refused (measurement 0 is not the expected one)")
  }

  @Test func handedOverSaysSo() throws {
    let m = try built(evidence: .handedOver)
    #expect(m.setUp() == nil && m.goPrivate(0) == nil)
    #expect(m.evidence == .unauthenticated && m.sessionCount(of: 0) == 0)
    #expect(m.events.allSatisfy { $0.argument("evidence") ?? "unauthenticated" == "unauthenticated" })
  }

  private func advance(_ m: Machine, _ procedure: Procedure, to step: Step) throws -> UInt8 {
    let task = try #require(m.begin(procedure))
    while m.world.pendingStep(of: task, m.book)?.step != step {
      guard m.attempt(.advance(task: task)).isAccepted else { break }
    }
    return task
  }

  /// Each way to tamper with each message of a handshake is refused, and the message can still be carried.
  @Test(arguments: HandshakeMessage.allCases) func noHandshakeSurvives(message: HandshakeMessage) throws {
    let m = try built()
    let task = try advance(m, .connect, to: .spdmRelay)
    for how in Tampering.allCases {
      let event = m.tamper(how, 0, at: message)
      #expect(event.outcome == .refused || event.argument("reason") == "the earlier answer is the same", "\(how) \(event)")
    }
    #expect(m.finish(task).isComplete)
    #expect(m.troubles == [] && m.isProtected(0))
  }

  /// An answer that was tampered with is not taken; the right one is, afterwards.
  @Test(arguments: Tampering.allCases.filter { !"\($0)".hasSuffix("Question") || $0 == .reflectQuestion })
  func noAnswerIsTaken(how: Tampering) throws {
    let m = try built()
    #expect(m.setUp() == nil)
    let task = try advance(m, .bind, to: .response)
    #expect(m.tamper(how, 0).outcome == .refused)
    #expect(m.finish(task).isComplete && m.attest(0).isTrusted)
    #expect(m.troubles == [])
  }

  /// A question that was tampered with ends the session, and with it stream and interface; a new session makes all of it anew.
  @Test(arguments: [Tampering.flipQuestion, .repeatQuestion]) func aBrokenSessionIsNoSession(how: Tampering) throws {
    let m = try built()
    #expect(m.setUp() == nil)
    let task = try advance(m, .bind, to: .relay)
    #expect(m.tamper(how, 0).code == "peerError")
    #expect(m.world.flag(.streamIsInsecure, 0) && !m.isProtected(0) && m.sessionCount(of: 0) == 0)
    #expect(!m.finish(task).isComplete && !m.world.flag(.isBound, 0))
    #expect(m.disconnect(0).isComplete && m.connect(0).isComplete)
    #expect(m.goPrivate(0) == nil && m.evidence == .verified)
    #expect(m.troubles == [])
  }

  @Test func nothingIsTamperedWithWhereNothingIsOut() throws {
    let m = try built()
    for how in Tampering.allCases { #expect(m.tamper(how, 0).outcome == .ignored) }
    #expect(m.troubles == [])
  }

  @Test func aVMMsWritesAreKeptOrPassedOn() throws {
    let m = try built()
    #expect(m.setUp() == nil && m.goPrivate(0) == nil)
    m.keepsBound = true
    #expect(m.vmmWrites(.command, 0).code == "EBUSY" && m.vmmWrites(.messages, 0).code == "EBUSY")
    #expect(m.world[interface: 0] == .run)
    m.keepsBound = false
    #expect(m.vmmWrites(.messages, 0).outcome == .ok && m.world[interface: 0] == .run)
    #expect(m.vmmWrites(.command, 0).outcome == .ok && m.world[interface: 0] == .error)
    #expect(m.troubles == [])
  }
}
