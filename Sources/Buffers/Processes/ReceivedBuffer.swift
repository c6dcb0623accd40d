import CLinux
import Glibc

/// A buffer of another process, mapped here: the client library's side. Its owner can take it back at any time; what is read after that is an
/// error with the buffer's name, never a byte.
public final class ReceivedBuffer: Sendable {
  public let name: String
  public let size: UInt64
  public let isWritable: Bool
  public let file: Int32
  private let window: CPUWindow

  /// Takes over the descriptor.
  init(_ item: Parcel.Item, _ file: Int32) throws(BufferError) {
    let flags = item.isWritable ? COFFERDAM_PROT_READ_WRITE : COFFERDAM_PROT_READ
    guard let length = Int(exactly: item.size), length > 0,
      let window = CPUWindow(length: length, writable: item.isWritable, name: item.name),
      cofferdam_mmap(window.start, length, flags, COFFERDAM_MAP_SHARED_FIXED, file, 0) != nil
    else {
      close(file)
      throw BufferError(.system, "cannot map \(item.size) bytes", buffer: item.name)
    }
    (name, size, isWritable, self.file, self.window) = (item.name, item.size, item.isWritable, file, window)
  }

  deinit { close(file) }

  /// Where it is mapped. A load from there after it was taken back is SIGBUS.
  public var start: UnsafeMutableRawPointer { window.start }

  /// The buffers of the next message.
  /// - Returns: nil when the owner is gone.
  /// - Throws: `.badRange` for a message that is no parcel; all its descriptors are closed.
  public static func receive(from channel: Channel) throws(BufferError) -> [ReceivedBuffer]? {
    guard let message = try channel.receive(descriptors: Channel.mostDescriptors) else { return nil }
    guard let items = Parcel.decode(message.bytes, descriptors: message.descriptors.count) else {
      for file in message.descriptors { close(file) }
      throw BufferError(.badRange, "no buffers in a message of \(message.bytes.count) bytes")
    }
    var received: [ReceivedBuffer] = []
    for (i, (item, file)) in zip(items, message.descriptors).enumerated() {
      do throws(BufferError) {
        received.append(try ReceivedBuffer(item, file))
      } catch {
        for left in message.descriptors[(i + 1)...] { close(left) }
        throw error
      }
    }
    return received
  }

  /// - Throws: `.badRange`; `.revoked` with the buffer's name when it was taken back.
  public func read(at offset: Int, count: Int) throws(BufferError) -> [UInt8] {
    try check(offset, count)
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.lendMutableBytes { (raw) throws(BufferError) in
      guard let target = raw.baseAddress else { return }
      guard cofferdam_guarded_copy(target, window.start + offset, count) == 0 else { throw takenBack }
    }
    return bytes
  }

  /// - Throws: `.badRange`; `.unsupported` if it was given for reading; `.revoked`.
  public func write(_ bytes: [UInt8], at offset: Int) throws(BufferError) {
    try check(offset, bytes.count)
    guard isWritable else { throw BufferError(.unsupported, "given for reading", buffer: name) }
    try bytes.lendBytes { (raw) throws(BufferError) in
      guard let source = raw.baseAddress else { return }
      guard cofferdam_guarded_copy(window.start + offset, source, raw.count) == 0 else { throw takenBack }
    }
  }

  private var takenBack: BufferError { BufferError(.revoked, "its owner took it back", buffer: name) }

  private func check(_ offset: Int, _ count: Int) throws(BufferError) {
    guard offset >= 0, count >= 0, offset <= size, UInt64(count) <= size - UInt64(offset) else {
      throw BufferError(.badRange, "\(count) bytes at \(offset) of \(size)", buffer: name)
    }
  }
}
