import ArgumentParser
import Devices
import Documents
import Foundation
import Primitives
import SPDM

/// `device verify`: saved evidence, offline.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Verifies a saved report, offline: certificates, signature, and what a policy expects.",
    discussion: """
      The report is GET_MEASUREMENTS and its signed answer of SPDM 1.1, as bytes or as hexadecimal text. Status 0 if everything holds; 1 if \
      the evidence is not believed or the policy is not met; 2 if a file cannot be read.
      """)
  @Argument(help: "The report.") var report: String
  @Option(help: "The device's certificates, PEM, in either order.") var chain: String
  @Option(help: "The root that is trusted, PEM; otherwise the policy's.") var root: String?
  @Option(help: "What is expected: a YAML file, docs/device.md.") var policy: String?
  @Option(help: "The nonce that the report has to be for, 64 hexadecimal digits.") var nonce: String?
  @Option(help: "The day to judge certificates by, as 2026-11-21; today otherwise.") var at: String?
  @Flag(help: "JSON instead of text.") var json = false

  func run() throws {
    let inputs: Inputs
    do { inputs = try read() } catch let error as DocumentError { throw Leave.badInput(error.description) }
    do {
      let found = try waiting {
        let (chain, suite) = try await CertificateFiles.verified(chain: inputs.chain, root: inputs.root, at: inputs.day)
        let measurements = try inputs.report.verified(chain, suite: suite, nonce: inputs.nonce)
        return EvidenceText(
          chain: chain, measurements: measurements,
          judgement: inputs.policy.map { Judgement($0, measurements, identity: chain.identity) })
      }
      if json { print(found.json.text) } else { print(found.lines.joined(separator: "\n")) }
      if json { Terminal.diagnostic(found.resultLine) } else { print(found.resultLine) }
      if !found.passes { throw Leave(.notAsDeclared) }
    } catch let error as EvidenceError { throw try refused(error.code.rawValue, error.reason) } catch let error as Refusal {
      throw try refused(error.code, error.description)
    }
  }

  /// Not believed: said as a result, since that is what was asked.
  private func refused(_ code: String, _ reason: String) throws -> Leave {
    let line = "result: fail evidence=refused reason=\(code)"
    if json {
      print(JSONValue.members(["evidence": "refused", "code": .string(code), "reason": .string(reason), "result": "fail"]).text)
      Terminal.diagnostic(line)
    } else {
      print("[FAIL] \(reason)\n\(line)")
    }
    return Leave(.notAsDeclared)
  }

  private struct Inputs: Sendable {
    var report: SavedReport
    var chain: String
    var root: String
    var policy: AttestationPolicy?
    var nonce: Nonce?
    var day: Date
  }

  private func read() throws -> Inputs {
    let policy = try policy.map { try AttestationPolicy(contentsOf: $0) }
    guard let rootFile = root ?? policy?.rootFile(of: self.policy) else {
      throw Leave.badInput("no root is trusted\n  expected --root FILE, or `root:` in the policy")
    }
    let bytes = try TextFile.bytes(at: report, limit: 4 * SavedReport.byteLimit)
    let saved: SavedReport
    do { saved = try SavedReport(bytes) } catch { throw Leave.badInput("\(report): \(error)") }
    return Inputs(
      report: saved, chain: try TextFile.text(at: chain), root: try TextFile.text(at: rootFile), policy: policy, nonce: try wantedNonce(),
      day: try day())
  }

  private func wantedNonce() throws -> Nonce? {
    guard let nonce else { return nil }
    guard let value = HexText.bytes(nonce).flatMap({ Nonce($0) }) else { throw Leave.badInput("--nonce \(nonce)\n  expected 64 hexadecimal digits") }
    return value
  }

  private func day() throws -> Date {
    guard let at else { return Date() }
    guard let date = try? Date(at, strategy: .iso8601.year().month().day()) else {
      throw Leave.badInput("--at \(at)\n  expected a day as 2026-11-21")
    }
    return date
  }
}

extension AttestationPolicy {
  /// The root's file as the policy names it, from the policy's own folder.
  func rootFile(of policy: String?) -> String? {
    guard let root, let policy else { return nil }
    return root.hasPrefix("/") ? root : URL(fileURLWithPath: policy).deletingLastPathComponent().appendingPathComponent(root).path
  }
}
