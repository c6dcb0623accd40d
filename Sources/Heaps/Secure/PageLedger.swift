import CLinux
import Restriction

/// What is recorded of each page of a machine and what is enforced for it.
///
/// Memory is alike for long stretches: a carve-out of terabytes is one fact until somebody has a piece of it. So a word stands for a page, for a
/// block of 512 pages or for a group of 512 blocks, like the leaves of a page table, and a page that has none is as its block says, and that
/// as its group. What is said of all of a block is one store, and what nobody told apart is asked once: time and memory are those of what
/// was told apart. The words lie in address space that costs memory only where it was written, and zeros say that all is the normal world's.
///
/// Bits 0 to 8 of a word are the state: 0, nothing but what is above; 1 to 3 without a region, then four for each. Bits 9 to 15 are the
/// coverage: open, closed, then one for each region. So there can be 64 regions.
package final class PageLedger {
  package static let mostRegions = 64

  package let count: Int
  private let pages: UnsafeMutablePointer<UInt16>
  /// Of blocks and groups; bit 16 says that something below has a word of its own.
  private let blocks: UnsafeMutablePointer<UInt32>
  private let groups: UnsafeMutablePointer<UInt32>
  private let bytes: Int

  private static let blockShift = 9, groupShift = 18
  package static let block = 1 << blockShift, group = 1 << groupShift
  private static let isDivided: UInt32 = 1 << 16

  /// - Throws: `.exhausted` where the host has no such address space.
  package init(pages count: Int) throws(HeapError) {
    let blockCount = (count + Self.block - 1) >> Self.blockShift, groupCount = (count + Self.group - 1) >> Self.groupShift
    let parts = [2 * count, 4 * blockCount, 4 * groupCount].map { ($0 + 4095) & ~4095 }
    bytes = max(4096, parts[0] + parts[1] + parts[2])
    guard let base = cofferdam_mmap(nil, bytes, COFFERDAM_PROT_READ_WRITE, COFFERDAM_MAP_RESERVATION, -1, 0) else {
      throw HeapError(.exhausted, "books of \(count) pages: the host has no \(bytes) bytes of addresses for them")
    }
    self.count = count
    pages = base.bindMemory(to: UInt16.self, capacity: count)
    blocks = (base + parts[0]).bindMemory(to: UInt32.self, capacity: blockCount)
    groups = (base + parts[0] + parts[1]).bindMemory(to: UInt32.self, capacity: groupCount)
  }

  deinit { munmap(pages, bytes) }

  private static let stateBits: UInt16 = 0x1FF

  @inline(__always) private func word(_ page: Int) -> UInt16 {
    precondition(page >= 0 && page < count, "a page that the machine does not have")
    let own = pages[page]
    return own != 0 ? own : inherited(page)
  }
  private func inherited(_ page: Int) -> UInt16 {
    let block = UInt16(truncatingIfNeeded: blocks[page >> Self.blockShift])
    return block != 0 ? block : UInt16(truncatingIfNeeded: groups[page >> Self.groupShift])
  }

  @inline(__always) private func set(_ page: Int, _ word: UInt16) {
    precondition(page >= 0 && page < count, "a page that the machine does not have")
    pages[page] = word
    if blocks[page >> Self.blockShift] & Self.isDivided == 0 { divide(page) }
  }
  private func divide(_ page: Int) {
    blocks[page >> Self.blockShift] |= Self.isDivided
    groups[page >> Self.groupShift] |= Self.isDivided
  }

  // MARK: One page

  package subscript(state page: Int) -> PageState {
    @inline(__always) get {
      let code = word(page) & Self.stateBits
      guard code >= 4 else { return code == 1 ? .registered : code == 2 ? .lent : .ordinary }
      let region = RegionIndex(UInt8(truncatingIfNeeded: code >> 2 - 1))
      return switch code & 3 {
      case 0: .clean(region)
      case 1: .handedOut(region)
      case 2: .unscrubbed(region)
      default: .scrubbing(region)
      }
    }
    @inline(__always) set { set(page, word(page) & ~Self.stateBits | Self.code(newValue)) }
  }

  package subscript(coverage page: Int) -> Coverage {
    @inline(__always) get {
      let code = word(page) >> 9
      return code == 0 ? .open : code == 1 ? .closed : .region(RegionIndex(UInt8(truncatingIfNeeded: code - 2)))
    }
    @inline(__always) set { set(page, Self.explicit(word(page) & Self.stateBits) | Self.code(newValue)) }
  }

  @inline(__always) private static func code(_ state: PageState) -> UInt16 {
    switch state {
    case .registered: 1
    case .lent: 2
    case .ordinary: 3
    case .clean(let region): UInt16(region.value) << 2 + 4
    case .handedOut(let region): UInt16(region.value) << 2 + 5
    case .unscrubbed(let region): UInt16(region.value) << 2 + 6
    case .scrubbing(let region): UInt16(region.value) << 2 + 7
    }
  }
  /// What was never recorded is ordinary, and says so from now on.
  @inline(__always) private static func explicit(_ state: UInt16) -> UInt16 { state == 0 ? 3 : state }

  @inline(__always) private static func code(_ coverage: Coverage) -> UInt16 {
    switch coverage {
    case .open: 0
    case .closed: 1 << 9
    case .region(let region): (UInt16(region.value) + 2) << 9
    }
  }

  // MARK: Many pages

  /// Where the pages end that are like this one, as far as that is known without looking at each of a block that says it for all.
  @inline(__always) package func endOfAlike(from page: Int, to limit: Int) -> Int {
    page + 1 >= limit ? limit : endOfMany(from: page, to: limit)
  }
  private func endOfMany(from page: Int, to limit: Int) -> Int {
    precondition(page >= 0 && limit <= count, "pages that the machine does not have")
    if groups[page >> Self.groupShift] & Self.isDivided == 0 { return min(limit, (page | (Self.group - 1)) + 1) }
    let end = min(limit, (page | (Self.block - 1)) + 1)
    if blocks[page >> Self.blockShift] & Self.isDivided == 0 { return end }
    var next = page + 1
    while next < end, pages[next] == pages[page] { next += 1 }
    return next
  }

  @inline(__always) package func record(_ range: Range<Int>, _ state: PageState) {
    let code = Self.code(state)
    if range.count < Self.block {
      for page in range { set(page, word(page) & ~Self.stateBits | code) }
    } else {
      change(range) { $0 & ~Self.stateBits | code }
    }
  }

  @inline(__always) package func enforce(_ range: Range<Int>, _ coverage: Coverage) {
    let code = Self.code(coverage)
    if range.count < Self.block {
      for page in range { set(page, Self.explicit(word(page) & Self.stateBits) | code) }
    } else {
      change(range) { Self.explicit($0 & Self.stateBits) | code }
    }
  }

  private func change(_ range: Range<Int>, _ changed: (UInt16) -> UInt16) {
    var page = range.lowerBound
    while page < range.upperBound {
      let end = endOfAlike(from: page, to: range.upperBound)
      assign(page..<end, changed(word(page)))
      page = end
    }
  }

  /// One word for pages that are alike: on the highest floor on which nobody else stands.
  private func assign(_ range: Range<Int>, _ word: UInt16) {
    var page = range.lowerBound
    while page < range.upperBound {
      let left = range.upperBound - page
      if page & (Self.group - 1) == 0, left >= Self.group {
        if groups[page >> Self.groupShift] & Self.isDivided != 0 {
          for block in page >> Self.blockShift..<(page + Self.group) >> Self.blockShift { forget(block) }
        }
        groups[page >> Self.groupShift] = UInt32(word)
        page += Self.group
      } else if page & (Self.block - 1) == 0, left >= Self.block {
        forget(page >> Self.blockShift)
        blocks[page >> Self.blockShift] = UInt32(word)
        groups[page >> Self.groupShift] |= Self.isDivided
        page += Self.block
      } else {
        set(page, word)
        page += 1
      }
    }
  }

  private func forget(_ block: Int) {
    if blocks[block] & Self.isDivided != 0 {
      pages.advanced(by: block << Self.blockShift).update(repeating: 0, count: min(Self.block, count - block << Self.blockShift))
    }
    blocks[block] = 0
  }
}
