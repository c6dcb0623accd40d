/// Events as the kernel's ring buffer prints them, and as a trace that Perfetto opens.
extension JobEvent: CustomStringConvertible {
  /// The text after the colon of an ftrace line.
  public var detail: String {
    switch kind {
    case .queue(let ring), .run(let ring):
      "dev=\(ring.device), fence=\(job), ring=\(ring.name), job count:\(ring.jobCount), hw job count:\(ring.hardwareJobCount), client_id:\(ring.client)"
    case .done: "fence=\(job) signaled"
    case .dependency(let point): "fence=\(job) depends on fence=\(point)"
    case .unschedulable(let point): "fence=\(job) depends on unsignalled fence=\(point)"
    case .waitStart, .waitEnd, .signalled: "driver= timeline= context=\(job.context) seqno=\(job.sequence)"
    }
  }

  /// `task-191   [007] 9246.165349: drm_sched_job_run: …`
  public var description: String {
    let micro = time / 1000
    let fraction = String(micro % 1_000_000), cpuText = String(cpu)
    return "           <...>-\(thread)".padded(22) + "[\(String(repeating: "0", count: max(0, 3 - cpuText.count)))\(cpuText)] ..... "
      + "\(micro / 1_000_000).\(String(repeating: "0", count: 6 - fraction.count))\(fraction): \(name): \(detail)"
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: Swift.max(1, width - count)) }
}

extension JobTrace {
  /// The events as ftrace text, one a line.
  public var text: String { events.map { "\($0)\n" }.joined() }

  /// The Trace Event Format that Perfetto and chrome://tracing open: a slice from run to done on the track of each ring, and an arrow for each
  /// dependency.
  public var json: String {
    var rows: [String] = []
    let jobs = jobs
    let rings = Set(jobs.map(\.ring)).sorted()
    for (i, ring) in rings.enumerated() {
      rows.append(#"{"ph":"M","pid":1,"tid":\#(i + 1),"name":"thread_name","args":{"name":\#(Self.quoted(ring))}}"#)
    }
    let tracks = Dictionary(uniqueKeysWithValues: zip(rings, 1...)), places = Self.places(of: jobs)
    func track(_ ring: String) -> Int { tracks[ring] ?? 1 }
    var arrow = 0
    for job in jobs {
      guard let begin = job.ran ?? job.queued else { continue }
      let end = max(job.done ?? begin, begin)
      rows.append(
        #"{"ph":"X","pid":1,"tid":\#(track(job.ring)),"ts":\#(Self.micro(begin)),"dur":\#(Self.micro(end - begin)),"#
          + #""name":"\#(job.point)","args":{"queued":\#(job.queued.map(Self.micro) ?? "null")}}"#)
      for point in job.waitsFor {
        guard let other = places[point].map({ jobs[$0] }), let from = other.done else { continue }
        arrow += 1
        rows.append(#"{"ph":"s","pid":1,"tid":\#(track(other.ring)),"ts":\#(Self.micro(from)),"id":\#(arrow),"name":"dep","cat":"dep"}"#)
        rows.append(
          #"{"ph":"f","bp":"e","pid":1,"tid":\#(track(job.ring)),"ts":\#(Self.micro(begin)),"id":\#(arrow),"name":"dep","cat":"dep"}"#)
      }
    }
    return "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n" + rows.joined(separator: ",\n") + "\n]}\n"
  }

  private static func micro(_ nanoseconds: UInt64) -> String {
    let rest = String(nanoseconds % 1000)
    return "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case _ where scalar.value < 32:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
