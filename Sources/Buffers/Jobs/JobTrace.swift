/// Events of jobs in the order of their time, and what they say together.
public struct JobTrace: Hashable, Sendable {
  public private(set) var events: [JobEvent]

  public init(_ events: [JobEvent] = []) {
    self.events = events.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
  }

  /// A job from its queue to its end, as far as the trace has it.
  public struct Job: Hashable, Sendable {
    public var point: JobEvent.Point
    public var ring = ""
    public var queued: UInt64?, ran: UInt64?, done: UInt64?
    /// Points that it waited for, each once, in order.
    public var waitsFor: [JobEvent.Point] = []
  }

  /// In the order in which they were first seen.
  public var jobs: [Job] {
    var order: [JobEvent.Point] = [], byPoint: [JobEvent.Point: Job] = [:]
    for event in events {
      if byPoint[event.job] == nil {
        order.append(event.job)
        byPoint[event.job] = Job(point: event.job)
      }
      guard var job = byPoint.removeValue(forKey: event.job) else { continue }
      switch event.kind {
      case .queue(let ring): (job.queued, job.ring) = (job.queued ?? event.time, ring.name)
      case .run(let ring): (job.ran, job.ring) = (job.ran ?? event.time, ring.name)
      case .done, .signalled: job.done = job.done ?? event.time
      case .dependency(let point), .unschedulable(let point): if !job.waitsFor.contains(point) { job.waitsFor.append(point) }
      case .waitStart, .waitEnd: break
      }
      byPoint[event.job] = job
    }
    return order.compactMap { byPoint[$0] }
  }

  /// Where a job is in a list of them.
  static func places(of jobs: [Job]) -> [JobEvent.Point: Int] {
    Dictionary(jobs.enumerated().map { ($0.element.point, $0.offset) }, uniquingKeysWith: { first, _ in first })
  }

  /// Who waited for whom, as text: a line for each job, with a bar from queue to run to end, and below it what it waited for.
  /// - Parameter width: columns, at least 40.
  public func chart(width: Int = 80) -> String {
    let jobs = jobs
    let times = jobs.flatMap { [$0.queued, $0.ran, $0.done].compactMap { $0 } }
    guard let first = times.min(), let last = times.max() else { return "no jobs\n" }
    let names = jobs.map { "\($0.ring.isEmpty ? "-" : $0.ring) \($0.point)" }
    let places = Self.places(of: jobs)
    let margin = min((names.map(\.count).max() ?? 0) + 1, 30)
    let columns = max(width, 40) - margin
    func column(_ time: UInt64) -> Int {
      last == first ? 0 : Int((Double(time - first) / Double(last - first) * Double(columns - 1)).rounded(.down))
    }
    var text = "\((last - first) / 1000) us from the first queue to the last end; . waits, # runs\n"
    for (job, name) in zip(jobs, names) {
      var bar = Array(repeating: Character(" "), count: columns)
      let begin = job.queued ?? job.ran ?? job.done ?? first, run = job.ran ?? job.done ?? begin, end = job.done ?? last
      for i in column(begin)...max(column(begin), column(run)) { bar[i] = "." }
      if job.ran != nil { for i in column(run)...max(column(run), column(end)) { bar[i] = "#" } }
      while bar.last == " " { bar.removeLast() }
      text += name.prefix(margin - 1) + String(repeating: " ", count: max(1, margin - name.count)) + String(bar) + "\n"
      for point in job.waitsFor {
        let other = places[point].map { jobs[$0] }
        let ring = other.map { $0.ring.isEmpty ? "" : "\($0.ring) " } ?? ""
        text += String(repeating: " ", count: margin) + "waited for \(ring)\(point)" + (other == nil ? ", which the trace does not have" : "") + "\n"
      }
    }
    return text
  }
}
