import Buffers
import Glibc
import Primitives

extension Story {
  /// Buffers in a second process, which is honest first, then hostile, then killed.
  static let twoProcesses = Story(
    name: "two-processes",
    summary:
      "buffers go to a second process; it reads, is cut off, tries to get around that, to write what it may read and to keep a fence from ending, and is killed",
    declared: [
      "client received: 3", "client reads: 42", "client's bytes arrive: 43", "after the revocation: revoked 'frame'",
      "bypassing the library: load SIGBUS, read 0 bytes, grow refused, map again SIGBUS", "owner keeps the content: 43",
      "other buffers: 0", "given for reading: 7", "getting around that: write refused, map refused, open anew refused, cut refused",
      "a writing end of the fence: refused", "the fence is told to be: over",
      "killed: holds 0, fence producerDied",
    ]
  ) { telling in
    let bus = Bus(), memory = HostMemory(on: bus, name: "camera", offers: .revocable)
    let handles = [
      Kept(try memory.makeBuffer(named: "frame", bytes: 64 << 10)), Kept(try memory.makeBuffer(named: "second", bytes: 4096)),
      Kept(try memory.makeBuffer(named: "third", bytes: 4096)),
    ]
    defer { withExtendedLifetime(handles) {} }
    let buffers = handles.map { $0.handle.buffer }, frame = buffers[0]
    guard let start = frame.ranges[0]?.start else { throw BufferError(.noAnswer, "'frame' has no address") }
    let (client, process) = try launch(telling)
    try bus.write([42], at: start)
    try client.give(buffers)
    telling.step("owner", "gives three buffers to a second process, in one message")
    telling.fact("client received: \(try ask(client, "count"))")
    telling.fact("client reads: \(try ask(client, "read"))")
    _ = try ask(client, "write")
    telling.step("client", "writes 43")
    telling.fact("client's bytes arrive: \(try bus.read(start, count: 1)[0])")
    try frame.revoke(.permanent)
    telling.step("owner", "takes 'frame' back")
    telling.fact("after the revocation: \(try ask(client, "read"))")
    telling.fact("bypassing the library: \(try ask(client, "bypass"))")
    telling.fact("owner keeps the content: \(try bus.read(start, count: 1)[0])")
    telling.fact("other buffers: \(try ask(client, "read second"))")

    let catalogue = try memory.makeBuffer(named: "catalogue", bytes: 4096)
    if let start = catalogue.buffer.ranges[0]?.start { try bus.write([7], at: start) }
    try client.channel.send(Array("take".utf8))
    try client.give([catalogue.buffer], writable: false)
    telling.step("owner", "gives 'catalogue', for reading")
    telling.fact("given for reading: \(try answer(of: client))")
    telling.fact("getting around that: \(try ask(client, "bypass reading"))")

    let drawing = FenceProducer(driver: "owner", timeline: "drawing"), drawn = drawing.emit(), descriptor = try FenceDescriptor(drawn)
    try client.channel.send(Array("take fence".utf8))
    try client.channel.send([1], [descriptor.file])
    telling.step("owner", "draws on 'third', and gives the fence to wait for")
    telling.fact("a writing end of the fence: \(try answer(of: client))")
    drawn.signal()
    telling.fact("the fence is told to be: \(try ask(client, "wait"))")

    let fence = client.owedFence()
    try buffers[1].add(fence, writing: true)
    telling.step("client", "starts work on 'second', and owes a fence")
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    telling.step("owner", "kills it with signal 9")
    // Nobody has the other end any more: it is seen to be closed.
    while try client.channel.receive() != nil {}
    client.end()
    telling.fact("killed: holds \(client.holdCount), fence \(fence.error.map { "\($0)" } ?? "pending")")
  }

  /// The other end of the socket is the second process's alone.
  private static func launch(_ telling: borrowing Telling) throws -> (Client, pid_t) {
    let (mine, theirs) = try Channel.pair()
    return try withExtendedLifetime(theirs) {
      guard let process = telling.launch(theirs.file) else { throw BufferError(.unsupported, "a second process is needed") }
      return (Client("client", mine), process)
    }
  }

  private static func ask(_ client: Client, _ question: String) throws -> String {
    try client.channel.send(Array(question.utf8))
    return try answer(of: client)
  }

  private static func answer(of client: Client) throws -> String {
    guard let answer = try client.channel.receive() else { throw BufferError(.system, "the second process is gone") }
    return String(decoding: answer.bytes, as: UTF8.self)
  }

  private final class Kept {
    let handle: BufferHandle
    init(_ handle: consuming BufferHandle) { self.handle = handle }
  }
}
