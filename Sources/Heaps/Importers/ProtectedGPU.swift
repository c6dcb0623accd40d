import Primitives
import Restriction

/// A GPU whose firmware has a section for protected mode, as Mali's CSF firmware has (Panthor, restricted-memory thread 2025).
///
/// Ordinary jobs run from the first day. Protected jobs need the section, which has to lie in restricted memory: otherwise the first
/// instruction fetch in protected mode faults and the platform hangs. Here the section is a `RestrictedMemory`, so nothing else gets in.
public final class ProtectedGPU {
  /// What became of the part of the firmware that runs protected.
  public enum Section: Hashable, Sendable {
    /// The firmware was loaded without it: there is no heap yet, or none at all.
    case absent
    case loaded(RestrictedMemory)
  }
  public enum Mode: String, Hashable, Sendable { case normal, protected }

  public let world: SecureWorld
  /// As the bus sees the GPU in each mode: entering protected mode changes the identity that the firewall looks at.
  public let normal: MasterIndex, protected: MasterIndex
  public private(set) var section = Section.absent
  public private(set) var mode = Mode.normal
  /// Of the firmware, to load the section: each makes running jobs wait.
  public private(set) var resets = 0
  /// In microseconds: what all jobs together waited for resets.
  public private(set) var delay = 0
  /// Of the modelled time, in microseconds.
  public private(set) var clock = 0
  /// A firmware reset, in microseconds: the thread's "slight delay in GPU jobs execution"; the figure is a parameter.
  public let resetMicroseconds: Int
  /// In the order in which they were started.
  public private(set) var jobs: [Job] = []
  private var started = 0
  private var sectionHandle: HeapBuffer?

  public init(_ world: SecureWorld, normal: MasterIndex, protected: MasterIndex, resetMicroseconds: Int = 5000) {
    (self.world, self.normal, self.protected, self.resetMicroseconds) = (world, normal, protected, resetMicroseconds)
  }

  /// Probe with a heap named in the device tree.
  /// - Throws: `.unknownHeap` where it is not there yet: the probe is deferred, and nothing was loaded.
  public func probe(_ registry: HeapRegistry, heap: HeapRegistry.Reference) throws(HeapError) {
    try load(registry.require(heap).allocate(bytes: Self.sectionBytes))
  }

  /// An ordinary job that takes a while. What it writes is there when it ends and no earlier.
  public struct Job: Hashable, Sendable {
    public let number: Int
    public let source: HeapMemory, target: HeapMemory
    public let count: Int
    /// On the modelled clock, in microseconds.
    public internal(set) var end: Int
  }

  /// Enables protected mode after the GPU is in use: the firmware is reset with the section, and running jobs wait, which costs them time and
  /// nothing else.
  /// - Returns: microseconds that each running job waited.
  @discardableResult public func enableLate(_ buffer: consuming HeapBuffer) throws(HeapError) -> Int {
    try load(buffer)
    resets += 1
    clock += resetMicroseconds
    for index in jobs.indices { jobs[index].end += resetMicroseconds }
    delay += resetMicroseconds * jobs.count
    return jobs.isEmpty ? 0 : resetMicroseconds
  }

  public static let sectionBytes: UInt64 = 64 << 10
  /// What the section holds; real firmware is as secret as it is large, and here it is a pattern that can be recognised.
  public static let code: [UInt8] = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }

  /// The firmware's loader runs before the section is used, as the protected identity, which is the one that may write there.
  private func load(_ buffer: consuming HeapBuffer) throws(HeapError) {
    let section = try world.requireRestricted(buffer.memory, for: .secureVideo, as: "the protected firmware section of \(world.name(of: normal))")
    guard buffer.memory.length >= UInt64(Self.code.count) else {
      throw HeapError(.badRequest, "a section of \(buffer.memory.length) bytes is too short")
    }
    let window = try world.window(section.memory, for: protected)
    do throws(BusError) { try world.write(Self.code, window) } catch { throw HeapError(.memory, error.description) }
    self.section = .loaded(section)
    sectionHandle = consume buffer
  }

  /// Puts an ordinary job on the GPU. Lengths in bytes, times in microseconds.
  /// - Returns: its number.
  @discardableResult public func start(_ source: HeapMemory, to target: HeapMemory, count: Int, taking time: Int) -> Int {
    started += 1
    jobs.append(Job(number: started, source: source, target: target, count: count, end: clock + max(0, time)))
    return started
  }

  /// Lets time pass.
  /// - Returns: the numbers of jobs that have ended, in the order in which they did.
  @discardableResult public func pass(_ time: Int) throws(HeapError) -> [Int] {
    clock += max(0, time)
    let over = jobs.filter { $0.end <= clock }.sorted { ($0.end, $0.number) < ($1.end, $1.number) }
    jobs.removeAll { $0.end <= clock }
    for job in over { try run(job.source, to: job.target, count: job.count) }
    return over.map(\.number)
  }

  /// Runs a job: reads `source`, writes the inverse of each byte to `target`. An ordinary job runs whether a restricted heap exists or not.
  public func run(_ source: HeapMemory, to target: HeapMemory, count: Int) throws(HeapError) {
    let identity = mode == .normal ? normal : protected
    let from = try world.window(source, for: identity), to = try world.window(target, for: identity)
    do throws(BusError) {
      let bytes = try world.read(from, count: count)
      try world.write(bytes.map { ~$0 }, to)
    } catch { throw HeapError(.memory, error.description) }
  }

  /// A protected job writes restricted memory alone: whatever it has read would leave otherwise.
  public func runProtected(_ source: HeapMemory, to target: HeapMemory, count: Int) throws(HeapError) {
    guard mode == .protected else { throw HeapError(.badRequest, "\(world.name(of: normal)) is not in protected mode") }
    let output = try world.requireRestricted(target, for: .secureVideo, as: "the output of a protected job")
    try run(source, to: output.memory, count: count)
  }

  /// Fetches the section's code as the protected identity, and compares: what would have hung the platform is an error here.
  public func enterProtectedMode() throws(HeapError) {
    guard case .loaded(let section) = section else {
      throw HeapError(.unknownHeap, "\(world.name(of: normal)) has no protected firmware section: ordinary jobs run, protected ones do not")
    }
    let window = try world.window(section.memory, for: protected)
    var fetched: [UInt8] = []
    do throws(BusError) { fetched = try world.read(window, count: Self.code.count) } catch { throw HeapError(.memory, error.description) }
    guard fetched == Self.code else {
      throw HeapError(.notRestricted, "the section in \(section.memory.name) of heap '\(section.memory.heap)' is not what was loaded")
    }
    mode = .protected
  }

  public func leaveProtectedMode() { mode = .normal }

  /// A suspend buffer of a protected context holds registers that saw clear data: the same need, and the same answer.
  public func attachSuspendBuffer(_ memory: HeapMemory) throws(HeapError) -> RestrictedMemory {
    try world.requireRestricted(memory, for: .secureVideo, as: "a suspend buffer of a protected context of \(world.name(of: normal))")
  }
}
