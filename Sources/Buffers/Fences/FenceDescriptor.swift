import CLinux
import Glibc
import Sharing
import Synchronization

/// A fence as a descriptor that poll(2) finds readable or hung up once it is signalled: a snapshot, as exporting a sync_file is.
///
/// Owns its descriptor, the reading end of a pipe to which nothing is ever written: the signal closes the writing end, which nobody else has.
/// Another process may be given it. It learns that the work is over, and can neither say so itself nor keep others from learning it: the pipe
/// has no permissions (mode 0), so that nobody makes himself a writing end by the descriptor's name in /proc. Who looks past permissions can
/// (`CAP_DAC_OVERRIDE`, as root has), and so can who runs as the owner's user and gives it some first.
public struct FenceDescriptor: ~Copyable, Sendable {
  /// Both ends, open until the last of descriptor and callback is gone; the writing one until the signal.
  private final class Pipe: Sendable {
    let reading: Int32
    private let writing: Int32
    private let isSignalled = Atomic(false)
    init(_ reading: Int32, _ writing: Int32) { (self.reading, self.writing) = (reading, writing) }
    func signal() { if !isSignalled.exchange(true, ordering: .acquiringAndReleasing) { cofferdam_close(writing) } }
    deinit {
      signal()
      close(reading)
    }
  }
  private let pipe: Pipe

  /// - Throws: `.system` without a descriptor left.
  public init(_ fence: Fence) throws(FenceMisuse) {
    var ends: [Int32] = [-1, -1]
    guard cofferdam_pipe(&ends) == 0 else { throw .system(cofferdam_errno()) }
    let pipe = Pipe(ends[0], ends[1])
    self.pipe = pipe
    if fence.addCallback({ _ in pipe.signal() }) == nil { pipe.signal() }
  }

  /// The descriptor, for poll(2), and to be sent; it stays ours.
  public var file: Int32 { pipe.reading }

  /// Waits until it is signalled, at most so many milliseconds; -1 is for ever.
  public borrowing func poll(milliseconds: Int32) -> Bool { cofferdam_poll_in(pipe.reading, milliseconds) == 1 }
}

extension Buffer {
  /// What poll(2) on a buffer's descriptor waits for: IN for who writes, OUT for everybody (`dma_buf_poll`); as a snapshot of this moment
  /// (`DMA_BUF_IOCTL_EXPORT_SYNC_FILE`).
  public func fenceDescriptor(writing: Bool) throws(FenceMisuse) -> FenceDescriptor {
    try FenceDescriptor(reservation.snapshot(.before(writing: writing)))
  }

  /// Adds a fence that came from elsewhere (`DMA_BUF_IOCTL_IMPORT_SYNC_FILE`). Takes the reservation.
  public func add(_ fence: Fence, writing: Bool) throws(ReservationError) {
    try reservation.withLock { (held) throws(ReservationError) in
      held.reserve()
      try held.add(fence, writing ? .write : .read)
    }
  }
}
