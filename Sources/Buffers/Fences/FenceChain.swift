import Synchronization

/// A point of a timeline whose fences come from anywhere: it is over when its fence is and every point before it (dma-fence-chain.c).
public final class FenceLink: Sendable {
  /// What this point itself waits for.
  public let fence: Fence
  /// The number before this one on the timeline.
  public let previousSequence: UInt64
  private let link: Mutex<Fence?>

  init(_ fence: Fence, after previous: Fence?, previousSequence: UInt64) {
    (self.fence, self.previousSequence) = (fence, previousSequence)
    link = Mutex(previous)
  }

  /// A chain may be longer than a stack is deep: links that only this one knows are let go one after the other.
  deinit {
    var next = link.withLock { $0.take() }
    while isKnownUniquelyReferenced(&next) {
      guard case .chain(let link)? = next?.parts else { break }
      next = link.link.withLock { $0.take() }
    }
  }

  /// The point before, or the first fence. What is signalled behind it is forgotten on the way, so that a timeline does not grow for ever.
  var previous: Fence? {
    while true {
      guard let previous = link.withLock({ $0 }) else { return nil }
      let replacement: Fence?
      if case .chain(let before) = previous.parts {
        guard before.fence.isSignalled else { return previous }
        replacement = before.link.withLock { $0 }
      } else {
        guard previous.isSignalled else { return previous }
        replacement = nil
      }
      link.withLock { current in if current === previous { current = replacement } }
    }
  }

  var isDone: Bool {
    if !fence.isSignalled { return false }
    var next = previous
    while let point = next {
      guard case .chain(let link) = point.parts else { return point.isSignalled }
      if !link.fence.isSignalled { return false }
      next = link.previous
    }
    return true
  }

  /// Signals the point when the last thing before it is over: one open fence at a time is watched.
  func watch(for point: Fence) {
    while true {
      guard let open = firstOpen else {
        point.signal()
        return
      }
      if open.addCallback({ _ in self.watch(for: point) }) != nil { return }
    }
  }

  private var firstOpen: Fence? {
    if !fence.isSignalled { return fence }
    var next = previous
    while let point = next {
      guard case .chain(let link) = point.parts else { return point.isSignalled ? nil : point }
      if !link.fence.isSignalled { return link.fence }
      next = link.previous
    }
    return nil
  }
}

extension Fence {
  /// The next point of a timeline. A number that is not above the last one starts a timeline of its own, which still waits for the last.
  public convenience init(chaining fence: Fence, after previous: Fence?, sequence: UInt64) {
    guard let previous, case .chain = previous.parts else {
      self.init(
        context: .allocate(), sequence: sequence, origin: nil, deadline: .never,
        parts: .chain(FenceLink(fence, after: previous, previousSequence: 0)))
      return
    }
    let continues = Int64(bitPattern: sequence &- previous.sequence) > 0
    self.init(
      context: continues ? previous.context : .allocate(), sequence: continues ? sequence : max(previous.sequence, sequence), origin: nil,
      deadline: .never, parts: .chain(FenceLink(fence, after: previous, previousSequence: continues ? previous.sequence : 0)))
  }

  /// The point of this timeline that has to be over for a number to be reached: `dma_fence_chain_find_seqno`.
  /// - Returns: nil where it was reached already: what is before it is signalled, and forgotten.
  /// - Throws: `.noSuchPoint` for a number that the timeline does not have yet, or a fence that is no chain.
  public func point(_ number: UInt64) throws(FenceMisuse) -> Fence? {
    if number == 0 { return self }
    guard case .chain = parts, sequence >= number else { throw .noSuchPoint }
    var next: Fence? = self
    while let point = next {
      guard point.context == context, case .chain(let link) = point.parts else { return point }
      if link.previousSequence < number { return point }
      next = link.previous
    }
    return nil
  }
}
