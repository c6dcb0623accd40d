/// A side's public point in a key exchange, as long as its group says. Whether it lies on the curve is asked when it is used.
public struct ExchangePoint: Hashable, Sendable {
  public let group: ExchangeGroup
  public let bytes: [UInt8]

  public init?(_ bytes: some Collection<UInt8>, _ group: ExchangeGroup) {
    guard bytes.count == group.byteCount else { return nil }
    (self.bytes, self.group) = (Array(bytes), group)
  }

  init(from reader: inout MessageReader, _ group: ExchangeGroup) throws(SPDMError) {
    (bytes, self.group) = (try reader.bytes("exchange data", group.byteCount), group)
  }
}

extension ExchangePoint {
  init(unchecked bytes: [UInt8], _ group: ExchangeGroup) { (self.bytes, self.group) = (bytes, group) }
}
