/// How long what an importer was given stays true. Implicit in Linux, in which optional callbacks the two sides have; stated here
/// (linux.md section 1; the mails of January 2025 on private MMIO).
public enum LifetimeClass: UInt8, Hashable, Comparable, CaseIterable, BitwiseCopyable, Sendable {
  /// Never changes while it is attached.
  case pinned
  /// Does not change until it is taken away, which the importer is told. It can come back, as after a reset.
  case revocable
  /// Always there, and not always in the same place: the importer maps again after a move.
  case movable

  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Several lifetime classes: those that an importer can bear, or an exporter offers.
public struct LifetimeClasses: OptionSet, Hashable, BitwiseCopyable, Sendable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
  @inlinable public init(_ one: LifetimeClass) { rawValue = 1 << one.rawValue }
  public static let pinned = LifetimeClasses(.pinned)
  public static let revocable = LifetimeClasses(.revocable)
  public static let movable = LifetimeClasses(.movable)

  @inlinable public func has(_ one: LifetimeClass) -> Bool { rawValue & 1 << one.rawValue != 0 }
  /// The one that leaves the exporter most freedom: it may move, else it may take away, else it may do nothing.
  @inlinable public var freest: LifetimeClass? { has(.movable) ? .movable : has(.revocable) ? .revocable : has(.pinned) ? .pinned : nil }
}

extension LifetimeClasses: CustomStringConvertible {
  public var description: String {
    let names = LifetimeClass.allCases.filter { has($0) }.map { "\($0)" }
    return names.isEmpty ? "none" : names.joined(separator: ", ")
  }
}
