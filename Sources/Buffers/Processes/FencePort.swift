import CLinux
import Glibc
import Synchronization

/// Fences that another process signals. Each has an eventfd of its own, of which the other side gets a copy, and whoever runs `serve` passes
/// the signals on.
///
/// The other process can say that its work is over, and nothing else: not with what error, not for another fence. If it never does, the
/// fence ends as every other, by its deadline or with its producer.
///
/// Threads: any. Callbacks of the fences run on the thread that serves.
public final class FencePort: Sendable {
  private let poller: Int32
  private let waiting = Mutex<[Int32: Fence]>([:])

  /// - Throws: `.system` without a descriptor left.
  public init() throws(FenceMisuse) {
    poller = cofferdam_epoll_create()
    guard poller >= 0 else { throw .system(cofferdam_errno()) }
  }

  deinit {
    for file in waiting.withLock({ $0.keys.sorted() }) { close(file) }
    close(poller)
  }

  /// Makes the descriptor by which another process signals a fence (`ReceivedFence.signal`).
  /// - Returns: a descriptor to be sent. It stays the port's, which closes it once the fence is signalled, by whomever; the fence has to be
  ///   unsignalled until it is sent.
  /// - Throws: `.alreadySignalled`; `.system` without a descriptor left.
  public func open(_ fence: Fence) throws(FenceMisuse) -> Int32 {
    let file = cofferdam_eventfd()
    guard file >= 0 else { throw .system(cofferdam_errno()) }
    let error = waiting.withLock { waiting -> Int32 in
      guard cofferdam_epoll_set(poller, file, 1, 1, 0) == 0 else { return cofferdam_errno() }
      waiting[file] = fence
      return 0
    }
    guard error == 0 else {
      close(file)
      throw .system(error)
    }
    // The port may go before the fence does.
    if fence.addCallback({ [weak self] in self?.forget(file, fence: $0) }) != nil { return file }
    forget(file, fence: fence)
    throw .alreadySignalled
  }

  /// Signals the fences of which the other side has said so; waits at most so many milliseconds for the first, -1 for ever.
  /// - Returns: how many it signalled.
  @discardableResult public func serve(milliseconds: Int32) -> Int {
    var files = [Int32](repeating: -1, count: 64), what = files
    let count = cofferdam_epoll_wait(poller, &files, &what, milliseconds)
    guard count > 0 else { return 0 }
    var signalled = 0
    for file in files[..<Int(count)] {
      // The number may be another fence's by now: its own event decides.
      let fence = waiting.withLock { waiting in cofferdam_poll_in(file, 0) == 1 ? waiting[file] : nil }
      // The callback takes it out.
      if fence?.signal() == true { signalled += 1 }
    }
    return signalled
  }

  /// How many fences wait for the other side.
  public var waitingCount: Int { waiting.withLock { $0.count } }

  private func forget(_ file: Int32, fence: Fence) {
    waiting.withLock { waiting in
      guard waiting[file] === fence else { return }
      waiting[file] = nil
      _ = cofferdam_epoll_remove(poller, file)
      close(file)
    }
  }
}

/// A fence of another process, as a descriptor that came over a socket: one to wait for (`FenceDescriptor`), or one to signal (`FencePort`).
/// Owns the descriptor.
public struct ReceivedFence: ~Copyable, Sendable {
  public let file: Int32
  /// Takes over the descriptor.
  public init(_ file: Int32) { self.file = file }
  deinit { close(file) }

  /// Waits until it is signalled, at most so many milliseconds; -1 is for ever.
  /// - Returns: whether it is.
  public borrowing func wait(milliseconds: Int32) -> Bool { cofferdam_poll_in(file, milliseconds) == 1 }

  /// Says that the work is over.
  public borrowing func signal() { _ = cofferdam_eventfd_add(file) }
}
