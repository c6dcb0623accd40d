import Synchronization

/// All buffers of the process that are not released, for reports (Linux: `dmabuf_list`).
final class BufferRegistry: Sendable {
  static let shared = BufferRegistry()
  private struct Entry: Sendable { let buffer: Buffer }
  private let buffers = Mutex<[UInt64: Entry]>([:])

  func add(_ buffer: Buffer) { buffers.withLock { $0[buffer.number] = Entry(buffer: buffer) } }
  func remove(_ buffer: Buffer) { buffers.withLock { _ = $0.removeValue(forKey: buffer.number) } }

  /// In the order in which they were made. What is listed is not released: `remove` comes first, under the same lock.
  var all: [Buffer] { buffers.withLock { buffers in buffers.values.map(\.buffer) }.sorted { $0.number < $1.number } }
}
