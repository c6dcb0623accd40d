/// An address in one address space. The space is part of the type, so a guest address
/// cannot be handed to something that walks host memory: translation is the only border crossing.
public protocol Address: Hashable, Comparable, BitwiseCopyable, Sendable, CustomStringConvertible {
  var rawValue: UInt64 { get }
  init(_ rawValue: UInt64)
}

extension Address {
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  /// The sum, or nil where it leaves the 64-bit space.
  @inlinable public func advanced(by bytes: UInt64) -> Self? {
    let (sum, overflow) = rawValue.addingReportingOverflow(bytes)
    return overflow ? nil : Self(sum)
  }
  @inlinable public func isAligned(to size: PageSize) -> Bool { rawValue & (size.bytes - 1) == 0 }
  @inlinable public func alignedDown(to size: PageSize) -> Self { Self(rawValue & ~(size.bytes - 1)) }
  @inlinable public func offset(in size: PageSize) -> UInt64 { rawValue & (size.bytes - 1) }
  public var description: String { hexadecimal(rawValue) }
}

/// An address in a virtual machine's physical space (GPA).
public struct GuestPhysicalAddress: Address {
  public let rawValue: UInt64
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// An address on the machine's memory bus (HPA): RAM or MMIO.
public struct HostPhysicalAddress: Address {
  public let rawValue: UInt64
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// An address that a device puts on the bus, before the IOMMU (IOVA).
public struct IOVirtualAddress: Address {
  public let rawValue: UInt64
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// `0x8000_1000`: lower case, in groups of four digits.
public func hexadecimal(_ value: UInt64) -> String {
  let digits = Array(String(value, radix: 16))
  var out = "0x"
  for (i, digit) in digits.enumerated() {
    if i > 0, (digits.count - i) % 4 == 0 { out.append("_") }
    out.append(digit)
  }
  return out
}
