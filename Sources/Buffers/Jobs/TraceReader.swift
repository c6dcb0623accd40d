/// Reads traces in Perfetto's text form (`textproto`), in both layouts of the scheduler's events: before Linux 6.17 jobs are known by the
/// address of their fence, since then by context and number.
public struct TraceReader {
  public struct Failure: Error, Hashable, Sendable {
    public let line: Int
    public let reason: String
  }

  /// - Throws: a line that is no text of this form. Events that are not about jobs or fences are passed over.
  public static func read(_ text: String) throws(Failure) -> JobTrace {
    var reader = TraceReader()
    for (i, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() { try reader.take(line, i + 1) }
    guard reader.path.isEmpty else { throw Failure(line: 0, reason: "the text ends inside of '\(reader.path.last ?? "")'") }
    return JobTrace(reader.events)
  }

  private static let depthLimit = 64
  private var path: [Substring] = []
  private var events: [JobEvent] = []
  private var cpu: UInt32 = 0
  private var time: UInt64 = 0, thread: Int32 = 0
  private var fields: [Substring: Substring] = [:]

  private mutating func take(_ raw: Substring, _ number: Int) throws(Failure) {
    let line = Self.trimmed(raw)
    if line.isEmpty || line.hasPrefix("#") { return }
    if line.hasSuffix("{") {
      guard path.count < Self.depthLimit else { throw Failure(line: number, reason: "nested too deeply") }
      path.append(Self.trimmed(line.dropLast()))
      if path.last == "event" { (time, thread) = (0, 0) }
      if path.count > 1, path[path.count - 2] == "event" { fields = [:] }
      return
    }
    if line == "}" {
      guard let name = path.popLast() else { throw Failure(line: number, reason: "a '}' too many") }
      if path.last == "event", let event = event(name) { events.append(event) }
      return
    }
    guard let colon = line.firstIndex(of: ":") else { throw Failure(line: number, reason: "neither a field nor a block") }
    let key = line[..<colon], value = Self.trimmed(line[line.index(after: colon)...])
    switch (path.last, key) {
    case ("event", "timestamp"): time = try Self.number(value, number)
    case ("event", "pid"): thread = Int32(truncatingIfNeeded: try Self.number(value, number))
    case ("ftrace_events", "cpu"): cpu = UInt32(truncatingIfNeeded: try Self.number(value, number))
    default: if path.count > 1, path[path.count - 2] == "event" { fields[key] = value }
    }
  }

  private static func number(_ text: Substring, _ line: Int) throws(Failure) -> UInt64 {
    guard let value = UInt64(text) else { throw Failure(line: line, reason: "'\(text)' is no number") }
    return value
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while let last = text.last, last == " " || last == "\t" || last == "\r" { text.removeLast() }
    return text.drop { $0 == " " || $0 == "\t" }
  }

  private func number(_ key: Substring) -> UInt64? { fields[key].flatMap { UInt64($0) } }
  private func text(_ key: Substring) -> String {
    guard let value = fields[key], value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") else { return "" }
    return String(value.dropFirst().dropLast())
  }

  private var ring: JobEvent.Ring {
    JobEvent.Ring(
      text("name"), jobCount: UInt32(clamping: number("job_count") ?? 0),
      hardwareJobCount: Int32(clamping: fields["hw_job_count"].flatMap { Int64($0) } ?? 0), device: text("dev"), client: number("client_id") ?? 0)
  }

  /// Nil for an event of another kind, or one that lacks what it is about.
  private func event(_ name: Substring) -> JobEvent? {
    func make(_ job: JobEvent.Point?, _ kind: JobEvent.Kind) -> JobEvent? {
      job.map { JobEvent(time: time, thread: thread, cpu: cpu, $0, kind) }
    }
    func point(_ context: Substring, _ sequence: Substring) -> JobEvent.Point? {
      guard let context = number(context), let sequence = number(sequence) else { return nil }
      return JobEvent.Point(context: context, sequence: sequence)
    }
    let fence = point("fence_context", "fence_seqno")
    // The old layout names a job by an address, as a point of no timeline.
    let old = number("fence").map { JobEvent.Point(context: 0, sequence: $0) }
    let dependency = point("ctx", "seqno")
    return switch name {
    case "drm_sched_job_queue": make(fence, .queue(ring))
    case "drm_sched_job_run": make(fence, .run(ring))
    case "drm_sched_job_done": make(fence, .done)
    case "drm_sched_job_add_dep": dependency.flatMap { make(fence, .dependency($0)) }
    case "drm_sched_job_unschedulable": dependency.flatMap { make(fence, .unschedulable($0)) }
    case "drm_sched_job": make(fence ?? old, .queue(ring))
    case "drm_run_job": make(fence ?? old, .run(ring))
    case "drm_sched_process_job": make(fence ?? old, .done)
    case "dma_fence_wait_start": make(point("context", "seqno"), .waitStart)
    case "dma_fence_wait_end": make(point("context", "seqno"), .waitEnd)
    case "dma_fence_signaled": make(point("context", "seqno"), .signalled)
    default: nil
    }
  }
}
