import Buffers
import Primitives
import Testing

/// What people look at: bufinfo, fdinfo, and what is left at the end.
@Suite struct BufferReportTests {
  private let machine = Machine()

  @Test func bufinfoHasLinuxsColumns() throws {
    let handle = try machine.revocable.makeBuffer(named: "frame", bytes: 8192), buffer = handle.buffer
    let attachment = try buffer.attach(Scripted("0000:03:00.0", .rdma), as: Revocable.self)
    let ring = Ring("gfx"), fence = ring.emit()
    try buffer.reservation.withLock { held in
      held.reserve()
      try held.add(fence, .write)
    }
    let lines = BufferReports.bufinfo(of: [buffer]).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let inode = String(repeating: "0", count: 8 - String(buffer.number).count) + String(buffer.number)
    #expect(
      lines == [
        "", "Dma-buf Objects:", "size    \tflags   \tmode    \tcount   \texp_name\tino\tname",
        "00008192\t00000002\t00080007\t00000002\trevocable\t\(inode)\tframe", "\twrite fence:test gfx seq 1 unsignalled",
        "\tAttached Devices:", "\t0000:03:00.0", "Total 1 devices attached", "", "", "Total 1 objects, 8192 bytes", "",
      ])
    fence.signal()
    attachment.detach()
  }

  @Test func fdinfoHasLinuxsKeys() throws {
    let handle = try machine.memory.makeBuffer(named: "", bytes: 4096), buffer = handle.buffer
    #expect(buffer.fdinfo == "size:\t4096\ncount:\t1\nexp_name:\tsystem\n")
    buffer.name = try BufferName("late name")
    #expect(buffer.fdinfo.hasSuffix("name:\tlate name\n"))
  }

  @Test func aLeakNamesWhoHoldsIt() throws {
    let handle = try machine.memory.makeBuffer(named: "lost", bytes: 4096), buffer = handle.buffer
    let attachment = try buffer.attach(Scripted("disk", .fixed), as: Pinned.self)
    let holder = try #require(buffer.holders.first)
    #expect(holder.importer == "disk" && holder.lifetime == .pinned && !holder.isMapped)
    let text = try #require(BufferReports.leaks(of: [buffer], at: holder.since.advanced(by: 1_005_000_000)))
    #expect(text.hasPrefix("1 buffer is not released\n  'lost', 4096 bytes of system, for 1.00"))
    #expect(text.hasSuffix("    disk: pinned, attached, for 1.005 s\n"))
    #expect(BufferReports.leaks(of: [], at: .now) == nil)
    attachment.detach()
    #expect(BufferReports.bufinfo().contains("\tlost\n"))
    handle.close()
    #expect(!BufferReports.bufinfo().contains("\tlost\n"))
  }
}
