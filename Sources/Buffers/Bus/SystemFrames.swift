import Primitives

/// The addresses that a bus has for memory: whole pages that somebody has, that wait decrypted, or that are anybody's.
struct SystemFrames: Sendable {
  typealias Run = AddressRange<HostPhysicalAddress>

  /// Were given back.
  private var free = FrameRuns()
  /// From here on nobody had them.
  private var next: UInt64
  private let limit: UInt64
  private(set) var decrypted: DecryptedPages

  init(from start: UInt64, to limit: UInt64, mostKept: UInt64) {
    (next, self.limit, decrypted) = (start, limit, DecryptedPages(mostKept: mostKept))
  }

  /// Frames in one run, aligned to the largest page that they could fill. Nil where there is no room.
  mutating func take(_ length: UInt64, decrypted isDecrypted: Bool) -> Run? {
    if let run = isDecrypted ? takeDecrypted(length) : takeAny(length) { return run }
    guard decrypted.keptBytes > 0, length <= limit else { return nil }
    // Memory is short: what is kept for later goes first.
    shrink(to: 0)
    return isDecrypted ? takeDecrypted(length) : takeAny(length)
  }

  private mutating func takeAny(_ length: UInt64) -> Run? {
    let alignment = FrameRuns.alignment(of: length)
    if let run = free.take(length, alignedTo: alignment) { return run }
    let start = (next + alignment - 1) & ~(alignment - 1)
    guard length <= limit, start <= limit - length, let run = Run(start: HostPhysicalAddress(start), length: length) else {
      // The rest and what came back may be enough together.
      if next < limit, let rest = Run(start: HostPhysicalAddress(next), length: limit - next) { free.give(rest) }
      next = max(next, limit)
      return free.take(length, alignedTo: alignment)
    }
    if let gap = Run(start: HostPhysicalAddress(next), length: start - next) { free.give(gap) }
    next = start + length
    return run
  }

  private mutating func takeDecrypted(_ length: UInt64) -> Run? {
    if let run = decrypted.take(length) { return run }
    for wanted in decrypted.conversionLengths(for: length) {
      guard let run = takeAny(wanted) else { continue }
      decrypted.convert(run)
      defer { shrink(to: decrypted.mostKept) }
      return decrypted.take(length)
    }
    return nil
  }

  /// Frames come back, and stay decrypted if they were.
  mutating func give(_ run: Run) { if decrypted.give(run) { shrink(to: decrypted.mostKept) } else { free.give(run) } }

  /// Encrypts what is kept beyond so many bytes.
  mutating func shrink(to bytes: UInt64) { for run in decrypted.shrink(to: bytes) { free.give(run) } }
}
