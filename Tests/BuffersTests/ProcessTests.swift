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

  @Test func anotherProcessSignalsFences() throws {
    let port = try FencePort(), ring = Ring("client"), fences = (0..<4).map { _ in ring.emit() }
    let (owner, other) = try Channel.pair()
    try owner.send([1], [port.file])
    let theirs = ReceivedPort(try #require(try other.receive(descriptors: 1)?.descriptors.first))
    for fence in fences { try port.open(fence) }
    #expect(port.waitingCount == 4 && port.serve(milliseconds: 0) == 0)
    theirs.signal()
    #expect(port.serve(milliseconds: 1000) == 1)
    #expect(fences.map(\.isSignalled) == [true, false, false, false] && port.waitingCount == 3)
    // Who is signalled by others is waited for no longer, and the other side's word for it is for no other.
    fences[1].fail(with: .cancelled)
    let fifth = ring.emit()
    try port.open(fifth)
    #expect(port.waitingCount == 3)
    theirs.signal()
    #expect(port.serve(milliseconds: -1) == 0 && !fences[2].isSignalled)
    theirs.signal(2)
    #expect(port.serve(milliseconds: 0) == 2)
    #expect(fences[1].error == .cancelled && fences[3].isSignalled && !fifth.isSignalled)
    #expect(throws: FenceMisuse.alreadySignalled) { try port.open(fences[0]) }
    // What is said too often is for nothing that comes later.
    theirs.signal(.max - 1)
    #expect(port.serve(milliseconds: 0) == 1 && fifth.isSignalled)
    let late = ring.emit()
    try port.open(late)
    #expect(port.serve(milliseconds: 0) == 0 && !late.isSignalled && port.waitingCount == 1)
  }

  /// Many, of which the other side forgets every third: what it keeps is in order, and what is over is not kept.
  @Test func aPortKeepsItsPlaces() throws {
    let port = try FencePort(), ring = Ring("client"), theirs = ReceivedPort(dup(port.file))
    var fences: [Fence] = []
    for round in 0..<300 {
      fences.append(ring.emit())
      try port.open(fences[round])
      if round % 3 == 0 { fences[round].fail(with: .cancelled) }
      if round % 7 == 6 {
        theirs.signal(7)
        port.serve(milliseconds: -1)
        #expect(fences.allSatisfy(\.isSignalled) && port.waitingCount == 0)
      }
    }
    #expect(fences[..<294].enumerated().allSatisfy { $0.element.error == ($0.offset % 3 == 0 ? .cancelled : nil) })
  }

  /// It has the descriptor too, and with it the flags and the count.
  @Test func anotherProcessKeepsNobodyByAPortsFlags() throws {
    let port = try FencePort(), ring = Ring("client"), fence = ring.emit(), theirs = ReceivedPort(dup(port.file))
    try port.open(fence)
    for flags in [0, O_NONBLOCK] {
      #expect(fcntl(theirs.file, F_SETFL, flags) == 0)
      #expect(port.serve(milliseconds: 0) == 0 && port.serve(milliseconds: 1) == 0)
    }
    // It takes its own word back.
    theirs.signal()
    var count: UInt64 = 0
    #expect(read(theirs.file, &count, 8) == 8 && port.serve(milliseconds: 0) == 0 && !fence.isSignalled)
    // Not to sleep is its wish, and not the owner's.
    let served = Atomic(0), file = dup(theirs.file)
    onThreads(2) { index in
      if index == 0 {
        served.store(port.serve(milliseconds: -1), ordering: .relaxed)
      } else {
        usleep(20_000)
        ReceivedPort(file).signal()
      }
    }
    let signalled = served.load(ordering: .relaxed)
    #expect(signalled == 1 && fence.isSignalled)
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
