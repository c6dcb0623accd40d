/// How a VMM may map a buffer into a guest, and what the guest's driver has to know of it.
///
/// The proposal of 2022 asked for cached or write-combined; the thread asked for the other answers (linux.md section 1).
public enum MapInfo: Hashable, Sendable, CaseIterable {
  case cached, writeCombined, uncached
  /// CPU and device agree only around `beginCPUAccess` and `endCPUAccess`, which no guest can call: not to be mapped into one.
  case needsSync
  /// No CPU may map it.
  case notMappable

  /// virtio-gpu's `map_info`: 1 cached, 2 uncached, 3 write-combined. Nil where no guest may have it.
  public var virtio: UInt32? {
    switch self {
    case .cached: 1
    case .uncached: 2
    case .writeCombined: 3
    case .needsSync, .notMappable: nil
    }
  }

  /// What follows from where the memory is. Parts that are cached differently cannot be told in one word.
  public init(_ ranges: RangeList) {
    guard let first = ranges[0]?.attributes, ranges.allSatisfy(\.attributes.isCPUMappable) else {
      self = .notMappable
      return
    }
    if ranges.contains(where: \.attributes.needsSync) {
      self = .needsSync
      return
    }
    guard ranges.allSatisfy({ $0.attributes.cacheability == first.cacheability }) else {
      self = .notMappable
      return
    }
    self =
      switch first.cacheability {
      case .cached: .cached
      case .writeCombined: .writeCombined
      case .uncached: .uncached
      }
  }

  /// The guess that VMMs make without an answer: one driver's buffers are cached, all others write-combined. Kept here as what it is, a
  /// fault: it is wrong for every other driver's system memory, and for every buffer that moves.
  public static func guess(driver: String) -> MapInfo { driver == "i915" ? .cached : .writeCombined }
}

extension Buffer {
  /// How it may be mapped now. Takes the reservation. After a move it may be otherwise: a guest that has it is told (`GuestMemory.Access`).
  public var mapInfo: MapInfo { reservation.withLock { held in MapInfo(ranges) } }
}
