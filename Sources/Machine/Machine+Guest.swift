import Host
import Memory
import PCI
import Primitives
import Rules
import TEE

/// What the guest does, each made of actions that are in the log.
extension Machine {
  /// The vCPU runs, entering if it is outside. False when the VM cannot run.
  @discardableResult
  public func enterGuest() -> Bool {
    if !world.vcpu.isInside, !attempt(.enterVCPU).isAccepted { return false }
    return world.guestIsRunning
  }

  /// Loads and stores of one page in one access. A missing shared entry is faulted in by the host first, a private one mapped.
  /// - Returns: what was loaded; nil when the access did not take place.
  public func guestRegisters(
    _ d: UInt8, _ p: UInt8, secure: Bool, _ operations: [Detail.RegisterOperation], note: String? = nil
  ) -> [UInt64]? {
    guard enterGuest() else { return nil }
    if !secure, !world[isShared: d, p], would(.request(.faultShared, device: d, page: p)) { run(.faultShared, d, page: p) }
    guard enterGuest() else { return nil }
    let answer = attempt(.beginAccess(device: d, page: p, secure: secure), Detail(registers: operations, note: note))
    guard answer.outcome.changesTheWorld else { return nil }
    if world.accessKind != .none { attempt(.endAccess) }
    return answer.isAccepted ? answer.values : nil
  }

  /// Memory that the guest shares with the host. The rules do not know it: everybody may see it.
  public func guestShared(_ unit: UInt8, _ operations: [Detail.MemoryOperation]) -> [UInt8]? {
    guard enterGuest(), file.plan.sharedUnits.indices.contains(Int(unit)) else { return nil }
    let base = file.plan.shared(file.plan.sharedUnits[Int(unit)].base)
    var seen = Observation(), isWrite = false, isWhole = true
    for operation in operations {
      isWrite = isWrite || operation.shape.isWrite
      let outcome = try? guestAccess(operation, from: base, tlb: &hardware.tlb, &seen)
      isWhole = isWhole && outcome == .clean
    }
    note(
      "guest", nil, isWrite ? "memory write (shared)" : "memory read (shared)", object: "gpa \(base)", isWhole ? .ok : .fault,
      args: seen.args,
      accesses: seen.accesses)
    return isWhole ? seen.bytes : nil
  }

  /// Report, measurements and identity, judged by the guest's policy.
  public func attest(_ d: UInt8) -> AttestationReport {
    let report = look(d)
    guard evidenceSource == .session else { return report }
    if let why = report.objections.first { evidence = .refused(why) } else if evidence == .notAsked { evidence = .verified }
    return report
  }

  private func look(_ d: UInt8) -> AttestationReport {
    var report = AttestationReport()
    guard enterGuest() else { return report.stopped("the guest does not run") }
    // The identity first: without it the module gives the guest nothing of this device.
    let early = evidence(of: d, report: [])
    report.evidence = early
    if let expected = file.policy.deviceInfo, expected != early.deviceInfo {
      guard attempt(.validateOther(device: d)).isAccepted else { return report.stopped("the device is another") }
    } else {
      guard attempt(.validate(device: d)).isAccepted else { return report.stopped("the identity is not accepted") }
    }
    guard attempt(.askReport(device: d)).isAccepted else { return report.stopped("no report can be asked for") }
    guard run(.relay, d).isComplete, enterGuest() else { return report.stopped("the report did not come") }
    let answer = attempt(.collect(device: d))
    guard answer.isAccepted else { return report.stopped("the report did not come") }
    let evidence = evidence(of: d, report: answer.bytes)
    report.evidence = evidence
    report.objections = file.policy.objections(to: evidence, pages: expectedPages(of: d))
    if evidenceSource == .session, evidence.identity?.root != trustedRoot {
      report.objections.insert(evidence.identity == nil ? "no evidence came" : "the chain's root is not the trusted one", at: 0)
    }
    guard report.objections.isEmpty else {
      let args = [Event.Argument("evidence", "refused")] + report.objections.map { Event.Argument("objection", $0) }
      note("guest-tsm", nil, "policy.check", object: "\(id(d))", .refused, code: "POLICY", args: args)
      return report
    }
    if !attempt(.checkEvidence(device: d)).isAccepted { return report.stopped("the evidence is not of this lock") }
    return report
  }

  /// The pages as the guest was told of them, under the numbers that reports use.
  func expectedPages(of d: UInt8) -> [ExpectedPage] {
    hardware.functions[Int(d)].pages.enumerated().map { p, page in
      ExpectedPage(bar: UInt16(page.bar), page: security.obfuscated(d, UInt8(p)) ?? .max, isTEE: page.isTEE)
    }
  }

  /// Maps and accepts every TEE page. The first that failed, or nil.
  public func acceptMMIO(_ d: UInt8) -> UInt8? {
    for p in 0..<book.bounds.pages where book.parameters.isTEE(p) {
      if world[entry: d, p] == .free { run(.faultPrivate, d, page: p) }
      guard enterGuest(), attempt(.acceptMMIO(device: d, page: p)).isAccepted else { return p }
    }
    return nil
  }

  /// The host adds the trusted DMA entry, the guest accepts it.
  public func acceptDMA(_ d: UInt8) -> Bool {
    if world[dmar: d] == .free { run(.accept, d) }
    return enterGuest() && attempt(.acceptDMA(device: d)).isAccepted
  }

  /// START, relayed and collected: from here on the interface runs.
  public func start(_ d: UInt8) -> Bool {
    guard enterGuest(), attempt(.askStart(device: d)).isAccepted, run(.relay, d).isComplete, enterGuest() else { return false }
    return attempt(.collect(device: d)).isAccepted
  }

  /// Bind to run in one go: bind, attest, accept MMIO and DMA, start. The first thing that failed, or nil.
  public func goPrivate(_ d: UInt8) -> String? {
    let bound = run(.bind, d)
    guard bound.isComplete, world.flag(.isBound, d) else { return "bind" }
    let attested = attest(d)
    guard attested.isTrusted else { return "attest: " + (attested.objections.first ?? "") }
    if let p = acceptMMIO(d) { return "accept MMIO page \(p)" }
    guard acceptDMA(d) else { return "accept DMA" }
    return start(d) ? nil : "start"
  }
}

/// What came of an attestation.
public struct AttestationReport: Hashable, Sendable {
  public var evidence: DeviceEvidence?
  /// Empty when the guest trusts the device.
  public var objections: [String] = []
  public var isTrusted: Bool { objections.isEmpty }

  func stopped(_ why: String) -> AttestationReport {
    var copy = self
    copy.objections.append(why)
    return copy
  }
}
