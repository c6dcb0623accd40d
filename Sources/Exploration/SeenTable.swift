/// Which states are already stored: an open-addressing table from hashes to state numbers.
///
/// Eight slots are a line, as they are one in a cache, and a look-up goes round its line before it asks for the next. The table is cut in
/// 16 segments by the hash's top bits, and each grows on its own, by half, when three quarters are taken.
struct SeenTable: ~Copyable {
  static let segmentCount = 16
  let segments: UnsafeMutablePointer<SeenSegment>
  private let reserved: UnsafeMutableRawPointer
  private let bytesReserved: Int

  /// For so many states. Nil if the kernel refuses address space.
  init?(room: Int) {
    let stride = SeenSegment.bytes(for: room / Self.segmentCount + 1)
    bytesReserved = stride * Self.segmentCount
    guard let reserved = AddressSpace.reserve(bytesReserved, large: false) else { return nil }
    self.reserved = reserved
    segments = .allocate(capacity: Self.segmentCount)
    for i in 0..<Self.segmentCount {
      (segments + i).initialize(to: SeenSegment(reserved + i * stride, bytes: stride, secondLines: 84 + 3 * i))
    }
  }

  deinit {
    segments.deallocate()
    AddressSpace.release(reserved, bytesReserved)
  }

  @inline(__always) static func index(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 60) }
  @inline(__always) static func tag(_ hash: UInt64) -> UInt64 { hash &>> 26 & 0xFFFF_FFFF }

  /// Touched by all segments.
  var bytes: Int { (0..<Self.segmentCount).reduce(0) { $0 + segments[$1].bytes } }
  var slotCount: Int { (0..<Self.segmentCount).reduce(0) { $0 + segments[$1].slotCount } }

  /// What the segments may come to touch while so many states are added; nil where one may need more than was reserved.
  func bytes(afterAdding states: Int) -> Int? {
    var sum = 0
    for i in 0..<Self.segmentCount {
      guard let bytes = segments[i].bytes(afterAdding: states) else { return nil }
      sum += bytes
    }
    return sum
  }
}
