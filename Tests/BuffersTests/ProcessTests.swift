import Buffers
import Glibc
import Primitives
import Synchronization
import Testing

/// Buffers over a socket; both ends in one process here. `run two-processes` does it with two.
@Suite struct ProcessTests {
  private let machine = Machine()

  @Test func buffersGoOverASocket() throws {
    let (owner, other) = try Channel.pair()
    let client = Client("client", owner)
    let handle = try machine.onlyRevocable.makeBuffer(named: "frame", bytes: 8192), buffer = handle.buffer
    try client.give([buffer])
    #expect(client.holdCount == 1 && buffer.handleCount == 2)
    let received = try #require(try ReceivedBuffer.receive(from: other)?.first)
    #expect(received.name == "frame" && received.size == 8192)
    try received.write([5], at: 4096)
    #expect(try machine.bus.read(HostPhysicalAddress(try #require(buffer.ranges[0]).start.rawValue + 4096), count: 1) == [5])
    try buffer.revoke(.restorable)
    do {
      _ = try received.read(at: 4096, count: 1)
      Issue.record("a byte after the revocation")
    } catch {
      #expect(error.code == .revoked && error.buffer == "frame")
    }
    // It comes back for whoever is given it anew; the old descriptor stays empty.
    try buffer.restore()
    #expect(code { _ = try received.read(at: 4096, count: 1) } == .revoked)
    try client.give([buffer], writable: false)
    let again = try #require(try ReceivedBuffer.receive(from: other)?.first)
    #expect(try again.read(at: 4096, count: 1) == [5])
    #expect(code { try again.write([1], at: 0) } == .unsupported)
    #expect(code { _ = try again.read(at: 8192, count: 1) } == .badRange)
  }

  /// By a descriptor's name in /proc its user opens it anew for what the file's mode lets him, and that is reading; the story `two-processes`
  /// tries it.
  @Test(arguments: [true, false]) func theFileLetsNobodyWriteAnew(_ isWritable: Bool) throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "frame", bytes: 8192), buffer = handle.buffer
    // The file that the content is kept in after a revocation, too.
    for _ in 0..<2 {
      let file = try buffer.descriptor(writable: isWritable)
      defer { close(file) }
      var status = stat()
      #expect(fstat(file, &status) == 0 && status.st_mode & 0o777 == 0o400)
      #expect(fcntl(file, F_GETFL) & O_ACCMODE == (isWritable ? O_RDWR : O_RDONLY))
      try buffer.revoke()
      try buffer.restore()
    }
  }

  @Test func manyGoInFewMessages() throws {
    let (owner, other) = try Channel.pair()
    let client = Client("client", owner)
    var handles: [Kept] = []
    for i in 0..<300 { handles.append(Kept(try machine.memory.makeBuffer(named: "b\(i)", bytes: 4096))) }
    try client.give(handles.map { $0.handle.buffer })
    let first = try #require(try ReceivedBuffer.receive(from: other)), second = try #require(try ReceivedBuffer.receive(from: other))
    #expect(first.count == Channel.mostDescriptors && first.count + second.count == 300)
    #expect(second.last?.name == "b299")
  }

  private final class Kept {
    let handle: BufferHandle
    init(_ handle: consuming BufferHandle) { self.handle = handle }
  }

  @Test func whoEndsGivesBackAndOwesNothing() throws {
    let (owner, other) = try Channel.pair()
    let client = Client("client", owner)
    let handle = try machine.memory.makeBuffer(named: "frame", bytes: 4096), buffer = handle.buffer
    try client.give([buffer])
    let fence = client.owedFence()
    other.hangUp()
    #expect(try owner.receive() == nil)
    client.end()
    #expect(buffer.handleCount == 1)
    #expect(fence.error == .producerDied && client.owedFence().error == .producerDied)
    #expect(code { try client.give([buffer]) } == .system)
  }

  @Test func whatIsNoParcelIsRefused() throws {
    let (one, other) = try Channel.pair()
    for bytes in [[UInt8](), [1], [0x42], [0x42, 1], [0x42, 0, 0], [0x42, 1] + [UInt8](repeating: 0xFF, count: 41)] where !bytes.isEmpty {
      try one.send(bytes)
      #expect(code { _ = try ReceivedBuffer.receive(from: other) } == .badRange)
    }
    #expect(code { try one.send([]) } == .badRange)
    #expect(code { try one.send([UInt8](repeating: 0, count: Channel.longest + 1)) } == .badRange)
  }

  @Test func aFenceCanBePolled() throws {
    let handle = try machine.memory.makeBuffer(named: "frame", bytes: 4096), buffer = handle.buffer
    let idle = try buffer.fenceDescriptor(writing: true)
    let isIdle = idle.poll(milliseconds: 0)
    #expect(isIdle)
    let ring = Ring("gfx"), read = ring.emit()
    try buffer.add(read, writing: false)
    // IN waits for writers, OUT for everybody.
    let reader = try buffer.fenceDescriptor(writing: false), writer = try buffer.fenceDescriptor(writing: true)
    let ready = [reader.poll(milliseconds: 0), writer.poll(milliseconds: 0)]
    #expect(ready == [true, false])
    // A snapshot: what comes later is not in it.
    try buffer.add(ring.emit(), writing: true)
    read.signal()
    let isOver = writer.poll(milliseconds: 1000)
    #expect(isOver)
  }

  /// Whoever shares a fence's descriptor may set flags on it, and who waits waits all the same.
  @Test(arguments: [0, O_NONBLOCK]) func whoWaitsForAFenceIsNotHurried(_ flags: Int32) throws {
    let ring = Ring("owner"), fence = ring.emit(), descriptor = try FenceDescriptor(fence), theirs = ReceivedFence(dup(descriptor.file))
    #expect(fcntl(theirs.file, F_SETFL, flags) == 0)
    let looks = [theirs.wait(milliseconds: 0), theirs.wait(milliseconds: 1)]
    #expect(looks == [false, false])
    let seen = Atomic(false), file = dup(theirs.file)
    onThreads(2) { index in
      if index == 0 {
        let isOver = ReceivedFence(file).wait(milliseconds: -1)
        seen.store(isOver && fence.isSignalled, ordering: .relaxed)
      } else {
        usleep(20_000)
        fence.signal()
      }
    }
    let isSeen = seen.load(ordering: .relaxed)
    #expect(isSeen)
  }

  /// Who has the descriptor makes no writing end of it by its name in /proc: with one he could say that the work is over, or keep the pipe open
  /// when it is. The story `two-processes` tries it.
  @Test func nobodyHasAFencesOtherEnd() throws {
    let ring = Ring("owner"), descriptor = try FenceDescriptor(ring.emit())
    var status = stat()
    #expect(fstat(descriptor.file, &status) == 0 && status.st_mode & 0o777 == 0)
    #expect(fcntl(descriptor.file, F_GETFL) & O_ACCMODE == O_RDONLY)
  }

  @Test func whatIsNoDescriptorIsNotWaitedFor() {
    let none = ReceivedFence(-1), isOver = [none.wait(milliseconds: -1), none.wait(milliseconds: 0)]
    #expect(isOver == [false, false])
  }

  @Test func aClientGivesOneClaimBack() throws {
    let (owner, other) = try Channel.pair()
    let client = Client("client", owner)
    let handle = try machine.memory.makeBuffer(named: "frame", bytes: 4096), buffer = handle.buffer
    try client.give([buffer, buffer])
    #expect(client.holdCount == 2 && buffer.handleCount == 3)
    #expect(client.takeBack(buffer) && buffer.handleCount == 2)
    #expect(client.takeBack(buffer) && !client.takeBack(buffer) && client.holdCount == 0)
    _ = try other.receive(descriptors: 8)?.descriptors.map { close($0) }
  }
}
