import Rules

extension TraceCheck {
  /// A log that does not say which pages are TEE memory, as no system's log does: its interface report would.
  ///
  /// All that a device can have reported are tried, those with the most TEE memory first; the log is a path of the rules if it is one
  /// with any of them. Otherwise the answer is of the one that takes it furthest.
  /// - Parameter check: the check of the log in a world with these pages that are no TEE memory.
  public static func inAnyReport<Failure: Error>(
    pages: UInt8, _ check: (_ nonTEEPages: UInt64) throws(Failure) -> TraceCheck
  ) throws(Failure) -> TraceCheck {
    var furthest = try check(0)
    // Without any TEE memory there is no interface to speak of.
    let reports = (1..<max(1, (UInt64(1) << UInt64(min(pages, Bounds.packedLimit.pages))) - 1)).sorted {
      ($0.nonzeroBitCount, $0) < ($1.nonzeroBitCount, $1)
    }
    for report in reports {
      if case .allowed = furthest.verdict { break }
      let other = try check(report)
      if other.saysMore(than: furthest) { furthest = other }
    }
    return furthest
  }

  /// A path beats what may be one, and that beats a log that is refused, which is the better the later it is.
  private func saysMore(than other: TraceCheck) -> Bool {
    func rank(_ check: TraceCheck) -> Int {
      switch check.verdict {
      case .allowed: 2
      case .ambiguous: 1
      case .refused: 0
      }
    }
    return (rank(self), allowed) > (rank(other), other.allowed)
  }

  /// The pages of the first device that are taken to be no TEE memory, where the log did not say.
  var guessedPages: [String] {
    guard log.header == nil, log.parameters == nil else { return [] }
    let names = beginning.names
    return (names.pages.first ?? []).enumerated().filter { !beginning.book.parameters.isTEE(UInt8($0.offset)) }.map { _, page in
      "BAR\(page.bar)+0x\(String(page.offset, radix: 16))"
    }
  }
}
