/// The virtual CPU, relative to the TD's epoch. TDX module, TLB tracking: VP.ENTER samples the epoch and flushes on a change.
public enum VirtualCPU: Small {
  /// Outside, and the epoch is the one it last ran in.
  case outside
  /// Outside, and an epoch has passed: the next entry flushes.
  case outsideStale
  case insideCurrent
  case insidePrevious

  @inlinable public var isInside: Bool { self == .insideCurrent || self == .insidePrevious }
}

/// What the vCPU's TLB holds for a page.
public enum CachedTranslation: Small { case none, shared, secure }

/// An access of the guest to a BAR page that has been translated and has not ended.
public enum GuestAccessKind: Small { case none, shared, secure }

/// How far the guest has come with the evidence of *this* lock.
public enum Evidence: Small {
  case none
  /// A report was asked for since the interface was validated.
  case asked
  case collected, checked
  /// Checked, as the guest believes, but not of this lock: no sound platform lets it come to this.
  case stale

  /// What the guest itself believes.
  @inlinable public var looksChecked: Bool { self == .checked || self == .stale }

  /// After another LOCK: what was seen is of the one before, and a question that was open then is open no more.
  @inlinable public var afterLock: Evidence { self == .none || self == .asked ? .none : .stale }
}
