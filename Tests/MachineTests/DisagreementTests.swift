import Machine
import Memory
import Primitives
import Rules
import Testing

/// A run fails where translation does not come to what the rules came to: each kind of access, with one table changed behind the rules'
/// back.
@Suite struct DisagreementTests {
  private func running() throws -> Machine {
    let m = try machine(bounds: Bounds(devices: 1, pages: 2, importers: 1, memory: 1), cast: .behaved, seed: 1)
    _ = m.setUp()
    #expect(m.goPrivate(0) == nil && m.troubles == [])
    // What is tested is what every run does; the audit of tests would find it too.
    m.auditsEveryEvent = false
    return m
  }

  /// The page is in the books, and in no table.
  @Test func aPageThatIsNotThere() throws {
    let m = try running()
    let page = m.file.plan.page(0, 0)
    let range = try #require(AddressRange(start: page, length: PageSize.small.bytes))
    _ = try #require(m.module.secureEPT).unmap(range)
    m.hardware.tlb.invalidateAll()
    #expect(m.attempt(.beginAccess(device: 0, page: 0, secure: true)).outcome == .accepted)
    #expect(m.troubles.count == 1)
  }

  /// The function has stopped to decode, and the books have it decode.
  @Test func aFunctionThatDoesNotAnswer() throws {
    let m = try running()
    m.hardware.map.removeWindows(of: m.hardware.functions[0].id)
    #expect(m.attempt(.beginAccess(device: 0, page: 0, secure: true)).outcome == .accepted)
    #expect(m.troubles.count == 1)
  }

  /// The device's trusted context is gone from the IOMMU alone.
  @Test func aTransferThatIsStopped() throws {
    let m = try running()
    let id = m.hardware.functions[0].id
    m.hardware.iommu.setTrustedContext(nil, for: id)
    m.hardware.iommu.invalidateAll()
    #expect(m.attempt(.startDMA(device: 0, trusted: true)).outcome == .accepted)
    m.attempt(.finishTrustedDMA(device: 0, unit: 0))
    #expect(m.troubles.count == 1)
  }

  /// The guest's memory is in the books, and in no table.
  @Test func aUnitThatIsNotThere() throws {
    let m = try running()
    let unit = m.file.plan.privateUnits[0]
    let range = try #require(AddressRange(start: unit.base, length: unit.size.bytes))
    _ = try #require(m.module.secureEPT).unmap(range)
    m.hardware.tlb.invalidateAll()
    m.attempt(.guestReads(unit: 0))
    #expect(m.troubles.count == 1)
  }
}
