/// How this machine encrypts memory: with one bit of the physical address in every page-table entry (AMD APM volume 2, sections 7.10, 15.34).
public enum MemoryEncryptionMode: Hashable, BitwiseCopyable, Sendable {
  case none
  /// The host encrypts its own memory. Devices may use the bit too, if they can put it out.
  case sme(bit: UInt8)
  /// We are an encrypted guest: devices are the host's, and see nothing that is encrypted.
  case sev(bit: UInt8)
}

extension MemoryEncryptionMode {
  /// Whether a device whose addresses have that many bits can put out the encrypted bit, and means the host's key with it.
  public func isReached(byWidth width: UInt8) -> Bool { if case .sme(let bit) = self { width > bit } else { false } }

  /// An address as a device without an IOMMU puts it on the bus. Under SEV there is no bit in it: devices are the host's.
  func onBus(_ address: UInt64, encrypted: Bool) -> UInt64 {
    if case .sme(let bit) = self, encrypted { address | 1 << UInt64(bit) } else { address }
  }

  /// The address and the bit of what a device put on the bus.
  func split(_ address: UInt64) -> (address: UInt64, encrypted: Bool) {
    guard case .sme(let bit) = self else { return (address, false) }
    let mask: UInt64 = 1 << UInt64(bit)
    return (address & ~mask, address & mask != 0)
  }

  /// One past the highest address that memory can have.
  var addressLimit: UInt64 {
    switch self {
    case .none: RangeList.longest
    case .sme(let bit), .sev(let bit): bit < 52 ? 1 << UInt64(bit) : RangeList.longest
    }
  }
}

/// What a page-table entry says of the page, whoever's table it is.
public struct PageProtection: Hashable, BitwiseCopyable, Sendable {
  public var cacheability: Cacheability
  public var isEncrypted: Bool
  public init(_ cacheability: Cacheability, encrypted: Bool) { (self.cacheability, isEncrypted) = (cacheability, encrypted) }
}

/// What kind of memory a buffer lies in at the moment.
public enum MemoryKind: Hashable, BitwiseCopyable, Sendable, CaseIterable {
  /// Behind a BAR, on the device.
  case device
  /// Of the system, allocated so that CPU and device see each other's writes (`dma_alloc_coherent`).
  case coherent
  /// Of the system, handed to the device for a while at a time, over a bounce buffer where the device cannot reach it.
  case streaming
}

extension PageProtection {
  /// The one rule, for mappings of the kernel, of users, for blits and for moves: two mappings of a page that differ in the bit read
  /// different bytes. (Thread of 2019 on TTM and SEV with coherent memory.)
  ///
  /// - Device memory is never encrypted, and cached only where nobody else looks: at most write-combined.
  /// - Coherent memory is shared with the device as it is: decrypted under SEV. Under SME the device uses the bit itself, if its addresses
  ///   are wide enough to have it; otherwise the memory is decrypted (`force_dma_unencrypted`).
  /// - Streaming memory stays the owner's, encrypted where anything is: what the device sees is a copy.
  public static func rule(
    _ kind: MemoryKind, _ wanted: Cacheability, _ mode: MemoryEncryptionMode, deviceWidth: UInt8
  ) -> PageProtection {
    switch (kind, mode) {
    case (.device, _): PageProtection(wanted == .cached ? .writeCombined : wanted, encrypted: false)
    case (_, .none), (.coherent, .sev): PageProtection(wanted, encrypted: false)
    case (.coherent, .sme): PageProtection(wanted, encrypted: mode.isReached(byWidth: deviceWidth))
    case (.streaming, .sme), (.streaming, .sev): PageProtection(wanted, encrypted: true)
    }
  }
}
