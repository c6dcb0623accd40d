/// Who takes part in `private-mmio` only where it is asked for, because they multiply its world.
public struct OptionalActors: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A hostile VMM writes what VFIO passes raw.
  public static let rawWrites = OptionalActors(rawValue: 1)
  /// Whoever administers the host connects and disconnects the device at any time.
  public static let administrator = OptionalActors(rawValue: 2)
  /// A hostile VMM makes memory private again that it had converted.
  public static let memoryReturns = OptionalActors(rawValue: 4)
}
