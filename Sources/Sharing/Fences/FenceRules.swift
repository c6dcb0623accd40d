import Primitives

/// A fence is signalled once, and what it says then it says for ever (dma-fence.c).
extension SharingLaw {
  @inlinable @inline(__always) public func refusalToSignal(isSignalled: Bool) -> SharingGuard? { refusal(.signalOnce, unless: !isSignalled) }

  @inlinable @inline(__always) public func refusalToSetError(isSignalled: Bool) -> SharingGuard? {
    refusal(.errorBeforeSignal, unless: !isSignalled)
  }

  /// What a fence says from its signal on: the error that was set before, else that of the signal.
  @inlinable @inline(__always) public func outcome<Failure>(set: Failure?, signalled: Failure?) -> Failure? { set ?? signalled }
}
