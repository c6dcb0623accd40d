/// A half-open range `start ..< start + length` that never wraps.
public struct AddressRange<Space: Address>: Hashable, Sendable {
  public let start: Space
  /// In bytes; zero is an empty range.
  public let length: UInt64

  /// Nil if the range would leave the 64-bit space.
  @inlinable public init?(start: Space, length: UInt64) {
    guard start.advanced(by: length) != nil else { return nil }
    (self.start, self.length) = (start, length)
  }

  @inlinable public var end: Space { Space(start.rawValue + length) }
  @inlinable public func contains(_ address: Space) -> Bool { start <= address && address < end }
  @inlinable public func contains(_ other: Self) -> Bool { start <= other.start && other.end <= end }
  @inlinable public func overlaps(_ other: Self) -> Bool { start < other.end && other.start < end && length > 0 && other.length > 0 }
}

extension AddressRange: CustomStringConvertible {
  public var description: String { "\(start)..<\(end)" }
}
