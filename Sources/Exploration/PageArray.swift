/// So many elements in reserved address space, all bits zero. Only pages that are written cost memory.
struct PageArray<Element: BitwiseCopyable>: ~Copyable {
  let base: UnsafeMutablePointer<Element>
  let count: Int
  private let bytes: Int

  /// Nil if the kernel refuses.
  init?(count: Int) {
    bytes = AddressSpace.pages(max(count, 1) * MemoryLayout<Element>.stride)
    guard let raw = AddressSpace.reserve(bytes) else { return nil }
    base = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  deinit { AddressSpace.release(base, bytes) }

  /// Bytes that the first `count` elements touch.
  static func touched(_ count: Int) -> Int { AddressSpace.pages(count * MemoryLayout<Element>.stride) }
}
