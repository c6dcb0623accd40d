/// Reads scheduler events from the text of the kernel's ring buffer (`/sys/kernel/tracing/trace`, `trace-cmd report`), in both layouts: before
/// Linux 6.17 jobs are known by the hashed address of their fence, since then by context and number (gpu_scheduler_trace.h).
public struct FtraceReader {
  /// A line is `task-pid  [cpu]  flags  seconds.micros: event: fields`. Lines that begin with `#` and events that are not about jobs or fences
  /// are passed over.
  /// - Throws: a line that is none, or lacks what its event is about.
  public static func read(_ text: String) throws(TraceReader.Failure) -> JobTrace {
    var events: [JobEvent] = []
    var reader = FtraceReader()
    for (i, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = line.last == "\r" ? line.dropLast() : line
      if line.allSatisfy({ $0 == " " }) || line.first == "#" || line.hasPrefix("cpus=") { continue }
      if let event = try reader.event(line, i + 1) { events.append(event) }
    }
    return JobTrace(events)
  }

  /// The old layout names a job by its fence, but where it waits: there by its number on the ring.
  private var byNumber: [String: JobEvent.Point] = [:]

  private mutating func event(_ line: Substring, _ number: Int) throws(TraceReader.Failure) -> JobEvent? {
    func fail(_ reason: String) -> TraceReader.Failure { TraceReader.Failure(line: number, reason: reason) }
    guard let open = line.firstIndex(of: "["), let close = line[open...].firstIndex(of: "]"), let cpu = UInt32(line[line.index(after: open)..<close]),
      let dash = line[..<open].lastIndex(of: "-")
    else { throw fail("not a line of ftrace: 'task-pid [cpu] flags time: event: fields' is expected") }
    // trace-cmd puts the group of threads in brackets of its own behind the pid.
    let thread = line[line.index(after: dash)..<open].prefix { $0.isNumber }
    guard let pid = Int32(thread) else { throw fail("no number of a thread before '['") }
    let words = line[line.index(after: close)...].split(separator: " ", maxSplits: 3)
    // With flags or without: the time is what ends in a colon first.
    guard let at = words.prefix(2).firstIndex(where: { $0.last == ":" }), let time = Self.nanoseconds(words[at].dropLast()) else {
      throw fail("no time in seconds behind ']'")
    }
    let rest = line[words[at].endIndex...].drop { $0 == " " }
    guard let colon = rest.firstIndex(of: ":") else { throw fail("no event behind the time") }
    let name = rest[..<colon], fields = rest[rest.index(after: colon)...].drop { $0 == " " }
    guard Self.known.contains(String(name)) else { return nil }
    guard let (job, kind) = meaning(String(name), String(fields)) else { throw fail("\(name) without what it is about: '\(fields)'") }
    return JobEvent(time: time, thread: pid, cpu: cpu, job, kind)
  }

  private static let known: Set<String> = [
    "drm_sched_job_queue", "drm_sched_job_run", "drm_sched_job_done", "drm_sched_job_add_dep", "drm_sched_job_unschedulable", "drm_sched_job",
    "drm_run_job", "drm_sched_process_job", "drm_sched_job_wait_dep", "dma_fence_wait_start", "dma_fence_wait_end", "dma_fence_signaled",
  ]

  private mutating func meaning(_ name: String, _ fields: String) -> (JobEvent.Point, JobEvent.Kind)? {
    func value(_ key: String) -> Substring? {
      // A key is at the beginning, or behind a blank.
      var from = fields.startIndex
      while let found = fields.range(of: key, from: from) {
        if found.lowerBound == fields.startIndex || fields[fields.index(before: found.lowerBound)] == " " {
          return fields[found.upperBound...].prefix { $0 != "," && $0 != " " }
        }
        from = found.upperBound
      }
      return nil
    }
    func number(_ key: String) -> UInt64? { value(key).flatMap { UInt64($0) } }
    let ringName = String(value("ring=") ?? "")
    let ring = JobEvent.Ring(
      ringName, jobCount: UInt32(clamping: value("job count:").flatMap { Int64($0) } ?? 0),
      hardwareJobCount: Int32(clamping: value("hw job count:").flatMap { Int64($0) } ?? 0), device: String(value("dev=") ?? ""),
      client: number("client_id:") ?? 0)
    let fence = value("fence=").flatMap(Self.point)
    switch name {
    case "drm_sched_job_queue", "drm_sched_job":
      if let fence, let id = value("id=") { byNumber["\(ringName) \(id)"] = fence }
      return fence.map { ($0, .queue(ring)) }
    case "drm_sched_job_run", "drm_run_job": return fence.map { ($0, .run(ring)) }
    case "drm_sched_job_done", "drm_sched_process_job": return fence.map { ($0, .done) }
    case "drm_sched_job_add_dep", "drm_sched_job_unschedulable":
      guard let fence, let last = fields.split(separator: " ").last, last.hasPrefix("fence="), let other = Self.point(last.dropFirst(6)) else {
        return nil
      }
      return (fence, name == "drm_sched_job_add_dep" ? .dependency(other) : .unschedulable(other))
    case "drm_sched_job_wait_dep":
      guard let job = value("id=").flatMap({ byNumber["\(ringName) \($0)"] }), let other = value("fence=").flatMap(Self.point) else { return nil }
      return (job, .dependency(other))
    default:
      guard let context = number("context="), let sequence = number("seqno=") else { return nil }
      let job = JobEvent.Point(context: context, sequence: sequence)
      return (job, name == "dma_fence_wait_start" ? .waitStart : name == "dma_fence_wait_end" ? .waitEnd : .signalled)
    }
  }

  /// `401:7`, or an address as a point of no timeline.
  private static func point(_ text: Substring) -> JobEvent.Point? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 2, let context = UInt64(parts[0]), let sequence = UInt64(parts[1]) {
      return JobEvent.Point(context: context, sequence: sequence)
    }
    let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text
    guard parts.count == 1, let address = UInt64(digits, radix: 16) else { return nil }
    return JobEvent.Point(context: 0, sequence: address)
  }

  /// `9246.165349`, to the microsecond or finer.
  private static func nanoseconds(_ text: Substring) -> UInt64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let seconds = UInt64(parts[0]), seconds < 1 << 32, (1...9).contains(parts[1].utf8.count),
      let fraction = UInt64(parts[1])
    else { return nil }
    var scale: UInt64 = 1
    for _ in parts[1].utf8.count..<9 { scale *= 10 }
    return seconds * 1_000_000_000 + fraction * scale
  }
}

extension String {
  fileprivate func range(of text: String, from start: Index) -> Range<Index>? {
    var at = start
    while at < endIndex {
      if self[at...].hasPrefix(text) { return at..<index(at, offsetBy: text.count) }
      formIndex(after: &at)
    }
    return nil
  }
}
