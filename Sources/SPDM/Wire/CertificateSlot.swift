/// One of the eight places for a certificate chain. DSP0274 1.2 section 10.6.
public struct CertificateSlot: Hashable, Sendable, Comparable {
  public let index: UInt8

  public init?(_ index: UInt8) {
    guard index < 8 else { return nil }
    self.index = index
  }

  public static let first = Self(unchecked: 0)
  private init(unchecked index: UInt8) { self.index = index }

  public static func < (a: Self, b: Self) -> Bool { a.index < b.index }

  /// The bits above the low nibble are other fields' or reserved. Slot 0xF means a key that was put there by hand.
  init(nibbleOf value: UInt8, field: String, offset: Int) throws(SPDMError) {
    guard value & 0xF != 0xF else {
      throw SPDMError(.notSpoken, field: field, offset: offset, expected: "a slot of certificates, not a provisioned key")
    }
    guard let slot = Self(value & 0xF) else { throw SPDMError(.value, field: field, offset: offset, expected: "0 to 7") }
    self = slot
  }
}
