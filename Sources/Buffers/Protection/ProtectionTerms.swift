/// What the rule of protection is asked with besides the memory: how the machine encrypts, and how far the addresses reach of the device
/// that the memory is for.
public struct ProtectionTerms: Hashable, BitwiseCopyable, Sendable {
  public var mode: MemoryEncryptionMode
  /// Bits of address that the device can put out (its DMA mask).
  public var deviceWidth: UInt8
  public init(_ mode: MemoryEncryptionMode, deviceWidth: UInt8) { (self.mode, self.deviceWidth) = (mode, deviceWidth) }

  /// A machine that encrypts nothing.
  public static let plain = ProtectionTerms(.none, deviceWidth: 64)

  /// What a range says of itself to importers: what the rule says of memory that they share, and for streaming memory the bounce buffer,
  /// which is decrypted. On a machine that encrypts nothing it is what the owner says.
  func attributes(_ attributes: RangeAttributes, _ kind: MemoryKind) -> RangeAttributes {
    if mode == .none { return attributes }
    var attributes = attributes
    let protection = PageProtection.rule(kind, attributes.cacheability, mode, deviceWidth: deviceWidth)
    (attributes.cacheability, attributes.isEncrypted) = (protection.cacheability, protection.isEncrypted && kind != .streaming)
    return attributes
  }
}
