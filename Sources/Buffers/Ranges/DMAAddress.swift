import Primitives

/// An address that one importer may put on the wire, and nobody else: it has its importer with it, whose requests begin here. They are methods
/// of the address (`IOMMUDomain`'s are `map`, `read` and `write`), and no function here takes an importer and an address, so there is none by
/// which an address could be handed to another importer, whatever its type. `importer.address(_:)` makes one, and so does what begins with an
/// importer or its address: a `DirectImporter`'s mapping, an `AddressList`, `advanced(by:)`. Nothing makes one of another's.
///
/// An importer of one's own has the same if it goes by the same: what it does at an address is a method in an extension of
/// `DMAAddress where I ==` it. A method of the importer that takes an address takes those of all importers of its type.
///
/// It keeps its importer. An importer of one's own that remembers where its memory is remembers the numbers, as its registers do.
public struct DMAAddress<I: Importer>: Sendable {
  public let importer: I
  public let rawValue: UInt64

  init(_ rawValue: UInt64, of importer: I) { (self.rawValue, self.importer) = (rawValue, importer) }

  /// The address so many bytes further on, of the same importer; nil where it leaves the 64-bit space.
  public func advanced(by bytes: UInt64) -> Self? {
    let (sum, overflow) = rawValue.addingReportingOverflow(bytes)
    return overflow ? nil : Self(sum, of: importer)
  }
}

extension DMAAddress: Hashable {
  public static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue && a.importer === b.importer }
  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

extension DMAAddress: CustomStringConvertible {
  public var description: String { hexadecimal(rawValue) }
}

extension Importer {
  /// An address of this importer, by its number.
  public func address(_ rawValue: UInt64) -> DMAAddress<Self> { DMAAddress(rawValue, of: self) }
}
