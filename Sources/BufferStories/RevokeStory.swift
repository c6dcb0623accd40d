import Buffers
import Primitives

extension Story {
  /// A BAR is reset while a device and a guest use it.
  static let revoke = Story(
    name: "buffer-revoke", summary: "a BAR is reset under an importer and a guest: both waits, and it comes back",
    declared: [
      "revoked: clean, told 2, late none", "device: no-answer", "vcpu: retry, because revoked", "attach while revoked: refused",
      "old mapping after restore: no-answer", "new mapping after restore: 42", "vcpu after restore: 42", "late importer: mlx5_0, withheld",
      "settled: yes",
    ]
  ) { telling in
    let bus = Bus(), function = RequesterID(rawValue: 0x0100)
    guard let range = AddressRange(start: HostPhysicalAddress(0x8000_0000), length: 1 << 20) else { return }
    let window = try WindowMemory(on: bus, function: function, bar: 2, at: range)
    let handle = try window.makeBuffer(named: "bar2", [.init(offset: 0, length: 1 << 20)]), buffer = handle.buffer
    let device = try IOMMUDomain("0000:02:00.0", on: bus), guest = try GuestMemory("vm-1", on: bus)
    telling.step("vfio", "exports 1 MiB of \(window.name) as '\(buffer.name)', revocable")
    let mapped = try device.address(0x10_0000).map(buffer)
    let slot = try guest.addSlot(buffer, at: GuestPhysicalAddress(0x1_0000_0000))
    telling.step("device", "\(device.name) maps it at \(mapped.start)")
    try device.address(0x10_0000).write([42])
    _ = guest.read(GuestPhysicalAddress(0x1_0000_0000), count: 1)
    telling.step("guest", "touches slot \(slot.slot)")

    let report = try buffer.revoke()
    telling.step("vfio", "resets the function: revoke")
    telling.fact("revoked: \(report.outcome), told \(report.told), late \(report.late.isEmpty ? "none" : report.late.joined(separator: ", "))")
    telling.fact("device: \(answer { try device.address(0x10_0000).read(count: 1) })")
    if case .retry(_, _, .revoked) = guest.read(GuestPhysicalAddress(0x1_0000_0000), count: 1) { telling.fact("vcpu: retry, because revoked") }
    telling.fact("attach while revoked: \(answer { _ = try device.address(0x90_0000).map(buffer) })")

    try buffer.restore()
    telling.step("vfio", "the reset is over: restore")
    telling.fact("old mapping after restore: \(answer { try device.address(0x10_0000).read(count: 1) })")
    mapped.unmap()
    let again = try device.address(0x10_0000).map(buffer)
    telling.fact("new mapping after restore: \(answer { try device.address(0x10_0000).read(count: 1) })")
    if case .done(let bytes) = guest.read(GuestPhysicalAddress(0x1_0000_0000), count: 1) { telling.fact("vcpu after restore: \(bytes[0])") }

    // Nothing in the reservation says that a network device's queue is at work: user space posts to it.
    let network = RDMADevice("mlx5_0", on: bus), region = try network.register(buffer)
    let engine = FenceProducer(driver: "copy", timeline: "sdma0", timeout: 3_600_000_000_000), copied = engine.emit()
    try region.key.postWrite([43], at: 0, after: [copied])
    telling.step("mlx5_0", "registers it, and queues a write behind job \(copied.sequence) of a copy engine")
    let late = try buffer.revoke(.permanent, RevocationPolicy(deadline: 5_000_000, late: .withhold))
    telling.step("vfio", "the device goes away: revoke, for good")
    telling.fact("late importer: \(late.late.joined(separator: ", ")), \(late.outcome)")
    copied.signal()
    telling.step("copy engine", "ends its job: mlx5_0 does its write, and lets go")
    telling.fact("settled: \(buffer.settle(until: .now.advanced(by: 10_000_000_000)) ? "yes" : "no")")
    region.deregister()
    again.unmap()
  }

  /// What a call came to: the code of its error, the first of its bytes, or nothing to say.
  static func answer(_ body: () throws -> [UInt8]) -> String {
    do { return try body().first.map { "\($0)" } ?? "nothing" } catch { return (error as? BufferError)?.code.rawValue ?? "\(error)" }
  }
  static func answer(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "done"
    } catch { return (error as? BufferError)?.code.rawValue ?? "\(error)" }
  }
}
