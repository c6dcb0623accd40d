/// The properties that are asked for, as bits. What is not asked is not judged, so that it hides nothing behind it.
public struct PropertySet: Hashable, BitwiseCopyable, Sendable {
  @usableFromInline var bits: UInt32

  public static let all = PropertySet(Property.allCases)

  public init(_ properties: some Sequence<Property>) { bits = properties.reduce(0) { $0 | 1 << UInt32($1.code) } }
  @inlinable @inline(__always) public func contains(_ property: Property) -> Bool { bits >> UInt32(property.code) & 1 != 0 }
}
