import Synchronization

/// Several fences as one, signalled when all of them are, or the first (dma-fence-array.c).
public final class FenceArray: Sendable {
  public enum Mode: Hashable, Sendable { case all, any }
  public let fences: [Fence]
  public let mode: Mode
  private let missing: Atomic<Int>

  init(_ fences: [Fence], _ mode: Mode) {
    (self.fences, self.mode) = (fences, mode)
    missing = Atomic(mode == .all ? fences.count : min(fences.count, 1))
  }

  var isDone: Bool {
    if fences.isEmpty { return true }
    return switch mode {
    case .all: fences.allSatisfy(\.isSignalled)
    case .any: fences.contains(where: \.isSignalled)
    }
  }

  /// The first error of a part that is over.
  var error: FenceError? {
    for fence in fences { if case .failed(let error, _) = fence.status { return error } }
    return nil
  }

  /// Signals `whole` when enough parts are. A part's callback keeps the whole alive, until the part is signalled, which it will be.
  func watch(for whole: Fence) {
    for fence in fences {
      let id = fence.addCallback { _ in self.oneIsDone(of: whole) }
      if id == nil { oneIsDone(of: whole) }
    }
    if fences.isEmpty { whole.signal() }
  }

  private func oneIsDone(of whole: Fence) {
    if missing.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { whole.signal() }
  }
}

extension Fence {
  /// A fence over several others, with a timeline of its own. Without any it is signalled.
  public convenience init(_ mode: FenceArray.Mode, of fences: [Fence]) {
    self.init(context: .allocate(), sequence: 1, origin: nil, deadline: .never, parts: .array(FenceArray(fences, mode)))
  }
}
