/// The locks of a buffer's life, outermost first (linux.md section 8).
public enum LockRank: UInt8, Sendable, CaseIterable {
  /// A device's memory lock.
  case device
  case reservation
  /// The lock of an importer's page tables.
  case pageTables
  /// Not a lock, but a place: inside the callback of a fence.
  case fenceCallback
}

/// How many locks of each rank somebody holds.
public struct HeldLocks: Hashable, BitwiseCopyable, Sendable {
  /// 16 bits a rank, so that what a thread holds is one word of that thread.
  public var word: UInt64

  @inlinable public init(word: UInt64 = 0) { self.word = word }

  @inlinable public func count(_ rank: LockRank) -> Int { Int(word >> Self.shift(rank) & 0xFFFF) }
  @inlinable public mutating func take(_ rank: LockRank) { word &+= 1 << Self.shift(rank) }
  @inlinable public mutating func release(_ rank: LockRank) { word &-= 1 << Self.shift(rank) }

  @inlinable static func shift(_ rank: LockRank) -> UInt64 { UInt64(rank.rawValue) * 16 }
}
