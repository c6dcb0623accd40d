import CLinux
import Glibc
import Sharing

/// A fence as a descriptor that poll(2) finds readable once it is signalled: a snapshot, as exporting a sync_file is.
///
/// Owns its descriptor, an eventfd. Another process may be given it; it learns that the work is over, and nothing else.
public struct FenceDescriptor: ~Copyable, Sendable {
  private let event: Event

  /// Open until the last of descriptor and callback is gone.
  private final class Event: Sendable {
    let file: Int32
    init(_ file: Int32) { self.file = file }
    deinit { close(file) }
  }

  /// - Throws: `.system` without a descriptor left.
  public init(_ fence: Fence) throws(FenceMisuse) {
    let file = cofferdam_eventfd()
    guard file >= 0 else { throw .system(cofferdam_errno()) }
    let event = Event(file)
    self.event = event
    // A full counter would be readable as well.
    if fence.addCallback({ _ in _ = cofferdam_eventfd_add(event.file) }) == nil { _ = cofferdam_eventfd_add(event.file) }
  }

  /// The descriptor, for poll(2), and to be sent; it stays ours.
  public var file: Int32 { event.file }

  /// Waits until it is readable, at most so many milliseconds; -1 is for ever.
  public func poll(milliseconds: Int32) -> Bool { cofferdam_poll_in(event.file, milliseconds) == 1 }
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
