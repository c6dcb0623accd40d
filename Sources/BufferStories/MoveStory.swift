import Buffers
import Primitives

extension Story {
  /// A GPU's buffer goes to system memory and back, under a guest and the CPU.
  static let move = Story(
    name: "buffer-move", summary: "a GPU's buffer moves to system memory under a guest and a CPU mapping",
    declared: [
      "agreed: movable", "place: local", "while work is under way: busy", "place: system", "guest: announced, writeCombined to cached",
      "guest reads: 7", "cpu reads: 7", "while pinned: pinned", "place: local",
    ]
  ) { telling in
    let bus = Bus(), graphics = DeviceMemory(on: bus, function: RequesterID(rawValue: 0x0100), capacity: 64 << 20)
    let handle = try graphics.makeBuffer(named: "vertices", bytes: 2 << 20), buffer = handle.buffer
    telling.step("gpu", "exports '\(buffer.name)', \(buffer.size) bytes")
    let guest = try GuestMemory("vm-1", on: bus), address = GuestPhysicalAddress(0x4000_0000)
    let slot = try guest.addSlot(buffer, at: address)
    telling.fact("agreed: \(slot.lifetime)")
    let cpu = try buffer.mapCPU()
    telling.fact("place: \(buffer.placement)")
    _ = guest.write([7], at: address)
    telling.step("guest", "writes 7")

    let ring = FenceProducer(driver: "gpu", timeline: "gfx"), fence = ring.emit()
    try buffer.add(fence, writing: true)
    telling.step("gpu", "starts a job that writes, fence \(fence.sequence) of gfx")
    telling.fact("while work is under way: \(answer { try buffer.move(to: .system, timeout: 1_000_000) })")
    fence.signal()
    telling.step("gpu", "the job is over")
    try buffer.move(to: .system)
    telling.fact("place: \(buffer.placement)")
    if case .announce(_, let was, let now) = guest.read(address, count: 1) {
      telling.fact("guest: announced, \(was) to \(now)")
      guest.acknowledge(slot: slot.slot, now)
    }
    if case .done(let bytes) = guest.read(address, count: 1) { telling.fact("guest reads: \(bytes[0])") }
    telling.fact("cpu reads: \(answer { try cpu.read(at: 0, count: 1) })")

    let display = try buffer.attach(CPU("display", terms: .gpu), as: Movable.self)
    try display.pin()
    telling.step("display", "pins it")
    telling.fact("while pinned: \(answer { try buffer.move(to: .local) })")
    display.unpin()
    try buffer.move(to: .local)
    telling.fact("place: \(buffer.placement)")
  }

  /// A client offers what it can take back; the compositor declines and asks for a copy.
  static let compositor = Story(
    name: "compositor", summary: "a client offers a revocable buffer, the compositor declines, a copy is made",
    declared: [
      "compositor: refused, offered: revocable; the importer can bear: pinned, movable", "copy: attached, pinned", "client revokes: clean",
      "compositor still draws: 9",
    ]
  ) { telling in
    let bus = Bus()
    let client = HostMemory(on: bus, name: "client", offers: .revocable), memory = HostMemory(on: bus, name: "compositor")
    let handle = try client.makeBuffer(named: "surface", bytes: 64 << 10), surface = handle.buffer
    let source = try surface.mapCPU()
    try source.write([9, 9, 9], at: 0)
    telling.step("client", "draws, and offers '\(surface.name)', which it can take back")
    let compositor = CPU("compositor", terms: .compositor)
    do throws(BufferError) {
      _ = try surface.attach(compositor)
      telling.fact("compositor: attached")
    } catch { telling.fact("compositor: \(error.code.rawValue), \(error.cause?.description ?? "")") }

    let target = try memory.makeBuffer(named: "surface (copy)", bytes: surface.size), copy = target.buffer
    try surface.beginCPUAccess(writing: false)
    let to = try copy.mapCPU()
    var at = 0
    while at < source.count {
      let part = min(16384, source.count - at)
      try to.write(try source.read(at: at, count: part), at: at)
      at += part
    }
    surface.endCPUAccess()
    telling.step("compositor", "copies \(at) bytes into memory of its own")
    let attachment = try copy.attach(compositor, as: Pinned.self)
    telling.fact("copy: attached, \(attachment.record.agreement.lifetime)")
    let report = try surface.revoke(.permanent)
    telling.step("client", "takes its buffer back in the middle of a frame")
    telling.fact("client revokes: \(report.outcome)")
    let drawn = try attachment.mapCPU(writable: false)
    telling.fact("compositor still draws: \(answer { try drawn.read(at: 0, count: 1) })")
  }
}
