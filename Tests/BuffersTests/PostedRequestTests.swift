import Buffers
import Glibc
import Testing

/// What a network device was asked before a revocation goes on in it, and holds the revocation up: no fence of the buffer stands for it.
@Suite struct PostedRequestTests {
  private let machine = Machine(), ring = Ring("sdma0")

  @Test func aPostedRequestKeepsItsRegion() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "rx", bytes: 8192), buffer = handle.buffer
    let network = RDMADevice("mlx5_0", on: machine.bus), region = try network.register(buffer), copied = ring.emit()
    let sent = try region.key.postWrite([43], at: 5, after: [copied])
    let isIdle = buffer.reservation.isSignalled(.bookkeep)
    #expect(isIdle)
    let report = try buffer.revoke(.permanent, RevocationPolicy(deadline: 2_000_000, late: .withhold))
    #expect(report == RevocationReport(outcome: .withheld, told: 1, late: ["mlx5_0"]))
    // It begins nothing new, and has not let go.
    #expect(code { try region.key.write([44], at: 5) } == .revoked)
    #expect(code { try region.key.postWrite([44], at: 5) } == .revoked)
    #expect(buffer.status.mapped == 1 && !buffer.settle(until: MonotonicTime.now.advanced(by: 1_000_000)))
    copied.signal()
    #expect(sent.isSignalled && sent.error == nil)
    #expect(buffer.settle(until: MonotonicTime.now.advanced(by: 60_000_000_000)))
    #expect(buffer.status.mapped == 0)
    // The memory was kept aside for what was under way.
    #expect(try buffer.backing?.read(at: 5, count: 1) == [43])
    region.deregister()
    #expect(buffer.status.attachments == 0)
  }

  @Test func whoIsDoneInTimeIsNotLate() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "rx", bytes: 4096), buffer = handle.buffer
    let network = RDMADevice("mlx5_0", on: machine.bus), region = try network.register(buffer), copied = ring.emit()
    try region.key.postWrite([1], at: 0, after: [copied])
    onThreads(2) { index in
      if index == 0 {
        let report = try? buffer.revoke(.restorable, RevocationPolicy(deadline: 60_000_000_000, late: .withhold))
        #expect(report == RevocationReport(outcome: .clean, told: 1, late: []))
      } else {
        for _ in 0..<100_000 where !buffer.status.life.isRevoking { usleep(500) }
        copied.signal()
      }
    }
    // A registration does not come back with its buffer.
    try buffer.restore()
    #expect(code { _ = try region.key.read(at: 0, count: 1) } == .revoked)
  }

  /// Who was told to let go does not come back, whatever becomes of the revocation.
  @Test func aRegistrationEndsThoughItsOwnerGivesUp() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "rx", bytes: 4096), buffer = handle.buffer
    let network = RDMADevice("mlx5_0", on: machine.bus), region = try network.register(buffer), copied = ring.emit()
    let sent = try region.key.postWrite([43], at: 0, after: [copied])
    #expect(code { try buffer.revoke(.restorable, RevocationPolicy(deadline: 1_000_000, late: .giveUp)) } == .late)
    #expect(buffer.status.life == .live && buffer.status.mapped == 1)
    #expect(code { _ = try region.key.read(at: 0, count: 1) } == .revoked)
    copied.signal()
    #expect(sent.error == nil)
    for _ in 0..<100_000 where buffer.status.mapped > 0 { usleep(500) }
    #expect(buffer.status.mapped == 0 && buffer.status.attachments == 1)
    let again = try network.register(buffer)
    #expect(try again.key.read(at: 0, count: 1) == [43])
  }

  @Test func whatWasCutFromARequestFailsIt() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "rx", bytes: 4096), buffer = handle.buffer
    let network = RDMADevice("mlx5_0", on: machine.bus), region = try network.register(buffer), copied = ring.emit()
    let sent = try region.key.postWrite([43], at: 0, after: [copied])
    #expect(try buffer.revoke(.permanent, RevocationPolicy(deadline: 1_000_000, late: .cut)).outcome == .cut)
    copied.signal()
    #expect(sent.error == .failed(5))
    #expect(buffer.settle(until: MonotonicTime.now.advanced(by: 60_000_000_000)))
    region.deregister()
  }

  @Test func requestsOfARegionThatIsGoneFail() throws {
    let handle = try machine.revocable.makeBuffer(named: "rx", bytes: 4096), buffer = handle.buffer
    let network = RDMADevice("mlx5_0", on: machine.bus), region = try network.register(buffer), copied = ring.emit()
    let sent = try region.key.postWrite([43], at: 0, after: [copied])
    region.deregister()
    copied.signal()
    #expect(sent.error == .failed(5))
    #expect(try buffer.backing?.read(at: 0, count: 1) == [0])
  }

  @Test func aQueueHasAnEnd() throws {
    let handle = try machine.revocable.makeBuffer(named: "rx", bytes: 8192), buffer = handle.buffer
    let network = RDMADevice("mlx5_0", on: machine.bus), region = try network.register(buffer, length: 4096), copied = ring.emit()
    #expect(code { try region.key.postWrite([1, 2], at: 4095) } == .badRange)
    #expect(code { try region.key.postWrite([UInt8](repeating: 0, count: RDMADevice.longestPost + 1), at: 0) } == .badRange)
    for count in 0..<RDMADevice.queueDepth { try region.key.postWrite([UInt8(truncatingIfNeeded: count)], at: 7, after: [copied]) }
    #expect(code { try region.key.postWrite([1], at: 0) } == .noRoom)
    copied.signal()
    let last = try region.key.postWrite([9], at: 0)
    #expect(last.isSignalled)
    #expect(try region.key.read(at: 0, count: 1) == [9])
    #expect(try region.key.read(at: 7, count: 1) == [UInt8(truncatingIfNeeded: RDMADevice.queueDepth - 1)])
  }
}
