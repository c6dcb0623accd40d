import Synchronization

/// A ring of a device that does jobs one after the other, each when what it waits for is over (the GPU scheduler), and says what it does as
/// trace events.
///
/// Threads: any. A job's work runs on the thread that made it possible: the one that queued it, or that signalled what it waited for. It
/// takes no reservation.
public final class JobRing: Sendable {
  public typealias Work = @Sendable () throws -> Void
  public let name: String, device: String
  private let producer: FenceProducer

  private struct Entry {
    var fence: Fence
    var waitsFor: [Fence]
    var client: UInt64
    var work: Work
  }
  private struct State {
    var queue: [Entry] = []
    var isRunning = false
    var events: [JobEvent] = []
  }
  private let state = Mutex(State())
  private let clock: @Sendable () -> UInt64

  /// - `clock`: nanoseconds; the machine's own time if none is given.
  public init(_ name: String, device: String = "", clock: @escaping @Sendable () -> UInt64 = { MonotonicTime.now.nanoseconds }) {
    (self.name, self.device, self.clock) = (name, device, clock)
    producer = FenceProducer(driver: "drm_sched", timeline: name)
  }

  /// Queues a job. What it waits for is over before it begins, and so are the jobs before it.
  /// - Returns: its fence, signalled with an error if the work throws.
  @discardableResult public func submit(after fences: [Fence] = [], client: UInt64 = 0, _ work: @escaping Work) -> Fence {
    let fence = producer.emit()
    let parts = fences.flatMap(\.unwrapped)
    state.withLock { state in
      let point = JobEvent.Point(fence), now = clock()
      for part in parts { state.events.append(JobEvent(time: now, point, .dependency(JobEvent.Point(part)))) }
      state.events.append(JobEvent(time: now, point, .queue(ring(UInt32(state.queue.count), state.isRunning, client))))
      state.queue.append(Entry(fence: fence, waitsFor: parts, client: client, work: work))
    }
    advance()
    return fence
  }

  private func ring(_ waiting: UInt32, _ isRunning: Bool, _ client: UInt64) -> JobEvent.Ring {
    JobEvent.Ring(name, jobCount: waiting, hardwareJobCount: isRunning ? 1 : 0, device: device, client: client)
  }

  /// Runs what can run.
  private func advance() {
    while true {
      var next: Entry?
      var open: Fence?
      state.withLock { state in
        guard !state.isRunning, let first = state.queue.first else { return }
        open = first.waitsFor.first { !$0.isSignalled }
        let point = JobEvent.Point(first.fence)
        guard open == nil else {
          if let open { state.events.append(JobEvent(time: clock(), point, .unschedulable(JobEvent.Point(open)))) }
          return
        }
        next = state.queue.removeFirst()
        state.isRunning = true
        state.events.append(JobEvent(time: clock(), point, .run(ring(UInt32(state.queue.count), true, first.client))))
      }
      if let open {
        if open.addCallback({ _ in self.advance() }) != nil { return }
        continue
      }
      guard let entry = next else { return }
      var failure: FenceError?
      do { try entry.work() } catch { failure = error as? FenceError ?? .failed(5) }
      state.withLock { state in
        state.isRunning = false
        state.events.append(JobEvent(time: clock(), JobEvent.Point(entry.fence), .done))
      }
      if let failure { entry.fence.fail(with: failure) } else { entry.fence.signal() }
    }
  }

  /// What happened so far.
  public var trace: JobTrace { JobTrace(state.withLock { $0.events }) }
}
