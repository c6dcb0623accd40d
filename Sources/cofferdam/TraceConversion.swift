import Buffers
import Charts
import Primitives

/// A trace of jobs in the forms in which a run is shown.
struct TraceConversion {
  let trace: JobTrace
  let file: String
  private let jobs: [JobTrace.Job]
  private let rings: [JobEvent.Point: String]

  init(trace: JobTrace, file: String) {
    (self.trace, self.file, jobs) = (trace, file, trace.jobs)
    rings = Dictionary(jobs.map { ($0.point, $0.ring) }, uniquingKeysWith: { first, _ in first })
  }

  /// The line for machines.
  var line: String {
    "result: pass events=\(trace.events.count) jobs=\(jobs.count) rings=\(Set(jobs.map(\.ring)).subtracting([""]).count)"
      + " waits=\(jobs.reduce(0) { $0 + $1.waitsFor.count })"
  }

  /// Who acts: the job's ring, or the thread that waits.
  private func actor(_ event: JobEvent) -> String {
    switch event.kind {
    case .waitStart, .waitEnd: return "thread:\(event.thread)"
    default: break
    }
    guard let ring = rings[event.job], !ring.isEmpty else { return "fence" }
    return "ring:\(ring)"
  }

  private func other(_ event: JobEvent) -> JobEvent.Point? {
    switch event.kind {
    case .dependency(let point), .unschedulable(let point): point
    default: nil
    }
  }

  /// Seconds and microseconds, as ftrace has it.
  private static func seconds(_ time: UInt64) -> String {
    let rest = String(time / 1000 % 1_000_000)
    return "\(time / 1_000_000_000).\(String(repeating: "0", count: 6 - rest.count))\(rest)"
  }

  var chart: Chart {
    let rows = trace.events.enumerated().map { i, event in
      let to = other(event).flatMap { rings[$0] }.map { Lane("ring:\($0)") }
      return Row(
        i + 1, Lane(actor(event)), to == Lane(actor(event)) ? nil : to, call: event.name,
        detail: other(event).map { "\(event.job) waits for \($0)" } ?? "\(event.job)", object: "\(event.job)",
        remarks: [Fact("at", Self.seconds(event.time))])
    }
    return Chart(title: "jobs of \(file)", phases: [Phase("jobs", rows)], resultLine: line)
  }

  /// A header, an event a line, and the result.
  var lines: String {
    var lines: [JSONValue] = [.members(["header": .members(["trace": .string(file), "clock": "nanoseconds"])])]
    for (i, event) in trace.events.enumerated() {
      lines.append(
        .members([
          "index": JSONValue(i + 1), "time": JSONValue(event.time), "actor": .string(actor(event)), "call": .string(event.name),
          "args": .members([
            "thread": JSONValue(event.thread), "cpu": JSONValue(event.cpu), "waitsFor": other(event).map { .string("\($0)") },
          ]), "object": .string("\(event.job)"), "outcome": "ok",
        ]))
    }
    lines.append(
      .members([
        "result": .members([
          "result": "pass", "events": JSONValue(trace.events.count), "jobs": .array(jobs.map(job)),
        ])
      ]))
    return lines.map(\.text).joined(separator: "\n") + "\n"
  }

  private func job(_ job: JobTrace.Job) -> JSONValue {
    .members([
      "job": .string("\(job.point)"), "ring": .string(job.ring), "queued": job.queued.map { JSONValue($0) }, "ran": job.ran.map { JSONValue($0) },
      "done": job.done.map { JSONValue($0) }, "waitsFor": JSONValue(job.waitsFor.map { "\($0)" }),
    ])
  }
}
