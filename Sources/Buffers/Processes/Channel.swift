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

  /// A message and copies of descriptors, which stay the caller's. Sleeps where the peer has not read what went before.
  /// - Parameters:
  ///   - bytes: at least one.
  ///   - descriptors: of which the peer gets copies.
  ///   - deadline: until when the peer may take to make room.
  /// - Throws: `.badRange` for too much of either; `.late` if there was no room in time; `.system` if the peer is gone.
  public func send(_ bytes: [UInt8], _ descriptors: [Int32] = [], until deadline: MonotonicTime = .never) throws(BufferError) {
    guard !bytes.isEmpty, bytes.count <= Self.longest, descriptors.count <= Self.mostDescriptors else {
      throw BufferError(.badRange, "\(bytes.count) bytes and \(descriptors.count) descriptors")
    }
    while true {
      let sent = bytes.withUnsafeBytes { cofferdam_send(file, $0.baseAddress, $0.count, descriptors, Int32(descriptors.count)) }
      if sent == bytes.count { return }
      let error = cofferdam_errno()
      guard sent < 0, error == EAGAIN else { throw BufferError(.system, "send: error \(error)") }
      let left = deadline.since(.now)
      guard left > 0 else { throw BufferError(.late, "the other process does not read") }
      _ = cofferdam_poll_out(file, deadline == .never ? -1 : Int32(clamping: left / 1_000_000 + 1))
    }
  }

  /// The next message; its descriptors are the caller's to close. Nil when the peer is gone. Sleeps.
  /// - Parameter most: descriptors that it may have.
  /// - Throws: `.system`; `.badRange` for a message that is empty, is too long or has too many descriptors: nothing of it is kept.
  public func receive(descriptors most: Int = 0) throws(BufferError) -> (bytes: [UInt8], descriptors: [Int32])? {
    var bytes = [UInt8](repeating: 0, count: Self.longest), files = [Int32](repeating: -1, count: Self.mostDescriptors)
    var count: Int32 = 0
    let got = bytes.withUnsafeMutableBytes { raw in
      files.withUnsafeMutableBufferPointer { cofferdam_receive(file, raw.baseAddress, raw.count, $0.baseAddress, &count) }
    }
    guard got >= 0 else {
      let error = cofferdam_errno()
      // A killed peer may have left a reset instead of an end.
      if error == ECONNRESET { return nil }
      throw error == EMSGSIZE
        ? BufferError(.badRange, "a message that is too long, or descriptors for which there is no room")
        : BufferError(.system, "receive: error \(error)")
    }
    if got == 0, count == 0, cofferdam_has_ended(file) == 1 { return nil }
    guard got > 0, count <= most else {
      for file in files[..<Int(count)] { close(file) }
      throw BufferError(.badRange, "\(got) bytes and \(count) descriptors, of at most \(most)")
    }
    return (Array(bytes[..<Int(got)]), Array(files[..<Int(count)]))
  }
}
