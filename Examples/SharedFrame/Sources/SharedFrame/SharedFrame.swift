import Buffers

/// A camera's frame: written by a device, drawn by the CPU, and taken back by its owner.
func shareAFrame(_ say: (String) -> Void) throws {
  // The machine: who answers at which address, an exporter, an importer.
  let bus = Bus()
  let camera = HostMemory(on: bus, name: "camera", offers: [.pinned, .revocable])
  let device = try IOMMUDomain("0000:02:00.0", on: bus)

  // A buffer lives as long as somebody has a handle or an attachment.
  let handle = try camera.makeBuffer(named: "frame", bytes: 64 << 10)
  let frame = handle.buffer

  // The device attaches and maps in one, at an address of its own. What was agreed is the freest class that both sides bear.
  let mapped = try device.address(0x10_0000).map(frame)
  say("agreed: \(frame.holders[0].lifetime)")

  // Its work is a fence in the frame's reservation.
  let engine = FenceProducer(driver: "camera", timeline: "capture", timeout: 1_000_000_000)
  let captured = engine.emit()
  try frame.add(captured, writing: true)
  say("over before it began: \(try frame.reservation.wait(.write, nanoseconds: 0) > 0)")
  try device.address(0x10_0000).write([1, 2, 3])
  captured.signal()

  // The CPU reads between begin and end, which waits for the device's work.
  let mapping = try frame.mapCPU(writable: false)
  try frame.beginCPUAccess(writing: false)
  say("the CPU reads \(try mapping.read(at: 0, count: 3))")
  frame.endCPUAccess()

  // A compositor must not die from a frame that is taken away, and declines.
  do throws(BufferError) {
    let client = HostMemory(on: bus, name: "client", offers: .revocable)
    let window = try client.makeBuffer(named: "window", bytes: 4096)
    _ = try window.buffer.attach(CPU("compositor", terms: .compositor))
  } catch {
    say("\(error)")
  }

  // The owner takes the frame back: both waits, then nobody reaches the memory.
  let report = try frame.revoke(.restorable, RevocationPolicy(deadline: 1_000_000_000, late: .withhold))
  say("revoked: \(report.outcome), told \(report.told)")
  do throws(BufferError) { _ = try device.address(0x10_0000).read(count: 3) } catch { say("the device: \(error.code.rawValue)") }
  do throws(BufferError) { _ = try mapping.read(at: 0, count: 3) } catch { say("the CPU: \(error.code.rawValue) '\(error.buffer)'") }

  // And gives it out again. Old mappings stay gone; new ones find the bytes.
  try frame.restore()
  mapped.unmap()
  let again = try device.address(0x10_0000).map(frame)
  say("mapped again: \(try again.start.read(count: 3))")
}
