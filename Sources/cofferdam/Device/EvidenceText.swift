import Devices
import Primitives
import SPDM

/// What was found in evidence, for people and for machines.
struct EvidenceText {
  let chain: VerifiedChain
  let measurements: Verified<Measurements>
  /// Nil without a policy.
  let judgement: Judgement?
  /// Whether the chain ends in a root that somebody trusts, and not only in its own.
  var isAuthenticated = true

  var passes: Bool { judgement?.passes ?? true }

  private func count(_ verdict: Judgement.Verdict) -> Int { judgement?.rows.count { $0.verdict == verdict } ?? 0 }

  /// The line for machines.
  var resultLine: String {
    let counts = [("match", count(.match)), ("mismatch", count(.mismatch)), ("missing", count(.missing)), ("unlisted", count(.unlisted))]
    let tail = judgement == nil ? "policy=none" : "policy=\(passes ? "met" : "broken") " + counts.map { "\($0.0)=\($0.1)" }.joined(separator: " ")
    return "result: \(passes ? "pass" : "fail") evidence=verified measurements=\(measurements.message.blocks.count) \(tail)"
  }

  /// Values are shown whole, each on a line of its own: they are what is compared by eye.
  var lines: [String] {
    var lines = [
      "[pass] chain      \(chain.unverified.certificates.count) certificates up to the root, leaf \(chain.identity.device ?? "without a device name")"
    ]
    lines.append(
      "[pass] signature  \(chain.key.algorithm == .ecdsaP384 ? "ECDSA P-384" : "ECDSA P-256"), \(measurements.message.blocks.count) measurements")
    if let judgement {
      for row in judgement.rows { lines += Self.lines(row) }
      for demand in judgement.demands { lines.append("[\(demand.isMet ? "pass" : "FAIL")] \(demand.name): \(demand.found)") }
    } else {
      for block in measurements.message.blocks { lines.append("       index \(Self.padded(block.index))  \(HexText.text(block.value))") }
    }
    return lines
  }

  private static func lines(_ row: Judgement.Row) -> [String] {
    let got = row.got.map { HexText.text($0) } ?? "nothing"
    switch row.verdict {
    case .match: return ["[pass] index \(padded(row.index))  \(got)"]
    case .unlisted: return ["       index \(padded(row.index))  \(got)  (not in the policy)"]
    case .mismatch, .missing:
      return ["[FAIL] index \(padded(row.index))  \(row.verdict.rawValue)"]
        + row.expected.map { "         expected  \(HexText.text($0))" } + ["         got       \(got)"]
    }
  }

  private static func padded(_ index: UInt8) -> String { String(repeating: " ", count: 3 - String(index).count) + String(index) }

  var json: JSONValue {
    .members([
      "evidence": .string(isAuthenticated ? "verified" : "unauthenticated"), "device": chain.identity.device.map { .string($0) },
      "hardwareIdentity": .boolean(chain.identity.isHardwareIdentity),
      "chain": .string(HexText.text(chain.digest.bytes)),
      "measurements": judgement == nil
        ? .array(measurements.message.blocks.map { .members(["index": JSONValue($0.index), "got": .string(HexText.text($0.value))]) }) : nil,
      "verdicts": judgement.map { .array($0.rows.map(Self.json)) },
      "requirements": judgement.map {
        .array($0.demands.map { .members(["name": .string($0.name), "met": .boolean($0.isMet), "found": .string($0.found)]) })
      },
      "result": .string(passes ? "pass" : "fail"),
    ])
  }

  private static func json(_ row: Judgement.Row) -> JSONValue {
    .members([
      "index": JSONValue(row.index), "expected": JSONValue(row.expected.map { HexText.text($0) }),
      "got": row.got.map { .string(HexText.text($0)) } ?? .null, "verdict": .string(row.verdict.rawValue),
    ])
  }
}
