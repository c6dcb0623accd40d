import CLinux
import Glibc

/// A fence of another process to wait for, as a descriptor that came over a socket (`FenceDescriptor`). Owns the descriptor.
public struct ReceivedFence: ~Copyable, Sendable {
  public let file: Int32
  /// Takes over the descriptor.
  public init(_ file: Int32) { self.file = file }
  deinit { close(file) }

  /// Waits until it is signalled, at most so many milliseconds; -1 is for ever. Who owes it is gone: that is a signal, too.
  /// - Returns: whether it is.
  public borrowing func wait(milliseconds: Int32) -> Bool {
    (milliseconds < 0 ? cofferdam_await_end(file) : cofferdam_poll_in(file, milliseconds)) == 1
  }
}

/// The other end of a `FencePort`, as a descriptor that came over a socket: by it a process says that its work is over. Owns the descriptor.
public struct ReceivedPort: ~Copyable, Sendable {
  public let file: Int32
  /// Takes over the descriptor.
  public init(_ file: Int32) { self.file = file }
  deinit { close(file) }

  /// Says that the oldest fences of the port are over.
  /// - Parameter count: how many.
  public borrowing func signal(_ count: UInt64 = 1) { _ = cofferdam_eventfd_add(file, count) }
}
