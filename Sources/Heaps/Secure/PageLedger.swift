import CLinux
import Restriction

/// What is recorded of each page of a machine and what is enforced for it, in two bytes a page. They lie in address space that costs memory
/// only where it was written, since of a large machine nearly all pages are the normal world's for ever: zero says so.
///
/// Bits 0 to 8 are the page's state: 0 to 2 without a region, then four for each. Bits 9 to 15 are its coverage: open, closed, then one for
/// each region. So there can be 64 regions.
package final class PageLedger {
  package static let mostRegions = 64

  package let count: Int
  private let words: UnsafeMutablePointer<UInt16>
  private let bytes: Int

  /// - Throws: `.exhausted` where the host has no such address space.
  package init(pages count: Int) throws(HeapError) {
    bytes = max(4096, (2 * count + 4095) & ~4095)
    guard let base = cofferdam_mmap(nil, bytes, COFFERDAM_PROT_READ_WRITE, COFFERDAM_MAP_RESERVATION, -1, 0) else {
      throw HeapError(.exhausted, "books of \(count) pages: the host has no \(bytes) bytes of addresses for them")
    }
    self.count = count
    words = base.bindMemory(to: UInt16.self, capacity: bytes / 2)
  }

  deinit { munmap(words, bytes) }

  private static let stateBits: UInt16 = 0x1FF

  @inline(__always) private func word(_ page: Int) -> UInt16 {
    precondition(page >= 0 && page < count, "a page that the machine does not have")
    return words[page]
  }

  package subscript(state page: Int) -> PageState {
    @inline(__always) get {
      let code = word(page) & Self.stateBits
      guard code >= 4 else { return code == 0 ? .ordinary : code == 1 ? .registered : .lent }
      let region = RegionIndex(UInt8(truncatingIfNeeded: code >> 2 - 1))
      return switch code & 3 {
      case 0: .clean(region)
      case 1: .handedOut(region)
      case 2: .unscrubbed(region)
      default: .scrubbing(region)
      }
    }
    @inline(__always) set {
      let code: UInt16 =
        switch newValue {
        case .ordinary: 0
        case .registered: 1
        case .lent: 2
        case .clean(let region): UInt16(region.value) << 2 + 4
        case .handedOut(let region): UInt16(region.value) << 2 + 5
        case .unscrubbed(let region): UInt16(region.value) << 2 + 6
        case .scrubbing(let region): UInt16(region.value) << 2 + 7
        }
      words[page] = word(page) & ~Self.stateBits | code
    }
  }

  package subscript(coverage page: Int) -> Coverage {
    @inline(__always) get {
      let code = word(page) >> 9
      return code == 0 ? .open : code == 1 ? .closed : .region(RegionIndex(UInt8(truncatingIfNeeded: code - 2)))
    }
    @inline(__always) set {
      let code: UInt16 =
        switch newValue {
        case .open: 0
        case .closed: 1
        case .region(let region): UInt16(region.value) + 2
        }
      words[page] = word(page) & Self.stateBits | code << 9
    }
  }
}
