import ArgumentParser
import Devices
import Documents
import Foundation
import Primitives
import SPDM

/// `device connect`: a requester for a device on TCP.
struct ConnectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connect", abstract: "Connects to a device on TCP: session, evidence, IDE keys, TDISP, step by step.",
    discussion: "Status 0 if every step went well, 1 if one failed, 2 for bad input or when nobody is there.")
  @Argument(help: "HOST:PORT, as 127.0.0.1:2323.") var endpoint: String
  @Option(help: "What is expected of the device: a YAML file, docs/device.md.") var policy: String?
  @Option(help: "The root that is trusted, PEM; otherwise the policy's.") var root: String?
  @Option(help: "Which steps: \(FlowStep.allCases.map(\.rawValue).joined(separator: ",")).") var steps: String?
  @Option(help: "How objects travel: emulator or doe.") var framing: Framing = .emulator
  @Option(help: "The function, as 0000:01:00.0; otherwise the one that the port names.") var function: String?
  @Option(help: "The IDE stream, 0 to 255.") var stream: UInt8 = 0
  @Option(help: "The most of a report to ask for at once, in bytes.") var portion: UInt16 = 1024
  @Option(help: "Seconds to wait for an answer.") var timeout: Double = 5
  @Option(help: "Write what went and came to this file, pcap of link type 292.") var pcap: String?
  @Flag(help: "JSON lines instead of text.") var json = false
  @Flag(help: "Print the keys that were programmed, and the session's exporter secret.") var showSecrets = false

  func run() throws {
    guard let (host, port) = Socket.endpoint(endpoint) else { throw Leave.badInput("\(endpoint)\n  expected HOST:PORT, as 127.0.0.1:2323") }
    guard timeout > 0, timeout <= 3600 else { throw Leave.badInput("--timeout \(timeout)\n  expected a number of seconds, at most 3600") }
    if let pcap { try OutputFile(pcap).refuseWhatCannotBeWritten() }
    let options = try options()
    let request = Request(
      host: host, port: port, framing: framing, timeout: .milliseconds(Int64(timeout * 1000)), json: json, showSecrets: showSecrets)
    let outcome: Outcome
    do { outcome = try waiting { try await request.run(options) } } catch let error as TransportError { throw Leave.badInput(error.description) }
    if let pcap { try OutputFile(pcap).write(Data(outcome.capture)) }
    if json { Terminal.diagnostic(outcome.line) } else { print(outcome.line) }
    if !outcome.passes { throw Leave(.notAsDeclared) }
  }

  private func options() throws -> DeviceFlow<TCPMailbox>.Options {
    var options = DeviceFlow<TCPMailbox>.Options()
    do {
      if let steps {
        guard let list = FlowStep.list(steps) else {
          throw Leave.badInput("--steps \(steps)\n  expected words of \(FlowStep.allCases.map(\.rawValue).joined(separator: ",")), with commas")
        }
        options.steps = list
      }
      options.policy = try policy.map { try AttestationPolicy(contentsOf: $0) }
      if let file = root ?? options.policy?.rootFile(of: policy) {
        guard let certificate = try CredentialText.certificates(try TextFile.text(at: file)).first else {
          throw Leave.badInput("\(file): no certificate")
        }
        options.root = certificate
      }
    } catch let error as DocumentError { throw Leave.badInput(error.description) } catch let error as EvidenceError {
      throw Leave.badInput(error.description)
    }
    guard portion > 0 else { throw Leave.badInput("--portion 0\n  expected 1 to 65535 bytes") }
    if let function {
      guard let id = RequesterID(function) else { throw Leave.badInput("--function \(function)\n  expected an address as 0000:01:00.0") }
      options.function = InterfaceID(id)
    }
    (options.stream, options.portion, options.longestPause) = (stream, portion, UInt64(timeout * 1_000_000))
    return options
  }

  private struct Outcome: Sendable {
    var passes: Bool
    var line: String
    var capture: [UInt8]
  }

  /// What runs where waiting is possible.
  private struct Request: Sendable {
    let host: String
    let port: UInt16
    let framing: Framing
    let timeout: Duration
    let json: Bool
    let showSecrets: Bool

    func run(_ options: DeviceFlow<TCPMailbox>.Options) async throws -> Outcome {
      let mailbox = try TCPMailbox(host: host, port: port, framing: framing, timeout: timeout)
      let capture = Capture()
      mailbox.capture = { capture.add($0) }
      var flow = DeviceFlow(mailbox, options)
      let (json, showSecrets) = (json, showSecrets)
      flow.onNote = { print(json ? Self.json($0).text : Self.text($0)) }
      flow.onSecret = { name, secret in
        guard showSecrets else { return }
        let value = secret.withUnsafeBytes { HexText.text($0) }
        print(json ? JSONValue.members(["secret": .string(name), "value": .string(value)]).text : "secret   \(name)  \(value)")
      }
      await flow.run()
      mailbox.close()
      let steps = Set(flow.notes.map(\.step)).count
      let failed = flow.notes.first { $0.mark == .fail }
      let isUnheard = failed.map { TransportError.Code(rawValue: $0.code) != nil } ?? false
      let isRefused = flow.wasAgreed && !isUnheard && (failed.map { [.connect, .attest].contains($0.step) } ?? false)
      let isShown = flow.wasAgreed && !(isUnheard && flow.chain == nil)
      let evidence = flow.isAuthenticated ? "verified" : isRefused ? "refused" : isShown ? "unauthenticated" : "none"
      if json, let chain = flow.chain, let measurements = flow.measurements {
        let found = EvidenceText(chain: chain, measurements: measurements, judgement: flow.judgement, isAuthenticated: options.root != nil)
        print(JSONValue.members(["evidence": found.json]).text)
      }
      let tail = failed.map { " failed=\($0.step.rawValue) reason=\($0.code)" } ?? ""
      return Outcome(
        passes: flow.passes, line: "result: \(flow.passes ? "pass" : "fail") evidence=\(evidence) steps=\(steps)/\(options.steps.count)\(tail)",
        capture: capture.file.bytes)
    }

    private static func text(_ note: FlowNote) -> String {
      let mark = ["pass": "[pass]", "fail": "[FAIL]", "unchecked": "[ -- ]", "info": "      "][note.mark.rawValue] ?? ""
      let step = note.step.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
      return "\(mark) \(step) \(note.name.padding(toLength: max(13, note.name.count), withPad: " ", startingAt: 0)) \(note.text)"
    }

    private static func json(_ note: FlowNote) -> JSONValue {
      .members([
        "step": .string(note.step.rawValue), "name": .string(note.name), "mark": .string(note.mark.rawValue), "text": .string(note.text),
        "code": note.code.isEmpty ? nil : .string(note.code),
      ])
    }
  }

  private final class Capture {
    var file = CaptureFile()
    func add(_ object: [UInt8]) { file.append(object, time: UInt64(max(0, Date().timeIntervalSince1970 * 1_000_000))) }
  }
}

extension Framing: ExpressibleByArgument {}
