/// What happens to jobs on a device's rings, in the words of the GPU scheduler's trace events (linux.md section 5), and of fences.
public struct JobEvent: Hashable, Sendable {
  /// A point of a timeline, as traces name it.
  public struct Point: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var context: UInt64, sequence: UInt64
    public init(context: UInt64, sequence: UInt64) { (self.context, self.sequence) = (context, sequence) }
    public init(_ fence: Fence) { self.init(context: fence.context.value, sequence: fence.sequence) }
    public var description: String { "\(context):\(sequence)" }
    public static func < (a: Self, b: Self) -> Bool { (a.context, a.sequence) < (b.context, b.sequence) }
  }

  /// What a ring says of itself with a job.
  public struct Ring: Hashable, Sendable {
    public var name: String
    /// Jobs that wait, and jobs on the hardware.
    public var jobCount: UInt32, hardwareJobCount: Int32
    /// Empty and 0 in the layout before 6.17.
    public var device: String, client: UInt64

    public init(_ name: String, jobCount: UInt32 = 0, hardwareJobCount: Int32 = 0, device: String = "", client: UInt64 = 0) {
      (self.name, self.jobCount, self.hardwareJobCount) = (name, jobCount, hardwareJobCount)
      (self.device, self.client) = (device, client)
    }
  }

  public enum Kind: Hashable, Sendable {
    case queue(Ring)
    case run(Ring)
    case done
    /// The job waits for another point, and did when it was queued.
    case dependency(Point)
    /// It could run but for that point.
    case unschedulable(Point)
    /// A thread waits for a fence (`dma_fence_wait_start`, `dma_fence_wait_end`).
    case waitStart, waitEnd
    case signalled
  }

  /// Nanoseconds of whatever clock the trace has.
  public var time: UInt64
  public var thread: Int32, cpu: UInt32
  /// The job's own fence.
  public var job: Point
  public var kind: Kind

  public init(time: UInt64, thread: Int32 = 0, cpu: UInt32 = 0, _ job: Point, _ kind: Kind) {
    (self.time, self.thread, self.cpu, self.job, self.kind) = (time, thread, cpu, job, kind)
  }

  /// The event's name, as ftrace has it.
  public var name: String {
    switch kind {
    case .queue: "drm_sched_job_queue"
    case .run: "drm_sched_job_run"
    case .done: "drm_sched_job_done"
    case .dependency: "drm_sched_job_add_dep"
    case .unschedulable: "drm_sched_job_unschedulable"
    case .waitStart: "dma_fence_wait_start"
    case .waitEnd: "dma_fence_wait_end"
    case .signalled: "dma_fence_signaled"
    }
  }
}
