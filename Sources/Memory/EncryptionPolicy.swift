/// What a memory controller does where key and owner of a line disagree. The platforms differ in nothing else here.
public struct EncryptionPolicy: Hashable, Sendable {
  /// A shared read of an owned line.
  public enum SharedRead: Hashable, Sendable { case zeros, ciphertext, fault }
  /// A shared write to an owned line.
  public enum SharedWrite: Hashable, Sendable { case takesOwnership, fault }
  /// A private read of a line that this key does not own.
  public enum Mismatch: Hashable, Sendable { case poison, garbage }

  public var sharedRead: SharedRead
  public var sharedWrite: SharedWrite
  public var mismatch: Mismatch
  /// An erratum of early TDX machines: a shared write of less than a line to an owned line poisons it at once.
  public var partialSharedWritePoisons: Bool
  /// Whether a shared read consumes the poison of a line that nobody owns. It does on hardware, where poison is in the
  /// memory and not in the reader.
  public var sharedReadConsumesPoison: Bool

  public init(
    sharedRead: SharedRead, sharedWrite: SharedWrite, mismatch: Mismatch,
    partialSharedWritePoisons: Bool = false, sharedReadConsumesPoison: Bool = true
  ) {
    self.sharedRead = sharedRead
    self.sharedWrite = sharedWrite
    self.mismatch = mismatch
    self.partialSharedWritePoisons = partialSharedWritePoisons
    self.sharedReadConsumesPoison = sharedReadConsumesPoison
  }

  /// Intel TDX with cryptographic or logical integrity: the owner bit answers for the key. TDX module base specification,
  /// "Memory integrity protection": a read without the bit is zeros and poison, a write without it clears the bit.
  public static let tdx = EncryptionPolicy(sharedRead: .zeros, sharedWrite: .takesOwnership, mismatch: .poison)
  /// AMD SEV-SNP: reads give ciphertext, writes are stopped by the reverse map table. APM volume 2, section 15.36.
  public static let sevSNP = EncryptionPolicy(sharedRead: .ciphertext, sharedWrite: .fault, mismatch: .garbage)
  /// Arm CCA: the granule protection check stops both. Arm ARM, section D9 (granule protection faults).
  public static let cca = EncryptionPolicy(sharedRead: .fault, sharedWrite: .fault, mismatch: .garbage)
}
