import CLinux
import Glibc

/// One end of a socket between two processes. Messages keep their ends, carry descriptors, and a dead peer is seen.
///
/// Threads: any, one at a time for each direction.
public final class Channel: Sendable {
  /// Bytes of a message, and descriptors in one; `SCM_MAX_FD` is the kernel's.
  public static let longest = 32_768, mostDescriptors = Int(COFFERDAM_MAX_DESCRIPTORS)

  public let file: Int32
  /// Takes over a descriptor.
  public init(_ file: Int32) { self.file = file }

  /// Ends the conversation in both directions, though others may have the descriptor still; shutdown(2).
  public func hangUp() { _ = shutdown(file, Int32(SHUT_RDWR)) }
  deinit { close(file) }

  /// Two ends that are connected.
  /// - Throws: `.system`.
  public static func pair() throws(BufferError) -> (Channel, Channel) {
    var ends: [Int32] = [-1, -1]
    guard cofferdam_socketpair(&ends) == 0 else { throw BufferError(.system, "socketpair: error \(cofferdam_errno())") }
    return (Channel(ends[0]), Channel(ends[1]))
  }

  /// A message and copies of descriptors, which stay the caller's.
  /// - Throws: `.badRange` for too much of either; `.system` if the peer is gone.
  public func send(_ bytes: [UInt8], _ descriptors: [Int32] = []) throws(BufferError) {
    guard !bytes.isEmpty, bytes.count <= Self.longest, descriptors.count <= Self.mostDescriptors else {
      throw BufferError(.badRange, "\(bytes.count) bytes and \(descriptors.count) descriptors")
    }
    let sent = bytes.withUnsafeBytes { cofferdam_send(file, $0.baseAddress, $0.count, descriptors, Int32(descriptors.count)) }
    guard sent == bytes.count else { throw BufferError(.system, "send: error \(cofferdam_errno())") }
  }

  /// The next message; its descriptors are the caller's to close. Nil when the peer is gone. Sleeps.
  /// - Throws: `.system`; `.badRange` for a message that is too long, of which nothing is kept.
  public func receive() throws(BufferError) -> (bytes: [UInt8], descriptors: [Int32])? {
    var bytes = [UInt8](repeating: 0, count: Self.longest), files = [Int32](repeating: -1, count: Self.mostDescriptors)
    var count: Int32 = 0
    let got = bytes.withUnsafeMutableBytes { raw in
      files.withUnsafeMutableBufferPointer { cofferdam_receive(file, raw.baseAddress, raw.count, $0.baseAddress, &count) }
    }
    guard got >= 0 else {
      let error = cofferdam_errno()
      // A killed peer may have left a reset instead of an end.
      if error == ECONNRESET { return nil }
      throw error == EMSGSIZE ? BufferError(.badRange, "a message that is too long") : BufferError(.system, "receive: error \(error)")
    }
    return got == 0 ? nil : (Array(bytes[..<Int(got)]), Array(files[..<Int(count)]))
  }
}
