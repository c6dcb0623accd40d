/// What a rule of the firewall lets a master do: read, write, both or nothing.
public struct Access: OptionSet, Hashable, BitwiseCopyable, Sendable, CaseIterable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let none: Access = []
  public static let read = Access(rawValue: 1)
  public static let write = Access(rawValue: 2)
  public static let both: Access = [.read, .write]
  public static let allCases: [Access] = [.none, .read, .write, .both]
}

extension Access: CustomStringConvertible {
  public var description: String { ["none", "read", "write", "read-write"][Int(rawValue & 3)] }
}

/// Which world a call comes from: the bit that TrustZone adds to every transaction (Arm Security Extensions).
public enum World: UInt8, Hashable, BitwiseCopyable, Sendable, CaseIterable { case normal, secure }

/// Who puts an address on the bus: a row of the firewall's table.
public struct MasterIndex: Hashable, Comparable, BitwiseCopyable, Sendable {
  public let value: UInt8
  @inlinable public init(_ value: UInt8) { self.value = value }
  /// The CPUs in the normal world. They are a master like others, with the one difference that no rule ever names them.
  public static let hostCPU = MasterIndex(0)
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// A piece of restricted memory with one use: a column of the firewall's table. A heap has one.
public struct RegionIndex: Hashable, Comparable, BitwiseCopyable, Sendable {
  public let value: UInt8
  @inlinable public init(_ value: UInt8) { self.value = value }
  @inlinable public static func == (a: Self, b: Self) -> Bool { a.value == b.value }
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

extension MasterIndex: CustomStringConvertible { public var description: String { "master \(value)" } }
extension RegionIndex: CustomStringConvertible { public var description: String { "region \(value)" } }
