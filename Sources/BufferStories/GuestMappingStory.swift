import Buffers
import Primitives

extension Story {
  /// What a VMM tells a guest of a buffer, and what the guest's accesses are then.
  static let guestMapping = Story(
    name: "guest-mapping", summary: "a VMM maps a buffer into a guest as its exporter says; a move is announced (fault: guess-by-driver)",
    declared: [
      "map_info: 3 (writeCombined)", "guest on x86: writeCombining", "guest on Arm: nonCacheable", "needs sync: not mappable to a guest",
      "restricted: not mappable", "after a move: announced, cached", "map_info: 1 (cached)", "guest on x86: writeBack", "guest on Arm: writeBack",
      "told and true agree: yes",
    ]
  ) { telling in
    let bus = Bus(), graphics = DeviceMemory(on: bus, function: RequesterID(rawValue: 0x0100), capacity: 64 << 20)
    let handle = try graphics.makeBuffer(named: "scanout", bytes: 4096), buffer = handle.buffer
    let guest = try GuestMemory("vm-1", on: bus), address = GuestPhysicalAddress(0x4000_0000)
    let slot = try guest.addSlot(buffer, at: address)
    let guesses = telling.fault == "guess-by-driver"
    func info() -> MapInfo { guesses ? MapInfo.guess(driver: "amdgpu") : buffer.mapInfo }
    func say(_ info: MapInfo, _ telling: inout Telling) {
      telling.fact("map_info: \(info.virtio.map { "\($0)" } ?? "none") (\(info))")
      telling.fact("guest on x86: \(x86(info).map { "\($0)" } ?? "none")")
      telling.fact("guest on Arm: \(arm(info).map { "\($0)" } ?? "none")")
    }
    telling.step("vmm", guesses ? "guesses by the name of the driver" : "asks the exporter")
    say(info(), &telling)

    let streaming = HostMemory(on: bus, name: "camera", RangeAttributes(.cached, needsSync: true))
    let camera = try streaming.makeBuffer(named: "frame", bytes: 4096)
    if camera.buffer.mapInfo == .needsSync, camera.buffer.mapInfo.virtio == nil { telling.fact("needs sync: not mappable to a guest") }
    if let region = AddressRange(start: HostPhysicalAddress(0x6000_0000), length: 1 << 20) {
      let video = try RestrictedMemory(region).makeBuffer(named: "video", bytes: 4096)
      if video.buffer.mapInfo == .notMappable { telling.fact("restricted: not mappable") }
    }

    _ = guest.write([1], at: address)
    try buffer.move(to: .system)
    telling.step("gpu", "needs its memory, and moves the buffer to the system's")
    if case .announce(_, _, let now) = guest.read(address, count: 1) {
      telling.fact("after a move: announced, \(now)")
      guest.acknowledge(slot: slot.slot, now)
    }
    telling.step("vmm", guesses ? "guesses again" : "asks again")
    let told = info()
    say(told, &telling)
    telling.fact("told and true agree: \(told == buffer.mapInfo ? "yes" : "no")")
  }

  /// A guest that maps as it was told, over a host that maps written back where it may.
  private static func x86(_ info: MapInfo) -> X86MemoryType? {
    var guest = EntryTable<GuestVirtualAddress>(present: 1), ept = EntryTable<GuestPhysicalAddress>(present: 7)
    let page = GuestVirtualAddress(0x1000)
    // Linux's PAT: index 0 written back, 1 write-combining, 3 uncacheable.
    let index: UInt64 = info == .cached ? 0 : info == .writeCombined ? 1 : 3
    guest.set(page, 0x4000_0000 | 1 | index << 3)
    ept.set(GuestPhysicalAddress(0x4000_0000), 0x9_0000_0000 | 7 | 6 << 3)
    return X86MemoryType.walk(page, guest: guest, ept: ept, pat: X86MemoryType.linuxPAT)
  }

  private static func arm(_ info: MapInfo) -> ArmMemoryType? {
    var stage1 = EntryTable<GuestVirtualAddress>(present: 3), stage2 = EntryTable<GuestPhysicalAddress>(present: 3)
    let page = GuestVirtualAddress(0x1000)
    // MAIR: index 0 Device, 1 written back, 2 not cached.
    let index: UInt64 = info == .cached ? 1 : info == .writeCombined ? 2 : 0
    stage1.set(page, 0x4000_0000 | 3 | index << 2)
    stage2.set(GuestPhysicalAddress(0x4000_0000), 0x9_0000_0000 | 3 | 15 << 2)
    return ArmMemoryType.walk(page, stage1: stage1, stage2: stage2, mair: 0xFF << 8 | 0x44 << 16, hasFWB: false)
  }
}
