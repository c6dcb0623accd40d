import Machine
import Memory
import Rules
import Testing

/// Caches keep what was taken away until they are told, and no longer.
struct CacheTests {
  private func running() throws -> Machine {
    let m = try machine(cast: .untrustedHost)
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == nil)
    return m
  }

  private func transfer(_ m: Machine, unit: UInt8 = 0) -> Attempt {
    m.attempt(.startDMA(device: 0, trusted: true))
    return m.attempt(.finishTrustedDMA(device: 0, unit: unit))
  }

  @Test func aBlockedDMAEntryWorksUntilItIsInvalidated() throws {
    let m = try running()
    m.attempt(.guestWrites(unit: 0))
    #expect(transfer(m).event.argument("read") == "a5a4a7a6a1a0a3a2")
    m.attempt(.call(.dmarBlock, device: 0, page: 0))
    // Blocked in the table, present in the cache.
    #expect(transfer(m).event.argument("read") == "a5a4a7a6a1a0a3a2")
    m.attempt(.call(.invalidateEntry, device: 0, page: 0))
    m.attempt(.call(.invalidateProcess, device: 0, page: 0))
    let lost = transfer(m)
    #expect(lost.outcome == .failed(.iommuTrusted) && lost.event.outcome == .fault)
    #expect(lost.event.argument("read") == "fault")
    #expect(m.troubles == [])
  }

  @Test func aBlockedPageIsReadUntilTheVCPUEntersAnew() throws {
    let m = try running()
    m.attempt(.guestWrites(unit: 1))
    m.attempt(.call(.rangeBlock, device: 0, page: 1))
    let cached = m.attempt(.guestReads(unit: 1))
    #expect(cached.isAccepted && cached.event.accesses.first?.fromCache == true)
    #expect(cached.bytes == m.attempt(.guestReads(unit: 1)).bytes && cached.bytes.first == 0xA6)
    m.attempt(.call(.memTrack, device: 0, page: 0))
    m.attempt(.call(.kick, device: 0, page: 0))
    m.attempt(.enterVCPU)
    #expect(m.attempt(.guestReads(unit: 1)).event.code == "EPT_VIOLATION")
    #expect(m.troubles == [])
  }

  @Test func acceptedMemoryIsZero() throws {
    let m = try running()
    m.attempt(.guestWrites(unit: 1))
    for step in [Step.rangeBlock, .memTrack, .kick, .invalidateIOTLB, .invalidateProcess, .pageRemove] {
      #expect(m.attempt(.call(step, device: 0, page: 1)).isAccepted, "\(step)")
    }
    let frames = m.hardware.frames.allocatedBytes
    #expect(m.attempt(.call(.pageAug, device: 0, page: 1)).isAccepted)
    #expect(m.hardware.frames.allocatedBytes == frames + 4096)
    m.attempt(.enterVCPU)
    #expect(m.attempt(.acceptMemory(unit: 1)).isAccepted)
    let read = m.attempt(.guestReads(unit: 1))
    #expect(read.bytes == [UInt8](repeating: 0, count: 64) && read.event.argument("poison") == nil)
    let frame = try #require(m.module.unitFrames[1])
    #expect(m.hardware.encryption.state(ofLineAt: frame.start).owner == m.module.key)
    #expect(m.troubles == [])
  }

  @Test func everythingGoesBack() throws {
    let m = try machine()
    let before = m.hardware.frames.allocatedBytes
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == nil)
    m.crash()
    #expect(m.teardown().end == .completed)
    #expect(m.module.unitFrames.allSatisfy { $0 == nil } && m.kvm.sharedFrames.isEmpty)
    // Only the roots of tables that nobody uses any more are left.
    #expect(m.hardware.frames.allocatedBytes <= before + 5 * 4096)
    #expect(m.hardware.tlb.count == 0)
  }
}
