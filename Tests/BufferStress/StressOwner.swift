import Buffers
import Foundation
import Primitives

/// The owner's side of the second process: gives it buffers and orders, signals what it waits for, and kills it now and then.
struct StressOwner {
  private struct Running {
    var client: Client
    /// What the client signals; served by the signalling thread.
    var port: FencePort
    var process: Process
  }
  let shared: StressRun
  var random: SeededRandom
  private var running: Running?

  init(_ shared: StressRun, seed: UInt64) { (self.shared, random) = (shared, SeededRandom(seed: seed)) }

  /// Until the run is over.
  mutating func work() throws {
    while !shared.isOver { try order() }
    end(killing: false)
  }

  private mutating func order() throws {
    if running == nil { running = try launch() }
    guard let running else { return }
    let (client, port) = (running.client, running.port)
    let buffers = [shared.revocable, shared.pinned]
    // Revoked at this moment: another time.
    do throws(BufferError) { try client.give(buffers) } catch {
      if error.code == .revoked { return }
      throw error
    }
    let before = shared.owner.emit(), after = client.owedFence()
    let descriptor = try FenceDescriptor(before)
    try port.open(after)
    // A revocation waits for what the client still does.
    try? shared.revocable.add(after, writing: false)
    let order = StressClient.Order(seed: random.next(), stamps: [StressRun.revocableStamp, StressRun.pinnedStamp])
    try client.channel.send(order.bytes, [descriptor.file])
    shared.hand(before)
    if Int.random(in: 0..<12, using: &random) == 0 {
      end(killing: true)
      shared.require(after.isSignalled, "a client was killed, and its fence is not signalled")
      shared.require(client.holdCount == 0, "a client was killed, and holds \(client.holdCount) buffers")
      return
    }
    guard let counts = try client.channel.receive()?.bytes, counts.count == 3 else { return shared.require(false, "the second process ended") }
    shared.count(other: Int(counts[0]), refused: Int(counts[1]))
    shared.require(counts[2] == 0, "the second process read \(counts[2]) times what is not the buffer's")
    for buffer in buffers { client.takeBack(buffer) }
    after.wait()
    shared.require(after.error == nil, "the client's fence: \(after.error.map { "\($0)" } ?? "")")
  }

  private mutating func launch() throws -> Running {
    let (mine, theirs) = try Channel.pair()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["client"]
    process.standardInput = FileHandle(fileDescriptor: theirs.file, closeOnDealloc: false)
    // Closed here once the other process has its copy.
    defer { withExtendedLifetime(theirs) {} }
    try process.run()
    let port = try FencePort(sending: [0], over: mine)
    shared.serve(port)
    return Running(client: Client("client", mine), port: port, process: process)
  }

  /// The client goes, one way or the other.
  private mutating func end(killing: Bool) {
    guard let running = running.take() else { return }
    let (client, process) = (running.client, running.process)
    if killing {
      kill(process.processIdentifier, SIGKILL)
      shared.countKill()
    } else {
      client.channel.hangUp()
    }
    process.waitUntilExit()
    shared.require(killing || process.terminationStatus == 0, "the second process ended with \(process.terminationStatus)")
    // Its end of the socket is seen to be closed, whatever it left in it; a channel with something else in it would sleep here for ever.
    do { while try client.channel.receive() != nil {} } catch { shared.require(false, "a client that is gone: \(error)") }
    // All that it owed it has said, and each of its fences was waited for.
    shared.require(killing || running.port.waitingCount == 0, "the port waits for \(running.port.waitingCount) fences")
    client.end()
    shared.serve(nil)
    shared.require(running.port.waitingCount == 0, "a client is gone, and its port waits for \(running.port.waitingCount) fences")
  }
}
