import Foundation
import PCI
import SPDM

/// A requester's way through a device: step by step, each with what it found, and no step on what a step before it did not earn.
public struct DeviceFlow<Transport: DOETransport> {
  public struct Options: Sendable {
    public var steps = FlowStep.allCases
    public var slot = CertificateSlot.first
    /// DER. Nil: the chain's own root is taken, and nobody vouches for it.
    public var root: [UInt8]?
    public var policy: AttestationPolicy?
    public var day = Date()
    /// Nil: function 0 of where the device says that its port is.
    public var function: InterfaceID?
    public var stream: UInt8 = 0
    public var port: UInt8 = 1
    public var portion: UInt16 = 1024
    /// How long an answer may be put off in all, in microseconds.
    public var longestPause: UInt64 = 20_000_000
    public init() {}
  }

  public let options: Options
  public internal(set) var requester: Requester<Transport>
  public internal(set) var notes: [FlowNote] = []
  public internal(set) var measurements: Verified<Measurements>?
  public internal(set) var chain: VerifiedChain?
  public internal(set) var judgement: Judgement?
  public internal(set) var report: InterfaceReport?
  var keys: [KeyProgram] = []
  /// Told of each note as it is made.
  public var onNote: ((FlowNote) -> Void)?
  /// Told of each secret that comes into being, for whoever asked to see them.
  public var onSecret: ((String, Secret) -> Void)?
  var lockNonce: Nonce?
  var offset: Int64 = 0
  var trial: (offset: Int64, ranges: [InterfaceReport.MMIORange])?
  var function: InterfaceID?

  /// Whether versions and algorithms were agreed on: before that nobody has shown any evidence.
  public private(set) var wasAgreed = false

  public init(_ transport: Transport, _ options: Options) {
    requester = Requester(transport)
    requester.longestPause = options.longestPause
    self.options = options
  }

  /// Whether everything that was tried went well.
  public var passes: Bool { !notes.contains { $0.mark == .fail } }
  /// Whether the evidence was verified up to a root that was given.
  public var isAuthenticated: Bool { chain != nil && options.root != nil && !notes.contains { $0.mark == .fail && $0.step <= .attest } }

  /// Takes all steps until one fails. What was locked or opened is then taken back, as far as the device lets.
  public mutating func run() async {
    for step in options.steps {
      do {
        switch step {
        case .connect: try await connect()
        case .attest: try attest()
        case .ide: try programKeys()
        case .lock: try lock()
        case .report: try readReport()
        case .start: try start()
        case .stop: try stop()
        }
      } catch let error as Refusal { note(step, "\(step)", .fail, error.description, code: error.code) } catch let error as FlowFailure {
        note(step, error.name, .fail, error.reason, code: error.code)
      } catch { note(step, "\(step)", .fail, "\(error)", code: "unknown") }
      if !passes { break }
    }
    leave()
  }

  /// What a step finds to be wrong by itself.
  struct FlowFailure: Error {
    let name: String
    let code: String
    let reason: String
  }

  mutating func note(_ step: FlowStep, _ name: String, _ mark: FlowNote.Mark, _ text: String, code: String = "") {
    let note = FlowNote(step: step, name: name, mark: mark, text: text, code: code)
    notes.append(note)
    onNote?(note)
  }

  private mutating func connect() async throws {
    let found = try requester.discover()
    let objects = "objects " + found.map { "\($0.vendor)/\($0.type)" }.joined(separator: ", ")
    let missing = [DOEObject.Kind.spdm, .securedSPDM].filter { kind in !found.contains { ($0.vendor, $0.type) == (DOEObject.vendor, kind.rawValue) } }
    if missing.isEmpty {
      note(.connect, "discovery", .pass, objects)
    } else {
      // A mailbox has to name all that it takes (PCIe 6.0 section 6.30.1); what comes shows whether it takes more.
      let names = missing.map { "\(DOEObject.vendor)/\($0.rawValue)" }.joined(separator: " and ")
      note(.connect, "discovery", .unchecked, "\(objects): \(names) of SPDM not among them, and tried all the same")
    }
    let connection = try requester.negotiate()
    wasAgreed = true
    let suite = connection.suite
    let names = suite == .p384 ? "ECDSA P-384, SHA-384" : suite == .p256 ? "ECDSA P-256, SHA-256" : "\(suite.signature), \(suite.hash)"
    let handshake = connection.handshake == .clear ? "in the clear" : "encrypted"
    note(.connect, "negotiation", .pass, "SPDM \(connection.version.text), \(names), handshake \(handshake)")
    let unverified = try requester.chain(options.slot)
    note(.connect, "certificates", .info, "\(unverified.certificates.count) certificates in slot \(options.slot.index)")
    guard let root = options.root ?? unverified.certificates.first else {
      throw FlowFailure(name: "certificates", code: "malformedChain", reason: "an empty chain")
    }
    let verified: VerifiedChain
    do { verified = try await VerifiedChain(unverified, root: root, at: options.day, suite: suite) } catch {
      throw FlowFailure(name: "chain", code: error.code.rawValue, reason: error.description)
    }
    let name = verified.identity.device ?? "without a device name"
    if options.root == nil {
      note(.connect, "chain", .unchecked, "leaf \(name); its own root, for which nobody vouches: give --root or a policy")
    } else {
      note(.connect, "chain", .pass, "leaf \(name), up to the trusted root")
    }
    chain = verified
    if connection.responder.contains(.challenge) {
      _ = try requester.challenge(verified, slot: options.slot, summary: .none)
      note(.connect, "challenge", .pass, "the device has the key of its leaf")
    }
    guard connection.hasSessions else { throw FlowFailure(name: "session", code: "notSpoken", reason: "the device has no sessions with encryption") }
    try requester.open(verified, slot: options.slot, summary: .none)
    if let secret = requester.session?.exporter { onSecret?("exporter", secret) }
    let beats = requester.heartbeat > 0 ? ", heartbeat \(requester.heartbeat) s" : ""
    note(.connect, "session", .pass, "\(requester.session.map { hexadecimal($0.id) } ?? "none")\(beats)")
  }

  private func hexadecimal(_ id: SessionID) -> String { "0x" + String(id.rawValue, radix: 16) }

  private mutating func attest() throws {
    guard let chain else { throw FlowFailure(name: "measurements", code: "order", reason: "no verified chain") }
    let found = try requester.measurements(chain, slot: options.slot)
    measurements = found
    note(.attest, "measurements", .pass, "\(found.message.blocks.count) measurements, signed for a nonce of ours")
    guard let policy = options.policy else {
      note(.attest, "policy", .unchecked, "none was given")
      return
    }
    let judged = Judgement(policy, found, identity: chain.identity)
    judgement = judged
    for row in judged.rows where row.verdict != .unlisted {
      let expected = row.expected.map { HexText.text($0) }.joined(separator: " or ")
      let got = row.got.map { HexText.text($0) } ?? "nothing"
      let text = row.verdict == .match ? "as expected" : "\(row.verdict.rawValue): expected \(expected), got \(got)"
      note(.attest, "index \(row.index)", row.verdict == .match ? .pass : .fail, text, code: row.verdict == .match ? "" : "policy")
    }
    for demand in judged.demands { note(.attest, demand.name, demand.isMet ? .pass : .fail, demand.found, code: demand.isMet ? "" : "policy") }
  }

  /// Ends the session. Of one that failed nothing more is expected.
  private mutating func leave() {
    guard requester.session != nil else { return }
    do {
      try requester.end()
      if passes { note(options.steps.last ?? .connect, "end", .pass, "END_SESSION") }
    } catch { if passes { note(options.steps.last ?? .connect, "end", .fail, error.description, code: error.code) } }
  }
}
