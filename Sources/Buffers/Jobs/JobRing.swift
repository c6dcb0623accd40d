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
    var dropped: (@Sendable () -> Void)?
  }
  private struct State {
    var queue: [Entry] = []
    var isRunning = false
    /// What the first of the queue waits for, and was said to wait for.
    var waitsOn: Fence?
    var events: [JobEvent] = []

    /// The older half goes where there is no room.
    mutating func note(_ time: UInt64, _ point: JobEvent.Point, _ kind: JobEvent.Kind) {
      if events.count == JobRing.mostEvents { events.removeFirst(JobRing.mostEvents / 2) }
      events.append(JobEvent(time: time, point, kind))
    }
  }
  /// How many events it remembers.
  public static let mostEvents = 65_536
  private let state = Mutex(State())
  private let clock: @Sendable () -> UInt64

  /// - `clock`: nanoseconds; the machine's own time if none is given.
  public init(_ name: String, device: String = "", clock: @escaping @Sendable () -> UInt64 = { MonotonicTime.now.nanoseconds }) {
    (self.name, self.device, self.clock) = (name, device, clock)
    producer = FenceProducer(driver: "drm_sched", timeline: name)
  }

  /// Queues a job. What it waits for is over before it begins, and so are the jobs before it.
  ///
  /// Its fence's time begins when what it waits for and the job before it have to be over, and does not run while the work does. A job whose
  /// time is over before its turn comes is not run any more.
  /// - Parameters:
  ///   - fences: what it waits for.
  ///   - client: who asked for it, for the trace.
  ///   - dropped: called instead of the work, where that is not run.
  ///   - work: on the thread that made it possible.
  /// - Returns: its fence, signalled with an error if the work throws.
  @discardableResult public func submit(
    after fences: [Fence] = [], client: UInt64 = 0, dropped: (@Sendable () -> Void)? = nil, _ work: @escaping Work
  ) -> Fence {
    let parts = fences.flatMap(\.unwrapped)
    let fence = state.withLock { state in
      let before = (parts + [state.queue.last?.fence].compactMap { $0 }).map(\.deadline).max() ?? .now
      let fence = producer.context.emit(deadline: max(before, .now).advanced(by: producer.timeout))
      let point = JobEvent.Point(fence), now = clock()
      for part in parts { state.note(now, point, .dependency(JobEvent.Point(part))) }
      state.note(now, point, .queue(ring(UInt32(state.queue.count), state.isRunning, client)))
      state.queue.append(Entry(fence: fence, waitsFor: parts, client: client, work: work, dropped: dropped))
      return fence
    }
    advance()
    return fence
  }

  private func ring(_ waiting: UInt32, _ isRunning: Bool, _ client: UInt64) -> JobEvent.Ring {
    JobEvent.Ring(name, jobCount: waiting, hardwareJobCount: isRunning ? 1 : 0, device: device, client: client)
  }

  private enum Next {
    case nothing
    case wait(Fence)
    case run(Entry)
    /// Its time was over before its turn came: nobody waits for it, and what it was to work on may be another's.
    case drop(Entry)
  }

  /// What is to be done about the first of the queue.
  private func next(_ state: inout State) -> Next {
    guard !state.isRunning, let first = state.queue.first else { return .nothing }
    let point = JobEvent.Point(first.fence)
    if let open = first.waitsFor.first(where: { !$0.isSignalled }) {
      // Somebody waits for it already.
      if state.waitsOn === open { return .nothing }
      state.waitsOn = open
      state.note(clock(), point, .unschedulable(JobEvent.Point(open)))
      return .wait(open)
    }
    state.waitsOn = nil
    state.queue.removeFirst()
    guard first.fence.beginWork() else { return .drop(first) }
    state.isRunning = true
    state.note(clock(), point, .run(ring(UInt32(state.queue.count), true, first.client)))
    return .run(first)
  }

  /// Runs what can run.
  private func advance() {
    while true {
      switch state.withLock({ next(&$0) }) {
      case .nothing: return
      case .drop(let entry): entry.dropped?()
      case .wait(let open):
        let waits = open.addCallback { over in
          self.state.withLock { state in if state.waitsOn === over { state.waitsOn = nil } }
          self.advance()
        }
        if waits != nil { return }
        state.withLock { state in if state.waitsOn === open { state.waitsOn = nil } }
      case .run(let entry):
        var failure: FenceError?
        do { try entry.work() } catch { failure = error as? FenceError ?? .failed(5) }
        state.withLock { state in
          state.isRunning = false
          state.note(clock(), JobEvent.Point(entry.fence), .done)
        }
        if let failure { entry.fence.fail(with: failure) } else { entry.fence.signal() }
      }
    }
  }

  /// What happened so far, as far as it is remembered.
  public var trace: JobTrace { JobTrace(state.withLock { $0.events }) }
}
