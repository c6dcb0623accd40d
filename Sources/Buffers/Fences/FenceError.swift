/// Why a fence's work did not succeed. It is set before the fence is signalled, and never changes after (dma-fence.h,
/// `dma_fence_set_error`).
public enum FenceError: Error, Hashable, Sendable {
  /// The work was taken back before it began: `ECANCELED`.
  case cancelled
  /// The deadline passed: `ETIMEDOUT`.
  case timedOut
  /// Whoever would have signalled is gone: `EOWNERDEAD`.
  case producerDied
  /// The device was reset or removed while it worked: `ENODEV`.
  case deviceLost
  /// Any other, by its number in errno.h.
  case failed(Int32)

  /// The positive error number; a kernel would keep its negative.
  public var number: Int32 {
    switch self {
    case .cancelled: 125
    case .timedOut: 110
    case .producerDied: 130
    case .deviceLost: 19
    case .failed(let number): number
    }
  }
}

/// A call that a fence does not accept. Nothing has changed then.
public enum FenceMisuse: Error, Hashable, Sendable {
  /// An error is set before the signal, or not at all.
  case alreadySignalled
  /// A wait of less than no time: `EINVAL`.
  case negativeTimeout
  /// The timeline has no such point: `EINVAL`.
  case noSuchPoint
  /// A port has the fences of one timeline, in their order.
  case outOfOrder
  /// No more descriptors, by the error number of pipe2(2).
  case system(Int32)
}
