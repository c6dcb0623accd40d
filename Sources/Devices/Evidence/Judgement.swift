import PCI
import SPDM

/// What a policy makes of evidence: for each index what was expected, what came, and whether that is right.
///
/// It is made of verified evidence alone: nothing that could not be believed is compared.
public struct Judgement: Hashable, Sendable {
  public enum Verdict: String, Hashable, Sendable {
    /// As expected.
    case match
    case mismatch
    /// Expected, and not in the report.
    case missing
    /// In the report, and the policy says nothing of it.
    case unlisted
  }

  public struct Row: Hashable, Sendable {
    public var index: UInt8
    public var expected: [[UInt8]]
    public var got: [UInt8]?
    public var verdict: Verdict

    public init(index: UInt8, expected: [[UInt8]], got: [UInt8]?, verdict: Verdict) {
      (self.index, self.expected, self.got, self.verdict) = (index, expected, got, verdict)
    }
  }

  /// A requirement, or something else that the policy asks, and what was found.
  public struct Demand: Hashable, Sendable {
    public var name: String
    public var isMet: Bool
    public var found: String
  }

  public private(set) var rows: [Row]
  public private(set) var demands: [Demand]
  public var passes: Bool { demands.allSatisfy(\.isMet) && rows.allSatisfy { $0.verdict == .match || $0.verdict == .unlisted } }

  public init(_ policy: AttestationPolicy, _ measurements: Verified<Measurements>, identity: DeviceIdentity) {
    let blocks = measurements.message.blocks
    rows = blocks.map { block in
      let got = block.value
      guard let expected = policy.measurements.first(where: { $0.index == block.index }) else {
        return Row(index: block.index, expected: [], got: got, verdict: .unlisted)
      }
      return Row(index: block.index, expected: expected.values, got: got, verdict: expected.values.contains(got) ? .match : .mismatch)
    }
    for expected in policy.measurements where !blocks.contains(where: { $0.index == expected.index }) {
      rows.append(Row(index: expected.index, expected: expected.values, got: nil, verdict: .missing))
    }
    rows.sort { $0.index < $1.index }
    demands = []
    if let device = policy.device {
      demands.append(Demand(name: "device \(device)", isMet: identity.device == device, found: identity.device ?? "no name in the certificate"))
    }
    for requirement in AttestationPolicy.Requirement.allCases where policy.requirements.contains(requirement) {
      switch requirement {
      case .hardwareIdentity:
        demands.append(
          Self.demand(
            requirement, identity.isHardwareIdentity, identity.isHardwareIdentity ? "so says the certificate" : "the certificate does not say so"))
      case .onlyListed:
        let others = rows.filter { $0.verdict == .unlisted }.map { String($0.index) }
        demands.append(Self.demand(requirement, others.isEmpty, others.isEmpty ? "all are listed" : "not listed: \(others.joined(separator: ", "))"))
      case .normalMode: demands.append(Self.mode(blocks))
      case .noFirmwareUpdate: break
      }
    }
  }

  private static func demand(_ requirement: AttestationPolicy.Requirement, _ isMet: Bool, _ found: String) -> Demand {
    Demand(name: requirement.rawValue, isMet: isMet, found: found)
  }

  /// DSP0274 1.2 table 45, kind 5: capabilities of the modes, then the current ones; bit 0 of the operational modes is
  /// manufacturing, bit 1 validation, bit 2 normal.
  private static func mode(_ blocks: [MeasurementBlock]) -> Demand {
    for block in blocks {
      guard case .value(5, true, let bytes) = block.content, bytes.count >= 16 else { continue }
      let current = UInt32(bytes[4]) | UInt32(bytes[5]) << 8 | UInt32(bytes[6]) << 16 | UInt32(bytes[7]) << 24
      return demand(.normalMode, current == 1 << 2, "operational mode \(current)")
    }
    return demand(.normalMode, false, "no measurement tells the mode")
  }

  /// What the policy asks of an interface report, with the report as the device sent it.
  public mutating func judge(_ policy: AttestationPolicy, _ report: InterfaceReport) {
    if policy.requirements.contains(.noFirmwareUpdate) {
      let isMet = report.info.contains(.noFirmwareUpdate)
      demands.append(Self.demand(.noFirmwareUpdate, isMet, isMet ? "so says the report" : "the report does not say so"))
    }
    guard let expected = policy.ranges else { return }
    let found = report.ranges.map {
      AttestationPolicy.Range(bar: $0.bar, pages: $0.pageCount, isTEE: !$0.attributes.contains(.nonTEE))
    }
    let text = found.map { "bar \($0.bar): \($0.pages) pages\($0.isTEE ? "" : ", not TEE")" }.joined(separator: "; ")
    demands.append(Demand(name: "interface", isMet: found == expected, found: text.isEmpty ? "no ranges" : text))
  }
}

extension MeasurementBlock {
  /// The value that a policy compares.
  public var value: [UInt8] {
    switch content {
    case .value(_, _, let bytes), .other(_, let bytes): bytes
    }
  }
}
