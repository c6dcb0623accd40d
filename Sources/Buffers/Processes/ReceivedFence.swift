import CLinux
import Glibc

/// A fence of another process to wait for, as a descriptor that came over a socket (`FenceDescriptor`). Owns the descriptor.
public struct ReceivedFence: ~Copyable, Sendable {
  public let file: Int32
  /// Takes over the descriptor.
  public init(_ file: Int32) { self.file = file }
  deinit { close(file) }

  /// Waits until it is signalled, at most so many milliseconds; -1 is for ever. Who owes it is gone: that is a signal, too.
  /// - Returns: whether it is; false at once for what is no descriptor.
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

  /// Says that the oldest fences of the port are over, for which it was not said yet.
  ///
  /// There is a word for each, in the order in which the work was asked for: also for work that failed or was dropped, and for fences that ended
  /// at the owner without it, as by their deadline, of which this process is told nothing. Who leaves one out is one behind from then on.
  /// - Parameter count: how many.
  /// - Returns: false if nothing was said, because there is no room until the owner serves: for 4096 words there is, and mostly for 65,536. It
  ///   does not sleep, unless somebody who shares the descriptor took `O_NONBLOCK` off; and that the owner is gone is not seen here.
  @discardableResult public borrowing func signal(_ count: UInt8 = 1) -> Bool { cofferdam_say(file, count) == 0 }
}
