#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Zeroed anonymous memory by the page. Nothing is paid before it is touched, so an arena can be reserved for all the
/// states that there may ever be, and never has to move.
enum AddressSpace {
  static let page = 4096

  /// `bytes` rounded up to whole pages.
  static func pages(_ bytes: Int) -> Int { (bytes + page - 1) & ~(page - 1) }

  /// Nil if the kernel refuses.
  static func reserve(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), Int(bitPattern: base) != -1 else { return nil }
    // Nearly every look-up is in a page that no translation cache has; a refusal only makes it slower. What is touched is counted
    // by small pages and paid by large ones: each reservation may cost one of those more.
    if bytes >= largePage { madvise(base, bytes, MADV_HUGEPAGE) }
    return base
  }

  private static let largePage = 2 << 20

  static func release(_ base: UnsafeMutableRawPointer, _ bytes: Int) { munmap(base, bytes) }
}
