import Memory
import Primitives

/// A confidential guest's key at the memory controller: its memory is zeroed through it, since zeros that went past it decrypt to noise.
public struct PrivateKey {
  public let encryption: MemoryEncryption
  public let id: KeyID

  public init(_ encryption: MemoryEncryption, _ id: KeyID) { (self.encryption, self.id) = (encryption, id) }

  /// Makes a range zero under a key: the guest's own makes it private, `.shared` makes it everybody's.
  func zero(_ range: AddressRange<HostPhysicalAddress>, as key: KeyID) throws(HeapError) {
    do throws(MemoryError) { try encryption.scrub(range, as: key) } catch { throw HeapError(.memory, error.description) }
  }
}
