import Primitives

/// The way of a page through a restricted pool: clean, handed out, unscrubbed, being scrubbed, clean.
///
/// Pages are asked in stretches that are alike, so that a pool costs what is used of it and not what it has.
extension RestrictedStage {
  /// Puts pages into a buffer.
  @inlinable public mutating func handOut(_ pages: Range<Int>, of region: RegionIndex) -> RestrictedOutcome {
    var page = pages.lowerBound
    while page < pages.upperBound {
      let state = self[page: page]
      if state != .clean(region) || self[coverage: page] != .region(region) {
        guard law.holds(.handOutFree, state.region == region && state != .handedOut(region)) else { return .refused(.handOutFree) }
        guard law.holds(.handOutScrubbed, state == .clean(region) || state == .handedOut(region)) else { return .refused(.handOutScrubbed) }
        guard law.holds(.handOutCovered, self[coverage: page] == .region(region)) else { return .refused(.handOutCovered) }
      }
      page = endOfAlike(from: page, to: pages.upperBound)
    }
    record(pages, .handedOut(region))
    return .accepted
  }

  /// Takes a buffer's pages back. They wait for zeros; who gives them back does not.
  @inlinable public mutating func takeBack(_ pages: Range<Int>, of region: RegionIndex) -> RestrictedOutcome {
    var page = pages.lowerBound
    while page < pages.upperBound {
      guard law.holds(.takeBackHandedOut, self[page: page] == .handedOut(region)) else { return .refused(.takeBackHandedOut) }
      guard law.holds(.takeBackLastReference, references(page: page) == 0) else { return .refused(.takeBackLastReference) }
      page = endOfAlike(from: page, to: pages.upperBound)
    }
    record(pages, .unscrubbed(region))
    return .accepted
  }

  /// A master begins to write zeros.
  @inlinable public mutating func beginScrub(_ pages: Range<Int>, of region: RegionIndex, by master: MasterIndex) -> RestrictedOutcome {
    var page = pages.lowerBound
    while page < pages.upperBound {
      guard law.holds(.scrubGivenBack, self[page: page] == .unscrubbed(region)) else { return .refused(.scrubGivenBack) }
      guard law.holds(.scrubPermitted, decide(.write, page: page, by: master).isAccepted) else { return .refused(.scrubPermitted) }
      page = endOfAlike(from: page, to: pages.upperBound)
    }
    record(pages, .scrubbing(region))
    return .accepted
  }

  /// The zeros are written: the pages may be handed out again.
  @inlinable public mutating func endScrub(_ pages: Range<Int>, of region: RegionIndex) -> RestrictedOutcome {
    var page = pages.lowerBound
    while page < pages.upperBound {
      guard law.holds(.scrubBegun, self[page: page] == .scrubbing(region)) else { return .refused(.scrubBegun) }
      page = endOfAlike(from: page, to: pages.upperBound)
    }
    record(pages, .clean(region))
    return .accepted
  }
}
