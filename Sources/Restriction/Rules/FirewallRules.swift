import Primitives

/// The firewall: rules of (master, region, read or write), set by the secure world only, and what it decides about an access.
///
/// Source: the NXP video path of the secure-heap thread of 2022 (a resource domain controller with a rule for each master), Arm CoreLink
/// TZC-400 (regions with the identities that may read and write them).
extension RestrictedStage {
  /// Sets what a master may do in a region.
  ///
  /// Isolation is a matter of flow and not of reading alone: a master that reads video and writes payment carries the one into the
  /// other. Whoever only writes, as a crypto or a scrubbing master does, carries nothing out and may serve several.
  @inlinable public mutating func setRule(_ access: Access, master: MasterIndex, region: RegionIndex, by world: World) -> RestrictedOutcome {
    guard law.holds(.ruleSecureWorld, world == .secure) else { return .refused(.ruleSecureWorld) }
    guard law.holds(.ruleNotCPU, access == .none || master != .hostCPU) else { return .refused(.ruleNotCPU) }
    guard law.holds(.ruleIsolation, isIsolated(access, master, region)) else { return .refused(.ruleIsolation) }
    self[rule: master, region] = access
    return .accepted
  }

  @inlinable func isIsolated(_ access: Access, _ master: MasterIndex, _ region: RegionIndex) -> Bool {
    guard access != .none else { return true }
    for number in 0..<regionCount {
      let other = RegionIndex(number), there = self[rule: master, other]
      guard other != region, useCase(of: other) != useCase(of: region), there != .none else { continue }
      if access.contains(.read) || there.contains(.read) { return false }
    }
    return true
  }

  /// What happens to an access, a page at a time. Open memory is everybody's.
  @inlinable public func decide(_ kind: Access, page: Int, by master: MasterIndex) -> RestrictedOutcome {
    let allowed =
      switch self[coverage: page] {
      case .open: true
      case .closed: false
      case .region(let region): self[rule: master, region].isSuperset(of: kind)
      }
    return law.holds(.accessRule, allowed) ? .accepted : .refused(.accessRule)
  }

  /// Puts pages that nobody uses under a region's rules, once and for all: a carve-out before the kernel starts, a pool that a TEE
  /// keeps, or pages that a hypervisor takes out of the host's second stage. What was in them is nobody's business any more, so they are unscrubbed.
  @inlinable public mutating func close(_ pages: Range<Int>, as region: RegionIndex, by world: World) -> RestrictedOutcome {
    guard law.holds(.closeSecureWorld, world == .secure) else { return .refused(.closeSecureWorld) }
    var page = pages.lowerBound
    while page < pages.upperBound {
      guard law.holds(.lendOrdinary, self[page: page] == .ordinary) else { return .refused(.lendOrdinary) }
      page = endOfAlike(from: page, to: pages.upperBound)
    }
    record(pages, .unscrubbed(region))
    enforce(pages, .region(region))
    return .accepted
  }

  /// Gives pages of a closed carve-out to the normal world for good: its use has ended. What was lent comes back by `reclaim` instead.
  @inlinable public mutating func open(_ pages: Range<Int>, by world: World) -> RestrictedOutcome {
    guard law.holds(.openSecureWorld, world == .secure) else { return .refused(.openSecureWorld) }
    var page = pages.lowerBound
    while page < pages.upperBound {
      // Whose a page is by a loan is not recorded with the page, so a stretch also ends where a loan does.
      let end = endOfLoan(from: page, to: endOfAlike(from: page, to: pages.upperBound))
      guard law.holds(.openNotLent, !isLent(page: page)) else { return .refused(.openNotLent) }
      var isScrubbed = false
      if case .clean = self[page: page] { isScrubbed = true }
      guard law.holds(.openScrubbed, isScrubbed) else { return .refused(.openScrubbed) }
      page = end
    }
    record(pages, .ordinary)
    enforce(pages, .open)
    return .accepted
  }
}
