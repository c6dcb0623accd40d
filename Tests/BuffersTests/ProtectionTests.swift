import Buffers
import Primitives
import Testing

/// How pages are mapped: encryption, caching, and what becomes of them through two stages.
@Suite struct ProtectionTests {
  private let machine = Machine()

  @Test func theRule() {
    func encrypted(_ kind: MemoryKind, _ mode: MemoryEncryptionMode, _ width: UInt8) -> Bool {
      PageProtection.rule(kind, .cached, mode, deviceWidth: width).isEncrypted
    }
    for mode in [MemoryEncryptionMode.none, .sme(bit: 47), .sev(bit: 47)] {
      #expect(!encrypted(.device, mode, 64))
      #expect(PageProtection.rule(.device, .cached, mode, deviceWidth: 64).cacheability == .writeCombined)
    }
    #expect(!encrypted(.coherent, .sev(bit: 47), 64))
    #expect(encrypted(.coherent, .sme(bit: 47), 48))
    #expect(!encrypted(.coherent, .sme(bit: 47), 47))
    #expect(encrypted(.streaming, .sev(bit: 47), 32))
    #expect(!encrypted(.streaming, .none, 64))
  }

  @Test func itIsLookedUpOncePerMappingAndAgainAfterAMove() throws {
    let handle = try machine.graphics().makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    var mapping = MappingProtection(.sme(bit: 47), deviceWidth: 64)
    func current() throws -> PageProtection { try buffer.reservation.withLock { held in try mapping.current(of: buffer, held) } }
    for _ in 0..<10 { #expect(try current() == PageProtection(.writeCombined, encrypted: false)) }
    #expect(mapping.lookups == 1)
    try buffer.move(to: .system)
    for _ in 0..<10 { #expect(try current() == PageProtection(.cached, encrypted: true)) }
    #expect(mapping.lookups == 2)
  }

  @Test func mapInfoFollowsTheMemory() throws {
    func info(_ attributes: [RangeAttributes]) throws -> MapInfo {
      MapInfo(try RangeList(attributes.enumerated().map { PhysicalRange(HostPhysicalAddress(UInt64($0) * 0x10000), 4096, .memory, $1) }))
    }
    #expect(try info([.init(.cached)]) == .cached)
    #expect(try info([.init(.writeCombined), .init(.writeCombined)]) == .writeCombined)
    #expect(try info([.init(.uncached)]) == .uncached)
    #expect(try info([.init(.cached), .init(.uncached)]) == .notMappable)
    #expect(try info([.init(.cached), .init(.cached, needsSync: true)]) == .needsSync)
    #expect(try info([.init(.cached, cpuMappable: false)]) == .notMappable)
    #expect(MapInfo.allCases.map(\.virtio) == [1, 3, 2, nil, nil])
  }

  /// The guess is right for one driver while its buffers are where it thinks; nothing tells it when they move.
  @Test func aGuessByDriverIsWrongAfterAMove() throws {
    let handle = try machine.graphics().makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    #expect(MapInfo.guess(driver: "amdgpu") == buffer.mapInfo)
    try buffer.move(to: .system)
    #expect(MapInfo.guess(driver: "amdgpu") != buffer.mapInfo)
  }

  // MARK: Two stages

  /// Intel SDM volume 3, the table of effective types: rows are the EPT's, columns UC, UC-, WC, WT, WP, WB of the PAT.
  @Test func x86Combines() {
    let columns: [X86MemoryType] = [.uncacheable, .weaklyUncacheable, .writeCombining, .writeThrough, .writeProtected, .writeBack]
    let rows: [(X86MemoryType, String)] = [
      (.uncacheable, "UC UC WC UC UC UC"), (.writeCombining, "UC WC WC UC UC WC"), (.writeThrough, "UC UC WC WT WP WT"),
      (.writeProtected, "UC WC WC WP WP WP"), (.writeBack, "UC UC WC WT WP WB"),
    ]
    let names: [String: X86MemoryType] = [
      "UC": .uncacheable, "WC": .writeCombining, "WT": .writeThrough, "WP": .writeProtected, "WB": .writeBack,
    ]
    for (ept, row) in rows {
      for (pat, name) in zip(columns, row.split(separator: " ")) {
        #expect(X86MemoryType.effective(ept: ept, ignoresPAT: false, pat: pat) == names[String(name)], "\(ept) \(pat)")
        #expect(X86MemoryType.effective(ept: ept, ignoresPAT: true, pat: pat) == ept)
      }
    }
  }

  @Test func x86WalksBothTables() {
    var guest = EntryTable<GuestVirtualAddress>(present: 1), ept = EntryTable<GuestPhysicalAddress>(present: 7)
    let page = GuestVirtualAddress(0x7F00_0000_1000)
    // PAT index 1 of Linux is write-combining: PWT.
    guest.set(page, 0x9000 | 1 | 1 << 3)
    ept.set(GuestPhysicalAddress(0x9000), 0x4_0000_0000 | 7 | 6 << 3)
    func type() -> X86MemoryType? { X86MemoryType.walk(page, guest: guest, ept: ept, pat: X86MemoryType.linuxPAT) }
    #expect(type() == .writeCombining)
    ept.set(GuestPhysicalAddress(0x9000), 0x4_0000_0000 | 7 | 6 << 3 | 1 << 6)
    #expect(type() == .writeBack)
    guest.set(page, 0x9000 | 1)
    ept.set(GuestPhysicalAddress(0x9000), 0x4_0000_0000 | 7)
    #expect(type() == .uncacheable)
    ept.set(GuestPhysicalAddress(0x9000), 0)
    #expect(type() == nil)
    #expect(X86MemoryType.walk(GuestVirtualAddress(0x1000), guest: guest, ept: ept, pat: 0) == nil)
  }

  @Test func armWalksBothStages() {
    var stage1 = EntryTable<GuestVirtualAddress>(present: 3), stage2 = EntryTable<GuestPhysicalAddress>(present: 3)
    let page = GuestVirtualAddress(0x1000), mair: UInt64 = 0xFF << 8 | 0x44 << 16
    func type(_ index: UInt64, _ memAttr: UInt64, fwb: Bool) -> ArmMemoryType? {
      stage1.set(page, 0x9000 | 3 | index << 2)
      stage2.set(GuestPhysicalAddress(0x9000), 0x4_0000_0000 | 3 | memAttr << 2)
      return ArmMemoryType.walk(page, stage1: stage1, stage2: stage2, mair: mair, hasFWB: fwb)
    }
    // Index 0 is Device, 1 written back, 2 not cached. Without FWB the more restrictive one.
    #expect(type(1, 0b1111, fwb: false) == .writeBack)
    #expect(type(2, 0b1111, fwb: false) == .nonCacheable)
    #expect(type(1, 0b0101, fwb: false) == .nonCacheable)
    #expect(type(0, 0b1111, fwb: false) == .device)
    // With it the host may give caching, or leave it to the guest.
    #expect(type(2, 0b0110, fwb: true) == .writeBack)
    #expect(type(2, 0b0111, fwb: true) == .nonCacheable)
    #expect(type(1, 0b0101, fwb: true) == .nonCacheable)
    #expect(type(1, 0b0001, fwb: true) == .device)
    #expect(type(1, 0b0100, fwb: true) == nil)
  }
}
