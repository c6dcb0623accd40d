/// A page in the secure world's books: whose it is, and whether it was zeroed since somebody used it.
///
/// This is what is *recorded*. What the firewall does with an access to the page is `Coverage`, kept apart, because the interesting
/// mistakes lie between the two: a page whose rule is gone before its bytes are.
public enum PageState: Hashable, BitwiseCopyable, Sendable {
  /// The normal world's, and nobody else's.
  case ordinary
  /// The normal world's, and registered as shared with a trusted application: it may not be lent as well.
  case registered
  /// Given away by the normal world and not assigned to a use yet: between FFA_MEM_LEND and ASSIGN_PROTMEM, and between RELEASE and
  /// FFA_MEM_RECLAIM.
  case lent
  /// In a restricted pool, zero, free to be handed out.
  case clean(RegionIndex)
  /// In a buffer.
  case handedOut(RegionIndex)
  /// Given back, and whatever the last owner wrote is still there.
  case unscrubbed(RegionIndex)
  /// A master is writing zeros.
  case scrubbing(RegionIndex)

  /// Whose pool it belongs to.
  @inlinable public var region: RegionIndex? {
    switch self {
    case .ordinary, .registered, .lent: nil
    case .clean(let region), .handedOut(let region), .unscrubbed(let region), .scrubbing(let region): region
    }
  }

  /// Compared for every page of every call, so where the caller can see it.
  @inlinable public static func == (a: PageState, b: PageState) -> Bool {
    switch (a, b) {
    case (.ordinary, .ordinary), (.registered, .registered), (.lent, .lent): true
    case (.clean(let one), .clean(let other)), (.handedOut(let one), .handedOut(let other)): one.value == other.value
    case (.unscrubbed(let one), .unscrubbed(let other)), (.scrubbing(let one), .scrubbing(let other)): one.value == other.value
    default: false
    }
  }

  /// All that there are, of so many regions.
  public static func all(regions: UInt8) -> [PageState] {
    [.ordinary, .registered, .lent]
      + (0..<regions).map(RegionIndex.init).flatMap { [.clean($0), .handedOut($0), .unscrubbed($0), .scrubbing($0)] }
  }
}

/// What the firewall enforces for a page, whatever the books say.
public enum Coverage: Hashable, BitwiseCopyable, Sendable {
  /// Everybody may.
  case open
  /// Nobody may but the secure world itself: memory that is being lent or given back.
  case closed
  /// Whoever has a rule for the region.
  case region(RegionIndex)

  @inlinable public static func == (a: Coverage, b: Coverage) -> Bool {
    switch (a, b) {
    case (.open, .open), (.closed, .closed): true
    case (.region(let one), .region(let other)): one.value == other.value
    default: false
    }
  }

  public static func all(regions: UInt8) -> [Coverage] { [.open, .closed] + (0..<regions).map { .region(RegionIndex($0)) } }
}
