import Heaps
import Media

/// The clear samples of a track, in one restricted buffer: each begins at a multiple of 16 bytes, as engines want them.
struct TrackBuffer {
  let track: Track
  let protection: TrackProtection
  let keys: [ContentKey]
  let held: Held
  /// Where each sample begins.
  let offsets: [UInt64]

  init(_ track: Track, _ protection: TrackProtection, _ keys: [ContentKey], _ heap: RestrictedHeap) throws(HeapError) {
    (self.track, self.protection, self.keys) = (track, protection, keys)
    held = Held(try heap.allocate(bytes: UInt64(max(1, Self.room(of: track)))))
    var at: UInt64 = 0
    offsets = track.samples.map { sample in
      defer { at += UInt64(Self.rounded(sample)) }
      return at
    }
  }

  /// In bytes, for all samples.
  static func room(of track: Track) -> Int { track.samples.reduce(0) { $0 + rounded($1) } }
  private static func rounded(_ sample: Sample) -> Int { (sample.bytes.count + 15) & ~15 }
}
