/// Where buffers come from. One thread at a time; heaps of a machine share its memory.
public protocol Heap: AnyObject {
  /// Under which it is found. It never changes.
  var name: String { get }
  var protection: Protection { get }

  /// A buffer of at least so many bytes, rounded up to pages, all of them zero.
  /// - Throws: `.badRequest` for no bytes at all, `.exhausted`, and what the back end says.
  func allocate(bytes: UInt64) throws(HeapError) -> HeapBuffer

  /// Another handle of a buffer.
  func addReference(_ slot: Int)
  /// A handle is gone. With the last one the memory goes back.
  func dropReference(_ slot: Int)
}

extension Heap {
  /// Whole pages, at least one and no more than a machine can have.
  func pages(for bytes: UInt64) throws(HeapError) -> UInt64 {
    guard bytes > 0, bytes <= 1 << 52 else { throw HeapError(.badRequest, "a buffer of \(bytes) bytes from \(name)") }
    return (bytes + 4095) >> pageShift
  }
}
