import CLinux
import Glibc

/// Addresses of this process that were reserved for a buffer, and at which its pages are, or are not at the moment.
///
/// What happens to it happens under the buffer's reservation; it is read and written without.
final class CPUWindow: @unchecked Sendable {
  let start: UnsafeMutableRawPointer
  let length: Int
  let isWritable: Bool
  private let slot: Int32
  /// Under the reservation: whether pages are there.
  private(set) var isMapped = false

  /// Nil when no addresses are left.
  init?(length: Int, writable: Bool, name: String) {
    guard let start = cofferdam_mmap(nil, length, COFFERDAM_PROT_NONE, COFFERDAM_MAP_RESERVATION, -1, 0) else { return nil }
    (self.start, self.length, isWritable) = (start, length, writable)
    slot = cofferdam_name_window(UInt(bitPattern: start), length, name)
  }

  deinit {
    cofferdam_forget_window(slot)
    munmap(start, length)
  }

  func fill(from backing: Backing, populated: Bool) -> Bool {
    if isMapped { return true }
    isMapped = backing.map(at: start, writable: isWritable, populated: populated)
    return isMapped
  }

  /// Takes the pages out; the addresses stay reserved, and whoever touches them traps.
  func zap() {
    guard isMapped else { return }
    isMapped = false
    _ = cofferdam_mmap(start, length, COFFERDAM_PROT_NONE, COFFERDAM_MAP_RESERVATION_FIXED, -1, 0)
  }
}
