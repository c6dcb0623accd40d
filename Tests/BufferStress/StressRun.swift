import Buffers
import Foundation
import Primitives
import Sharing
import Synchronization

/// One run: what all threads share, and who does what.
final class StressRun: Sendable {
  static let movableStamp: UInt8 = 11, revocableStamp: UInt8 = 22, pinnedStamp: UInt8 = 33

  let seed: UInt64
  private let rounds: Int
  private let bus: Bus
  private let handles: Handles
  /// Of the second process that runs.
  private let port = Guarded<FencePort?>(nil)
  /// Fences that the owner of the second process makes, and another thread signals.
  let owner = Ring("owner"), ring = Ring("stress")
  private let result = Guarded(StressResult())
  private let handed = Guarded<[Fence]>([])
  private let over = Atomic(false), finished = Atomic(0)

  private final class Handles: Sendable {
    let movable: BufferHandle, revocable: BufferHandle, pinned: BufferHandle
    init(_ movable: consuming BufferHandle, _ revocable: consuming BufferHandle, _ pinned: consuming BufferHandle) {
      self.movable = movable
      self.revocable = revocable
      self.pinned = pinned
    }
  }

  /// A timeline that threads can pass around.
  final class Ring: Sendable {
    private let producer: FenceProducer
    init(_ timeline: String) { producer = FenceProducer(driver: "stress", timeline: timeline, timeout: 60_000_000_000) }
    func emit() -> Fence { producer.emit() }
    var context: FenceContext { producer.context }
  }

  var movable: Buffer { handles.movable.buffer }
  var revocable: Buffer { handles.revocable.buffer }
  var pinned: Buffer { handles.pinned.buffer }
  var isOver: Bool { over.load(ordering: .relaxed) }

  init(seed: UInt64, rounds: Int) throws {
    (self.seed, self.rounds) = (seed, rounds)
    // Odd seeds have a machine that encrypts: what moves is encrypted in the one place and not in the other. What a second process gets is for
    // a device that cannot put the bit out, and so it is decrypted.
    bus = Bus(encryption: seed & 1 == 0 ? .none : .sme(bit: 47), seed: seed)
    let graphics = DeviceMemory(on: bus, function: RequesterID(rawValue: 0x0100), capacity: 1 << 30)
    handles = Handles(
      try graphics.makeBuffer(named: "movable", bytes: 16 << 10),
      try HostMemory(on: bus, name: "revocable", offers: .revocable, deviceWidth: 32).makeBuffer(named: "revocable", bytes: 16 << 10),
      try HostMemory(on: bus, deviceWidth: 32).makeBuffer(named: "pinned", bytes: 16 << 10))
    for (buffer, stamp) in [(movable, Self.movableStamp), (revocable, Self.revocableStamp), (pinned, Self.pinnedStamp)] {
      guard let start = buffer.ranges[0]?.start else { continue }
      for page in 0..<buffer.size / 4096 { try bus.write([stamp], at: HostPhysicalAddress(start.rawValue + page * 4096)) }
    }
  }

  // MARK: What is said of it

  func require(_ holds: Bool, _ text: @autoclosure () -> String) {
    if !holds { result.withLock { $0.faults.append(text()) } }
  }
  func count(other reads: Int, refused: Int) {
    result.withLock {
      $0.otherReads += reads
      $0.otherRefusals += refused
    }
  }
  func countKill() { result.withLock { $0.kills += 1 } }
  /// A port for the signalling thread, or none.
  func serve(_ new: FencePort?) { port.withLock { $0 = new } }
  /// A fence for the signalling thread.
  func hand(_ fence: Fence) { handed.withLock { $0.append(fence) } }

  /// What came of a read: the stamp of the buffer, or nothing.
  private func judge(_ bytes: [UInt8]?, _ stamp: UInt8) {
    guard let bytes else { return }
    result.withLock { result in
      result.reads += 1
      if bytes != [stamp] { result.faults.append("read \(bytes), and not \(stamp)") }
    }
  }

  // MARK: Who does what

  func run() throws -> StressResult {
    let device = try IOMMUDomain("0000:02:00.0", on: bus), guest = try GuestMemory("vm-1", on: bus), network = RDMADevice("mlx5_0", on: bus)
    let parts: [@Sendable (inout SeededRandom) throws -> Void] = [
      { self.export(&$0) },
      { random in self.untilOver(&random) { self.map(device, &$0) } },
      { random in self.untilOver(&random) { self.fault(guest, &$0) } },
      { random in self.untilOver(&random) { self.register(network, &$0) } },
      { random in self.untilOver(&random) { self.touch(&$0) } },
      { random in self.untilOver(&random) { self.fence(&$0) } },
      { random in
        var owner = StressOwner(self, seed: random.next())
        try owner.work()
      },
    ]
    let done = DispatchSemaphore(value: 0)
    func start(_ index: Int, _ body: @escaping @Sendable (inout SeededRandom) throws -> Void) {
      Thread.detachNewThread {
        var random = SeededRandom(seed: self.seed &* 100 &+ UInt64(index))
        do { try body(&random) } catch { self.require(false, "thread \(index): \(error)") }
        self.finished.add(1, ordering: .relaxed)
        done.signal()
      }
    }
    for (index, body) in parts.enumerated() { start(index, body) }
    // Whoever signals goes on until the others wait for nothing.
    start(parts.count) { self.signal(&$0, until: parts.count) }
    for _ in 0...parts.count { done.wait() }
    look()
    return result.withLock { $0 }
  }

  private func untilOver(_ random: inout SeededRandom, _ body: (inout SeededRandom) -> Void) { while !isOver { body(&random) } }

  /// The exporters.
  private func export(_ random: inout SeededRandom) {
    for round in 0..<rounds * 20 where round < rounds || isQuiet {
      // Time for the others to get somewhere.
      usleep(200)
      let hasMoved = (try? movable.move(to: Bool.random(using: &random) ? .system : .local)) != nil
      let hasRevoked = (try? revocable.revoke()) != nil
      // New work may have come since: another time.
      do throws(BufferError) { try revocable.restore() } catch { require(error.code == .busy, "a revoked buffer did not come back: \(error)") }
      result.withLock {
        $0.moves += hasMoved ? 1 : 0
        $0.revocations += hasRevoked ? 1 : 0
      }
    }
    over.store(true, ordering: .relaxed)
    // Who waits for the buffer to come back is not kept.
    while (try? revocable.restore()) == nil { usleep(200) }
  }

  /// Whether the others have not done enough for the run to say anything.
  private var isQuiet: Bool { result.withLock { $0.reads < 100 || $0.otherReads < 20 } }

  private func map(_ device: IOMMUDomain, _ random: inout SeededRandom) {
    guard let mapped = try? device.address(0x10_0000).map(revocable) else { return }
    for _ in 0..<Int.random(in: 1...8, using: &random) { judge(try? device.address(0x10_0000).read(count: 1), Self.revocableStamp) }
    mapped.unmap()
  }

  private func fault(_ guest: GuestMemory, _ random: inout SeededRandom) {
    guard let slot = try? guest.addSlot(movable, at: GuestPhysicalAddress(0x4000_0000)) else { return }
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      switch guest.read(GuestPhysicalAddress(0x4000_0000), count: 1) {
      case .done(let bytes): judge(bytes, Self.movableStamp)
      case .announce(let slot, _, let now): guest.acknowledge(slot: slot, now)
      case .retry, .noSlot: break
      case .failed(let error): require(false, "a vCPU's load: \(error)")
      }
    }
    slot.remove()
  }

  private func register(_ network: RDMADevice, _ random: inout SeededRandom) {
    // Pinned on one buffer, revocable on the other.
    let (buffer, stamp) = Bool.random(using: &random) ? (revocable, Self.revocableStamp) : (pinned, Self.pinnedStamp)
    guard let region = try? network.register(buffer) else { return }
    // A request that waits for another thread, and holds a revocation up where the region is not gone before.
    let gate = ring.emit()
    _ = try? region.key.postWrite([stamp], at: 1, after: [gate])
    hand(gate)
    for _ in 0..<Int.random(in: 1...8, using: &random) { judge(try? region.key.read(at: 0, count: 1), stamp) }
    if Bool.random(using: &random) { gate.wait() }
  }

  private func touch(_ random: inout SeededRandom) {
    let population: Population = Bool.random(using: &random) ? .faulted : .populated
    for (buffer, stamp) in [(movable, Self.movableStamp), (revocable, Self.revocableStamp)] {
      guard let mapping = try? buffer.mapCPU(population) else { continue }
      for _ in 0..<4 {
        judge(try? mapping.read(at: 0, count: 1), stamp)
        // Behind what others read, in the same line of memory.
        try? mapping.write([stamp], at: 1)
      }
    }
  }

  /// Work on one of them, signalled from another thread while others wait for it.
  private func fence(_ random: inout SeededRandom) {
    let fence = ring.emit(), buffer = Bool.random(using: &random) ? movable : revocable
    let usage = Usage.allCases[Int.random(in: 0..<4, using: &random)]
    try? buffer.reservation.withLock { held in
      held.reserve()
      try held.add(fence, usage)
    }
    _ = buffer.reservation.unsignalled(.bookkeep)
    result.withLock { $0.fences += 1 }
    hand(fence)
    if Bool.random(using: &random) { fence.wait() }
  }

  /// Passes on what the second process says, and signals what was handed over, in no order.
  private func signal(_ random: inout SeededRandom, until count: Int) {
    while finished.load(ordering: .relaxed) < count || handed.withLock({ !$0.isEmpty }) {
      if port.withLock({ $0 })?.serve(milliseconds: 1) == nil { usleep(1000) }
      var fences = handed.withLock { handed in
        defer { handed = [] }
        return handed
      }
      fences.shuffle(using: &random)
      for fence in fences { fence.signal() }
    }
  }

  /// What has to be so when everybody is gone.
  private func look() {
    for buffer in [movable, revocable, pinned] {
      let holders = buffer.holders.map(\.importer), pins = buffer.reservation.withLock { held in buffer.pins }
      require(holders.isEmpty, "\(buffer.name) has attachments: \(holders)")
      require(buffer.mappingCount == 0 && pins == 0, "\(buffer.name) has \(buffer.mappingCount) mappings, \(pins) pins")
      require(buffer.handleCount == 1, "\(buffer.name) has \(buffer.handleCount) claims")
    }
    require(ring.context.unfinishedCount == 0 && owner.context.unfinishedCount == 0, "fences are not signalled")
  }
}
