import Primitives

/// A line of memory, the unit of ownership: 64 bytes.
public enum MemoryLine {
  public static let bytes: UInt64 = 64
}

/// What the memory controller remembers of one line.
public struct LineState: Hashable, Sendable {
  /// The key that wrote it last as private memory. `.shared` where the TD-owner bit is clear.
  public var owner: KeyID = .shared
  /// Half of the counter block; 0 without an owner. Every private write has a number of its own, so no counter block
  /// occurs twice.
  public var version: UInt64 = 0
  /// Set by an access under the wrong key; stays until the whole line is written.
  public var isPoisoned = false
  public init() {}
}

/// The states of the 64 lines of one page.
final class PageMetadata {
  private var lines: InlineArray<64, LineState> = InlineArray(repeating: LineState())
  /// Lines that differ from untouched memory in owner or poison. A page without any can be forgotten.
  private(set) var marked = 0

  subscript(line: Int) -> LineState {
    get { lines[line] }
    set {
      marked += (Self.isMarked(newValue) ? 1 : 0) - (Self.isMarked(lines[line]) ? 1 : 0)
      lines[line] = newValue
    }
  }

  private static func isMarked(_ state: LineState) -> Bool { state.owner != .shared || state.isPoisoned }
}

/// The metadata of all memory, sparse in two steps, so that "is anything here private?" is one look-up for 2 MiB.
///
/// Forgetting a line's version is harmless: versions come from one counter and are never given out again.
package struct MetadataStore {
  private final class Region {
    var pages: [PageMetadata?] = Array(repeating: nil, count: 512)
    var used = 0
  }
  private var regions: [UInt64: Region] = [:]

  package init() {}

  /// Whether some page of the 2 MiB region that holds this address has metadata.
  package func hasRegion(of address: UInt64) -> Bool { regions[address >> 21] != nil }

  func page(of address: UInt64) -> PageMetadata? { regions[address >> 21]?.pages[Self.slot(address)] }

  package func state(ofLineAt address: UInt64) -> LineState { page(of: address)?[Self.line(address)] ?? LineState() }

  package mutating func set(_ state: LineState, ofLineAt address: UInt64) {
    let region = regions[address >> 21] ?? Region()
    let slot = Self.slot(address)
    let page: PageMetadata
    if let known = region.pages[slot] {
      page = known
    } else {
      guard state.owner != .shared || state.isPoisoned else { return }
      page = PageMetadata()
      region.pages[slot] = page
      region.used += 1
      regions[address >> 21] = region
    }
    page[Self.line(address)] = state
    if page.marked == 0 { forgetPage(of: address) }
  }

  mutating func forgetPage(of address: UInt64) {
    guard let region = regions[address >> 21], region.pages[Self.slot(address)] != nil else { return }
    region.pages[Self.slot(address)] = nil
    region.used -= 1
    if region.used == 0 { regions[address >> 21] = nil }
  }

  static func slot(_ address: UInt64) -> Int { Int(address >> 12 & 511) }
  static func line(_ address: UInt64) -> Int { Int(address >> 6 & 63) }
}
