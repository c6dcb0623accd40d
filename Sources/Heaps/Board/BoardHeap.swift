/// A heap that user space finds under a name, `/dev/dma_heap/NAME`.
public struct BoardHeap: Hashable, Sendable {
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    /// All memory that nobody reserved, page by page.
    case system
    /// Physically contiguous.
    case contiguous
    /// The CPU may not touch it.
    case restricted
  }

  public let name: String
  public let kind: Kind
  /// Position in the board's regions; nil for `system`.
  public let region: Int?
}

/// What a heap is called.
///
/// A name stays the same from boot to boot and tells regions apart, so it comes from the node, whose unit address is the region's. It
/// says what the buffers are like where the node does not, and names no allocator: a heap on `memory@42000000` is
/// `memory@42000000-contiguous`, one on `video@42000000` is just that, and `cma-video` becomes `video@...`.
///
/// Source: the kernel's Documentation/userspace-api/dma-buf-heaps.rst, "Naming Convention".
public enum HeapName {
  public static let system = "system"
  /// Of the region with `linux,cma-default`, whatever its node is called.
  public static let defaultContiguous = "default_cma_region"

  static func contiguous(_ region: ReservedRegion) -> String {
    if region.isDefault { return defaultContiguous }
    let base = region.name.prefix { $0 != "@" }
    let words = base.split { "-,_.".contains($0) }
    let telling = words.filter { $0 != "cma" && $0 != "linux" }
    if telling.count == words.count, base != "memory" { return region.name }
    let place = region.range.map { "@" + String($0.start.rawValue, radix: 16) } ?? ""
    return telling.isEmpty || base == "memory" ? "memory\(place)-contiguous" : telling.joined(separator: "-") + place
  }

  /// The rules of the secure heap of 2022: what stands before the `@`, 31 characters at most.
  static let longestSecure = 31
  static func secure(_ region: ReservedRegion) -> String { String(region.name.prefix { $0 != "@" }.prefix(longestSecure)) }
}
