/// A value for each of several threads. They share no line of a cache, where each would wait for the others' every write.
struct Apart<Element: ~Copyable>: ~Copyable {
  let count: Int
  private let base: UnsafeMutableRawPointer
  /// Two lines, as the next one is fetched with each.
  private static var alignment: Int { 128 }
  private static var stride: Int { (MemoryLayout<Element>.size + alignment - 1) / alignment * alignment }

  init(count: Int, _ make: (_ member: Int) -> Element) {
    self.count = count
    base = .allocate(byteCount: max(count, 1) * Self.stride, alignment: Self.alignment)
    for i in 0..<count { (base + i * Self.stride).bindMemory(to: Element.self, capacity: 1).initialize(to: make(i)) }
  }

  deinit {
    for i in 0..<count { self[i].deinitialize(count: 1) }
    base.deallocate()
  }

  @inline(__always) subscript(i: Int) -> UnsafeMutablePointer<Element> {
    precondition(i >= 0 && i < count, "nobody's")
    return (base + i * Self.stride).assumingMemoryBound(to: Element.self)
  }
}
