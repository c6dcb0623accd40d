import CLinux
import Glibc
import Synchronization

/// Addresses of this process that were reserved for a buffer, and at which its pages are, or are not at the moment.
///
/// What happens to it happens under the buffer's reservation; it is read and written without.
///
/// On a machine that encrypts, loads and stores through a mapping with the encrypted bit go through the memory controller. The processor that
/// this runs on has no such key: what a bare load finds at `start` is what the chips have, ciphertext.
final class CPUWindow: @unchecked Sendable {
  let start: UnsafeMutableRawPointer
  let length: Int
  let isWritable: Bool
  private let slot: Int32
  /// Under the reservation: whether pages are there.
  private(set) var isMapped = false
  /// Under the reservation: with what they are mapped.
  var protection: MappingProtection

  /// Whether the bit means anything on this machine. Where it does not, an access takes no lock.
  private let canEncrypt: Bool
  /// The bytes behind the pages, if these were mapped with the encrypted bit. Held for an access and for a change of the pages: none meets
  /// bytes of the one place with the bit of the other.
  private let encrypted = Mutex<Backing?>(nil)

  /// Nil when no addresses are left.
  init?(length: Int, writable: Bool, name: String, _ protection: MappingProtection = MappingProtection(.plain)) {
    guard let start = cofferdam_mmap(nil, length, COFFERDAM_PROT_NONE, COFFERDAM_MAP_RESERVATION, -1, 0) else { return nil }
    (self.start, self.length, isWritable, self.protection) = (start, length, writable, protection)
    canEncrypt = protection.terms.mode != .none
    slot = cofferdam_name_window(UInt(bitPattern: start), length, name)
  }

  deinit {
    cofferdam_forget_window(slot)
    munmap(start, length)
  }

  func fill(from backing: Backing, encrypted isEncrypted: Bool, populated: Bool) -> Bool {
    if isMapped { return true }
    isMapped = encrypted.withLock { encrypted in
      encrypted = isEncrypted && canEncrypt ? backing : nil
      return backing.map(at: start, writable: isWritable, populated: populated)
    }
    return isMapped
  }

  /// Takes the pages out; the addresses stay reserved, and whoever touches them traps.
  func zap() {
    guard isMapped else { return }
    isMapped = false
    encrypted.withLock { encrypted in
      encrypted = nil
      _ = cofferdam_mmap(start, length, COFFERDAM_PROT_NONE, COFFERDAM_MAP_RESERVATION_FIXED, -1, 0)
    }
  }

  // MARK: Loads and stores, of bytes that lie in it

  /// - Returns: false for a trap: the pages are not there.
  /// - Throws: `.noAnswer` where the memory behind the pages does not answer.
  func load(_ offset: Int, into target: UnsafeMutableRawBufferPointer) throws(BufferError) -> Bool {
    guard let bytes = target.baseAddress else { return true }
    return try access {
      cofferdam_guarded_copy(bytes, start + offset, target.count) == 0
    } encrypted: { memory throws(BufferError) in
      try memory.read(at: UInt64(offset), into: target, encrypted: true)
    }
  }

  /// - Returns: false for a trap.
  /// - Throws: `.noAnswer`.
  func store(_ source: UnsafeRawBufferPointer, _ offset: Int) throws(BufferError) -> Bool {
    guard let bytes = source.baseAddress else { return true }
    return try access {
      cofferdam_guarded_copy(start + offset, bytes, source.count) == 0
    } encrypted: { memory throws(BufferError) in
      try memory.write(source, at: UInt64(offset), encrypted: true)
    }
  }

  private func access(plain: () -> Bool, encrypted convert: (Backing) throws(BufferError) -> Void) throws(BufferError) -> Bool {
    guard canEncrypt else { return plain() }
    return try encrypted.withLock { (memory) throws(BufferError) -> Bool in
      guard let memory else { return plain() }
      try convert(memory)
      return true
    }
  }
}
