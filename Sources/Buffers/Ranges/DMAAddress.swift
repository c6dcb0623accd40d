import Primitives

/// An address that one importer may put on the wire, and nobody else. Who has another type of importer cannot take it, and another importer of
/// the same type refuses it: the address says whose it is. `importer.address(_:)` makes one, and so does a mapping of that importer.
///
/// It is not to be kept longer than its importer lives.
public struct DMAAddress<Importer>: Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt64
  private let importer: ObjectIdentifier

  init(_ rawValue: UInt64, of importer: ObjectIdentifier) { (self.rawValue, self.importer) = (rawValue, importer) }

  func isOf(_ importer: AnyObject) -> Bool { self.importer == ObjectIdentifier(importer) }

  /// The address so many bytes further on, of the same importer; nil where it leaves the 64-bit space.
  public func advanced(by bytes: UInt64) -> Self? {
    let (sum, overflow) = rawValue.addingReportingOverflow(bytes)
    return overflow ? nil : Self(sum, of: importer)
  }

  public var description: String { hexadecimal(rawValue) }
}

extension Importer {
  /// An address of this importer, by its number.
  public func address(_ rawValue: UInt64) -> DMAAddress<Self> { DMAAddress(rawValue, of: ObjectIdentifier(self)) }

  /// - Throws: `.foreignAddress` for one that another importer was given.
  func require(_ address: DMAAddress<Self>) throws(BufferError) {
    guard address.isOf(self) else { throw BufferError(.foreignAddress, "\(address) is not an address of \(name), but of another importer") }
  }
}
