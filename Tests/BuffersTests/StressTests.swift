import Buffers
import Foundation
import Primitives
import Synchronization
import Testing

/// Real threads that move, revoke, map, fault, read and signal at random. Every byte that anybody gets is the buffer's own, and at the end
/// nobody holds anything.
@Suite struct StressTests {
  private let machine = Machine()

  /// `COFFERDAM_SEED` chooses another seed, `COFFERDAM_ROUNDS` more work.
  private static func setting(_ name: String, _ usual: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? usual
  }

  private final class Shared: Sendable {
    let movable: BufferHandle, revocable: BufferHandle
    let isOver = Atomic(false), wrong = Atomic(0), reads = Atomic(0)
    init(_ movable: consuming BufferHandle, _ revocable: consuming BufferHandle) {
      self.movable = movable
      self.revocable = revocable
    }

    /// What came of a read: the stamp of the buffer, or nothing.
    func judge(_ bytes: [UInt8]?, _ stamp: UInt8) {
      guard let bytes else { return }
      reads.add(1, ordering: .relaxed)
      if bytes != [stamp] { wrong.add(1, ordering: .relaxed) }
    }
  }

  @Test func nothingIsReadThatIsNotTheBuffers() throws {
    let seed = Self.setting("COFFERDAM_SEED", 20), rounds = Int(Self.setting("COFFERDAM_ROUNDS", 150))
    print("stress: seed \(seed), \(rounds) rounds")
    let shared = Shared(
      try machine.graphics().makeBuffer(named: "movable", bytes: 16 << 10),
      try machine.onlyRevocable.makeBuffer(named: "revocable", bytes: 16 << 10))
    let movable = shared.movable.buffer, revocable = shared.revocable.buffer
    try machine.bus.write([11], at: try #require(movable.ranges[0]?.start))
    try machine.bus.write([22], at: try #require(revocable.ranges[0]?.start))
    let device = try machine.device(), guest = try machine.guest(), network = RDMADevice("mlx5_0", on: machine.bus)
    let ring = Ring("stress")

    onThreads(6) { index in
      var random = SeededRandom(seed: seed &* 100 &+ UInt64(index))
      if index == 0 {
        // The exporters.
        for round in 0..<rounds * 20 where round < rounds || shared.reads.load(ordering: .relaxed) < 100 {
          // Time for the others to get somewhere.
          usleep(200)
          try? movable.move(to: Bool.random(using: &random) ? .system : .local)
          if (try? revocable.revoke()) != nil { try? revocable.restore() }
        }
        shared.isOver.store(true, ordering: .relaxed)
        return
      }
      while !shared.isOver.load(ordering: .relaxed) {
        switch index {
        case 1:
          guard let mapped = try? device.map(revocable, at: DMAAddress(0x10_0000)) else { continue }
          for _ in 0..<Int.random(in: 1...8, using: &random) { shared.judge(try? device.read(DMAAddress(0x10_0000), count: 1), 22) }
          mapped.unmap()
        case 2:
          guard let slot = try? guest.addSlot(movable, at: GuestPhysicalAddress(0x4000_0000)) else { continue }
          for _ in 0..<Int.random(in: 1...8, using: &random) {
            switch guest.read(GuestPhysicalAddress(0x4000_0000), count: 1) {
            case .done(let bytes): shared.judge(bytes, 11)
            case .announce(let slot, _, let now): guest.acknowledge(slot: slot, now)
            case .retry, .noSlot: break
            case .failed: shared.wrong.add(1, ordering: .relaxed)
            }
          }
          slot.remove()
        case 3:
          guard let region = try? network.register(revocable) else { continue }
          for _ in 0..<Int.random(in: 1...8, using: &random) { shared.judge(try? network.read(region.key, at: 0, count: 1), 22) }
        case 4:
          guard let one = try? movable.mapCPU(writable: false) else { continue }
          for _ in 0..<4 { shared.judge(try? one.read(at: 0, count: 1), 11) }
          if let two = try? revocable.mapCPU(writable: false) { for _ in 0..<4 { shared.judge(try? two.read(at: 0, count: 1), 22) } }
        default:
          // Work on both, signalled from here while others wait for it.
          let fence = ring.emit(), buffer = Bool.random(using: &random) ? movable : revocable
          try? buffer.reservation.withLock { held in
            held.reserve()
            try held.add(fence, Usage.allCases[Int.random(in: 0..<4, using: &random)])
          }
          _ = buffer.reservation.unsignalled(.bookkeep)
          fence.signal()
        }
      }
    }
    #expect(shared.wrong.load(ordering: .relaxed) == 0, "seed \(seed)")
    #expect(shared.reads.load(ordering: .relaxed) > 0)
    for buffer in [movable, revocable] {
      #expect(buffer.attachments.isEmpty && buffer.mappingCount == 0 && buffer.pins == 0)
      #expect(buffer.handleCount == 1)
    }
    #expect(ring.context.unfinishedCount == 0)
  }
}
