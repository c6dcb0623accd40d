import Buffers
import Foundation
import Synchronization
import Testing

/// Jobs, their events, and traces that were recorded elsewhere.
@Suite struct JobTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data/traces").standardizedFileURL
  static let hasTraces = FileManager.default.fileExists(atPath: folder.path)

  private func ticking() -> @Sendable () -> UInt64 {
    let time = Box(0)
    return { time.value.add(1_000_000, ordering: .relaxed).newValue }
  }
  private final class Box: Sendable {
    let value: Atomic<UInt64>
    init(_ start: UInt64) { value = Atomic(start) }
  }

  @Test func aJobWaitsForAnotherRing() {
    let clock = ticking()
    let copy = JobRing("sdma0", device: "0000:01:00.0", clock: clock), draw = JobRing("gfx", device: "0000:01:00.0", clock: clock)
    let gate = Ring("gate"), open = gate.emit(), order = Mutex<[String]>([])
    let first = copy.submit(after: [open]) { order.withLock { $0.append("copy") } }
    let second = draw.submit(after: [first], client: 3) { order.withLock { $0.append("draw") } }
    let third = draw.submit { throw FenceError.cancelled }
    #expect(!first.isSignalled && !second.isSignalled)
    open.signal()
    #expect(second.isSignalled && third.error == .cancelled)
    #expect(order.withLock { $0 } == ["copy", "draw"])

    let trace = JobTrace(copy.trace.events + draw.trace.events)
    let jobs = trace.jobs
    #expect(jobs.map(\.ring) == ["sdma0", "gfx", "gfx"])
    #expect(jobs[1].waitsFor == [jobs[0].point])
    let text = trace.text
    #expect(text.contains("drm_sched_job_add_dep: fence=\(second) depends on fence=\(first)\n"))
    #expect(text.contains("drm_sched_job_unschedulable: fence=\(second) depends on unsignalled fence=\(first)\n"))
    #expect(
      text.contains("drm_sched_job_queue: dev=0000:01:00.0, fence=\(second), ring=gfx, job count:0, hw job count:0, client_id:3\n"))
    #expect(text.contains("drm_sched_job_done: fence=\(first) signaled\n"))
    let chart = trace.chart()
    #expect(chart.contains("waited for sdma0 \(first)"))
    #expect(chart.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func perfettoGetsSlicesAndArrows() throws {
    let ring = JobRing("a \"ring\"", clock: ticking())
    let first = ring.submit {}
    ring.submit(after: [first]) {}
    let json = try #require(try JSONSerialization.jsonObject(with: Data(ring.trace.json.utf8)) as? [String: Any])
    let rows = try #require(json["traceEvents"] as? [[String: Any]])
    #expect(rows.map { $0["ph"] as? String } == ["M", "X", "X", "s", "f"])
    #expect(rows.filter { $0["ph"] as? String == "X" }.allSatisfy { ($0["dur"] as? Double ?? 0) > 0 })
  }

  @Test(.enabled(if: hasTraces)) func theOldLayoutIsRead() throws {
    let trace = try TraceReader.read(String(contentsOf: Self.folder.appending(path: "drm_sched.textproto"), encoding: .utf8))
    let ran = trace.jobs.filter { $0.ran != nil }
    #expect(!ran.isEmpty)
    #expect(ran.allSatisfy { $0.ring == "ring0" && $0.point.context == 0 && ($0.queued ?? 0) <= ($0.ran ?? 0) })
    #expect(ran.contains { $0.done != nil })
  }

  @Test(.enabled(if: hasTraces)) func theLayoutOf617IsRead() throws {
    let trace = try TraceReader.read(String(contentsOf: Self.folder.appending(path: "drm_sched_617.textproto"), encoding: .utf8))
    #expect(!trace.jobs.isEmpty)
    #expect(trace.jobs.allSatisfy { $0.point.context > 0 })
    #expect(trace.jobs.contains { $0.queued != nil || $0.ran != nil })
    #expect(!trace.chart().isEmpty)
  }

  @Test(.enabled(if: hasTraces)) func fencesAreRead() throws {
    let trace = try TraceReader.read(String(contentsOf: Self.folder.appending(path: "drm_dma_fence.textproto"), encoding: .utf8))
    #expect(trace.events.contains { $0.kind == .waitStart && $0.job == JobEvent.Point(context: 9, sequence: 5065) })
    #expect(trace.events.contains { $0.kind == .waitEnd })
    #expect(trace.jobs.count(where: { $0.done != nil }) == 3)
  }

  @Test func whatIsNoTraceIsRefused() {
    for (text, line) in [("}", 1), ("packet {\n", 0), ("packet {\nnonsense\n}", 2), ("event {\n timestamp: x\n}", 2)] {
      do throws(TraceReader.Failure) {
        _ = try TraceReader.read(text)
        Issue.record("read: \(text)")
      } catch { #expect(error.line == line) }
    }
    #expect(throws: TraceReader.Failure.self) { try TraceReader.read(String(repeating: "a {\n", count: 100_000)) }
  }
}
