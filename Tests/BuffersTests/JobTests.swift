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

  @Test func whatIsWrittenAsFtraceIsReadBack() throws {
    let clock = ticking()
    let copy = JobRing("sdma0", device: "0000:01:00.0", clock: clock), draw = JobRing("gfx", device: "0000:01:00.0", clock: clock)
    let gate = Ring("gate"), open = gate.emit()
    let first = copy.submit(after: [open]) {}
    draw.submit(after: [first], client: 3) {}
    open.signal()
    let trace = JobTrace(copy.trace.events + draw.trace.events)
    #expect(try FtraceReader.read(trace.text) == trace)
  }

  /// Lines as the kernel prints them: the layout before 6.17, with hashed addresses and a job's number, and fences.
  @Test func ftraceOfTheOldLayoutIsRead() throws {
    let text = """
      # tracer: nop
      cpus=8
                  Xorg-1588    [001] .....   149.391136: drm_sched_job: entity=0000000076f0d517, id=1, fence=000000008dd56028, ring=gfx, job count:2, hw job count:1
                  Xorg-1588    ( 1588) [001] d..1.   149.391200: drm_sched_job_wait_dep: ring=gfx, id=1, depends fence=0000000000000abc, context=7, seq=9
                   gfx-191     [007]   149.391300: drm_run_job: entity=0000000076f0d517, id=1, fence=000000008dd56028, ring=gfx, job count:0, hw job count:2
                <idle>-0       [007] d.h2.   149.392: drm_sched_process_job: fence=000000008dd56028 signaled
                  bash-2       [000] .....   149.393000: sched_switch: prev_comm=bash
                  bash-2       [000] .....   149.394000: dma_fence_wait_start: driver=msm timeline=gpu-ring-0 context=1 seqno=16665
      """
    let trace = try FtraceReader.read(text), job = try #require(trace.jobs.first)
    #expect(trace.events.count == 5 && job.ring == "gfx" && job.point == JobEvent.Point(context: 0, sequence: 0x8dd5_6028))
    #expect(job.queued == 149_391_136_000 && job.ran == 149_391_300_000 && job.done == 149_392_000_000)
    #expect(job.waitsFor == [JobEvent.Point(context: 0, sequence: 0xabc)])
    guard case .queue(let ring) = trace.events[0].kind else {
      Issue.record("no queue")
      return
    }
    #expect(ring.jobCount == 2 && ring.hardwareJobCount == 1)
  }

  @Test(arguments: [
    "nonsense", "a-1 [0] ..... x: e: f", "a-1 [0] ..... 1.5 e f", "a-x [0] ..... 1.5: e: f", "a-1 [0] ..... 1.5: drm_sched_job_done: fence=",
    "a-1 [0] ..... 1.5: drm_sched_job_run: dev=, ring=gfx", "a-1 [0] ..... 99999999999.5: e: f", "a-1 [0] ..... 1.5: dma_fence_signaled: context=1",
  ])
  func whatIsNoFtraceIsRefused(_ line: String) {
    do throws(TraceReader.Failure) {
      _ = try FtraceReader.read("# tracer: nop\n" + line)
      Issue.record("read: \(line)")
    } catch { #expect(error.line == 2) }
  }
}
