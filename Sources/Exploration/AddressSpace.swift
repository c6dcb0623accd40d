#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Zeroed anonymous memory by the page. Nothing is paid before it is touched, so an arena can be reserved for all the
/// states that there may ever be, and never has to move.
enum AddressSpace {
  static let page = 4096
  private static let largePage = 2 << 20

  /// `bytes` rounded up to whole pages.
  static func pages(_ bytes: Int) -> Int { (bytes + page - 1) & ~(page - 1) }
  /// And to whole large ones.
  static func largePages(_ bytes: Int) -> Int { (bytes + largePage - 1) & ~(largePage - 1) }

  /// Nil if the kernel refuses.
  /// - Parameter large: by large pages: what is touched is counted by small ones and paid by those, so that it may cost one more.
  static func reserve(_ bytes: Int, large: Bool = true) -> UnsafeMutableRawPointer? {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), Int(bitPattern: base) != -1 else { return nil }
    if large { takeLargePages(base, bytes) }
    return base
  }

  /// From here on this memory comes by large pages: nearly every look-up is in a page that no translation cache has. A refusal only
  /// makes it slower.
  static func takeLargePages(_ base: UnsafeMutableRawPointer, _ bytes: Int) {
    if bytes >= largePage { madvise(base, bytes, MADV_HUGEPAGE) }
  }

  /// Has pages made all at once that are going to be written, rather than one after the other, and first as empty ones where they are looked
  /// at before. A refusal only makes it slower.
  static func populate(_ bytes: UnsafeMutableRawBufferPointer) {
    if let base = bytes.baseAddress, !bytes.isEmpty { madvise(base, bytes.count, populateWrite) }
  }
  /// MADV_POPULATE_WRITE (madvise(2)), of Linux since 5.14.
  private static let populateWrite: Int32 = 23

  static func release(_ base: UnsafeMutableRawPointer, _ bytes: Int) { munmap(base, bytes) }
}
