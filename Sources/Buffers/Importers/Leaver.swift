import Glibc
import Synchronization

/// Unmaps what an importer could not unmap when it was told to let go, because work of its own was not over. That ends in the callback of a
/// fence, where nobody takes a reservation, and so the unmapping is a thread's (a driver's work queue).
///
/// One after the other: a buffer whose reservation somebody has for long keeps those behind it waiting. The thread is there only while there is something to unmap. Threads: any, callbacks of fences included.
final class Leaver: Sendable {
  private struct State {
    var waiting: [AttachmentRecord] = []
    var hasThread = false
  }
  private let state = Mutex(State())

  /// Unmaps it soon; nothing happens to what was unmapped, or detached, in the meantime.
  func unmap(_ record: AttachmentRecord) {
    let needsThread = state.withLock { state in
      state.waiting.append(record)
      defer { state.hasThread = true }
      return !state.hasThread
    }
    guard needsThread else { return }
    let kept = Unmanaged.passRetained(self)
    var thread = pthread_t()
    let error = pthread_create(
      &thread, nil, { leaver in leaver.map { Unmanaged<Leaver>.fromOpaque($0).takeRetainedValue().run() } ?? nil }, kept.toOpaque())
    guard error != 0 else { return _ = pthread_detach(thread) }
    // Without a thread it stays mapped, and late, until its importer unmaps it or its attachment ends.
    kept.release()
    state.withLock { $0 = State() }
  }

  private func run() -> UnsafeMutableRawPointer? {
    while let record = next() {
      let held = record.buffer.reservation.lock()
      record.unmap(held)
      held.unlock()
    }
    return nil
  }

  private func next() -> AttachmentRecord? {
    state.withLock { state in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
      state.hasThread = false
      return nil
    }
  }
}
