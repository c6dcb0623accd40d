import Primitives

/// Frames of a machine that encrypts which were decrypted before, and are kept so: a conversion changes the kernel's own tables and flushes
/// caches and TLBs (`set_memory_decrypted`), so it is done for many pages at a time, and seldom.
///
/// A bus has one for all exporters of memory (`Bus.decryptedPages`): from it come the frames of what devices share decrypted, and to it they go
/// back. The bytes are not kept: they lie in the file of the buffer that had the frames, which goes with it, and the next one begins with
/// zeros. What is kept is bounded; what is beyond is encrypted again and the system's (TTM's pools and their shrinker, ttm_pool.c).
public struct DecryptedPages: Hashable, Sendable {
  private var ready = FrameRuns()
  /// Lengths by first byte.
  private var lent: [UInt64: UInt64] = [:]
  /// Conversions so far, either way, each of a run of pages.
  public private(set) var conversions = 0
  /// Bytes that buffers have.
  public private(set) var lentBytes: UInt64 = 0
  /// Bytes that wait, decrypted, for the next buffer.
  public var keptBytes: UInt64 { ready.bytes }
  /// More than that is not kept.
  public let mostKept: UInt64
  /// Bytes that are converted at once, where fewer are asked for.
  public static let batch: UInt64 = 2 << 20

  init(mostKept: UInt64) { self.mostKept = mostKept & ~4095 }

  /// Frames that are decrypted already.
  mutating func take(_ length: UInt64) -> AddressRange<HostPhysicalAddress>? {
    guard let run = ready.take(length, alignedTo: FrameRuns.alignment(of: length)) else { return nil }
    lent[run.start.rawValue] = run.length
    lentBytes += run.length
    return run
  }

  /// Where `take` has none: how many bytes to convert for so many, the most first.
  func conversionLengths(for length: UInt64) -> [UInt64] { [max(length, min(Self.batch, mostKept)), length] }

  /// Decrypts frames, which wait from now on.
  mutating func convert(_ run: AddressRange<HostPhysicalAddress>) {
    conversions += 1
    ready.give(run)
  }

  /// Frames come back, still decrypted.
  /// - Returns: false for what was not taken from here. Nothing happens then.
  mutating func give(_ run: AddressRange<HostPhysicalAddress>) -> Bool {
    guard lent[run.start.rawValue] == run.length else { return false }
    lent[run.start.rawValue] = nil
    lentBytes -= run.length
    ready.give(run)
    return true
  }

  /// Encrypts what waits beyond so many bytes.
  /// - Returns: the frames, for the system.
  mutating func shrink(to bytes: UInt64) -> [AddressRange<HostPhysicalAddress>] {
    var gone: [AddressRange<HostPhysicalAddress>] = []
    while keptBytes > bytes, let run = ready.takeLast(atMost: keptBytes - bytes) {
      conversions += 1
      gone.append(run)
    }
    return gone
  }
}
