import Foundation
import PCI
import Primitives
import Testing

import Devices
import SPDM

/// Frames, objects and lines as bytes, and the server over real sockets.
@Suite struct Networks {
  @Test func layout() {
    #expect(Frame(.normal, [7, 8]).bytes == [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 7, 8])
    #expect(Frame(.test, Frame.clientHello).bytes.prefix(4) == [0, 0, 0xDE, 0xAD] && Frame.clientHello.count == 14)
    var capture = CaptureFile()
    capture.append([1, 2, 3, 4], time: 5_000_006)
    #expect(capture.bytes.prefix(4) == [0xD4, 0xC3, 0xB2, 0xA1] && capture.bytes[20...21] == [0x24, 1])
    #expect(capture.bytes.suffix(20) == [5, 0, 0, 0, 6, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4])
  }

  /// However the bytes are cut, the same frames come out.
  @Test(arguments: 60..<64) func cuts(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    for _ in 0..<100 {
      let isBare = Bool.random(using: &random)
      let objects = (0..<4).map { _ in DOEObject(.spdm, [UInt8](repeating: 3, count: 4 * Int.random(in: 0..<30, using: &random))) }
      var wire: [UInt8] = []
      for object in objects { wire += isBare ? object.bytes ?? [] : Frame(.normal, object.bytes ?? []).bytes }
      var inbox = Inbox()
      var found: [[UInt8]] = []
      while !wire.isEmpty {
        let count = min(wire.count, Int.random(in: 1...40, using: &random))
        inbox.append(wire.prefix(count))
        wire.removeFirst(count)
        while let item = try inbox.next() {
          switch item {
          case .object(let bytes): found.append(bytes)
          case .frame(let frame): found.append(frame.payload)
          }
        }
      }
      #expect(found == objects.compactMap(\.bytes) && inbox.isEmpty)
    }
  }

  /// A length that promises too much is refused when it is read, not when it is kept.
  @Test func lengths() {
    for bytes in [[0, 0, 0, 1, 0, 0, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF], [1, 0, 1, 0, 0, 0, 0, 0], [1, 0, 1, 0, 1, 0, 0, 0]] as [[UInt8]] {
      var inbox = Inbox()
      inbox.append(bytes)
      #expect(throws: TransportError.self) { try inbox.next() }
    }
    var strange = Inbox()
    strange.append([2, 0, 0, 0, 0, 0, 0, 0])
    #expect(throws: TransportError.self) { try strange.next() }
  }

  @Test(arguments: 64..<68) func damagedLines(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    var device = ServedDevice(try BuiltInDump.read(), at: InProcess.id, functions: 2)
    let verbs = DeviceControl.help.map { String($0.prefix { $0 != " " }) }
    let words = [
      "0000:01:00.0", "0000:01:00.1", "0", "1", "4", "0x10", "0xffffffff", "-1", "18446744073709551616", "on", "off", "flr", "conventional", "00ff",
      "auto", "t1", "run", "error", "busy=2", "é",
    ]
    for _ in 0..<3000 {
      let line =
        ([verbs.randomElement(using: &random) ?? ""]
        + (0..<Int.random(in: 0...5, using: &random)).map { _ in words.randomElement(using: &random) ?? "" })
        .joined(separator: " ")
      guard case .object(let members) = DeviceControl.obey(line, &device).json else { throw InProcess.Missing() }
      #expect(members.first?.key == "ok")
    }
    #expect(device.functions.count == 2)
  }

  @Test func endpoints() {
    #expect(Socket.endpoint("127.0.0.1:2323")?.port == 2323 && Socket.endpoint("[::1]:80")?.host == "::1")
    for text in ["", ":1", "a", "a:", "a:0", "a:65536", "::1:5", "a:x"] { #expect(Socket.endpoint(text) == nil, "\(text)") }
  }

  /// The device's chain, verified before anything connects. Only this suspends: a test that suspended with a connection open might come back
  /// minutes later, since checks of whole worlds take the few threads that tests share, and find it closed.
  private static let chain = Task {
    var requester = Requester(try InProcess())
    try requester.negotiate()
    return try await VerifiedChain(try requester.chain(), root: try #require(InProcess.credential).root, at: Date(), suite: .p256)
  }

  /// A server in a thread, which ends with the test. A test that waits among hundreds of others may take minutes: the server stays.
  final class Running {
    let port: UInt16
    let control: UInt16
    private let done = DispatchSemaphore(value: 0)

    init(_ faults: Set<Fault> = [], idle: UInt32 = 3600, clients: Int = DeviceServer.clientLimit, heartbeat: UInt8 = 0) throws {
      guard let credential = InProcess.credential else { throw InProcess.Missing() }
      var options = DeviceServer.Options()
      (options.port, options.controlPort, options.seconds) = (0, 0, 3600)
      (options.idle, options.clients) = (idle, clients)
      var configuration = Responder.Configuration(credentials: [credential])
      configuration.misconduct = Misconduct(faults)
      configuration.heartbeat = heartbeat
      let server = try DeviceServer(ServedDevice(try BuiltInDump.read(), at: InProcess.id, functions: 2, faults: faults), configuration, options)
      guard let control = server.controlPort else { throw InProcess.Missing() }
      (port, self.control) = (server.port, control)
      nonisolated(unsafe) let served = server
      let done = done
      Thread {
        served.run()
        done.signal()
      }.start()
    }

    /// A line, and the line that answers it.
    func say(_ line: String) throws -> String {
      let connection = try Plain(control)
      try connection.send(Array((line + "\n").utf8))
      var answer: [UInt8] = []
      while answer.last != 0x0A { answer += try connection.receive() }
      return String(decoding: answer, as: UTF8.self)
    }

    func stop() throws -> Bool {
      _ = try say("stop-server")
      return done.wait(timeout: .now() + 60) == .success
    }

    func session(_ chain: VerifiedChain) throws -> Requester<TCPMailbox> {
      var requester = Requester(try TCPMailbox(host: "127.0.0.1", port: port, timeout: .seconds(60)))
      try requester.negotiate()
      guard try requester.chain().digest == chain.digest else { throw InProcess.Missing() }
      try requester.open(chain)
      return requester
    }
  }

  /// Runs what waits for time to pass on a thread of its own, not on one that other tests could use meanwhile.
  private func onItsOwnThread(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result { try body() }) }.start()
    }
  }

  /// A socket without a protocol, for what no requester would send.
  final class Plain {
    private let descriptor: Int32

    init(_ port: UInt16) throws {
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      (address.sin_family, address.sin_port, address.sin_addr.s_addr) = (sa_family_t(AF_INET), port.bigEndian, UInt32(0x7F00_0001).bigEndian)
      var wait = timeval(tv_sec: 60, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
      }
      guard result == 0 else { throw InProcess.Missing() }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
      guard Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw InProcess.Missing() }
    }

    /// Empty is the end.
    func receive() throws -> [UInt8] {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count >= 0 else { throw InProcess.Missing() }
      return Array(buffer.prefix(count))
    }
  }

  @Test func hello() throws {
    let server = try Running()
    let client = try Plain(server.port)
    // In four writes, as an emulator sends them.
    for part in [[0, 0, 0xDE, 0xAD], [0, 0, 0, 2], [0, 0, 0, 14], Frame.clientHello] as [[UInt8]] { try client.send(part) }
    var answer: [UInt8] = []
    while answer.count < 26 { answer += try client.receive() }
    #expect(answer == Frame(.test, Frame.serverHello).bytes)
    try client.send(Frame(.proceed).bytes)
    answer = try client.receive()
    #expect(answer == Frame(.proceed).bytes)
    #expect(try client.receive().isEmpty)
    #expect(try server.stop())
  }

  /// What nobody sensible sends: the server answers or closes, and goes on with others.
  @Test func nonsense() async throws {
    let chain = try await Self.chain.value
    let server = try Running()
    var random = SeededRandom(seed: 70)
    for _ in 0..<60 {
      let client = try Plain(server.port)
      try client.send((0..<Int.random(in: 1...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
    let long = try Plain(server.port)
    try long.send(Frame(.normal, []).bytes.prefix(8) + [0x7F, 0xFF, 0xFF, 0xFF])
    #expect(try long.receive().isEmpty)
    var requester = try server.session(chain)
    try requester.beat()
    #expect(try server.stop())
  }

  /// A configuration write over the control connection turns a client's GET_STATE into ERROR while it is connected.
  @Test func controlled() async throws {
    let chain = try await Self.chain.value
    let server = try Running()
    var requester = try server.session(chain)
    for slot in KeySlot.six(.first) {
      let message = try InProcess.program(slot)
      #expect(try requester.program(message) == .success)
      try requester.go(message.target)
    }
    #expect(try server.say("keys 0").contains("\"secure\":true"))
    let nonce = try requester.lock(LockInterface(InProcess.function, stream: 0))
    try requester.start(InProcess.function, nonce: nonce)
    #expect(try server.say("state 0000:01:00.0").contains("\"state\":\"RUN\",\"tBit\":true"))
    #expect(try server.say("access 0000:01:00.0 t1 0").contains("\"accepted\":true"))
    #expect(try server.say("write 0000:01:00.0 4 2 0").contains("\"state\":\"ERROR\",\"tBit\":false"))
    #expect(try requester.interfaceState(InProcess.function) == 3)
    #expect(try server.say("t-bit 0000:01:00.0 on").contains("\"tBit\":true"))
    #expect(try server.say("measurement 2 00ff").contains("\"ok\":true"))
    #expect(try requester.measurementCount() == 5)
    #expect(try server.stop())
  }

  /// A connection that breaks takes its session along: the interface is in error for whoever comes next.
  @Test func brokenConnection() async throws {
    let chain = try await Self.chain.value
    let server = try Running()
    do {
      var requester = try server.session(chain)
      for slot in KeySlot.six(.first) {
        let message = try InProcess.program(slot)
        _ = try requester.program(message)
        try requester.go(message.target)
      }
      _ = try requester.lock(LockInterface(InProcess.function, stream: 0))
    }
    var state = ""
    for _ in 0..<100 where !state.contains("ERROR") {
      state = try server.say("state 0000:01:00.0")
      usleep(10_000)
    }
    #expect(state.contains("ERROR"))
    #expect(try server.say("keys").contains("\"keys\":[]"))
    #expect(try server.stop())
  }

  /// However many connect and say nothing, whoever has something to say gets in; those with a session stay, also where all have one.
  @Test func silentOnesLockNobodyOut() async throws {
    let chain = try await Self.chain.value
    let server = try Running(clients: 4)
    var first = try server.session(chain)
    let silent = try (0..<40).map { _ in try Plain(server.port) }
    // One that asked something goes after those that did not, and all of them before the session.
    let asking = try Plain(server.port)
    try asking.send(Frame(.test, Frame.clientHello).bytes)
    #expect(try !asking.receive().isEmpty)
    var second = try server.session(chain)
    try first.beat()
    try second.beat()
    #expect(try silent[0].receive().isEmpty && silent[20].receive().isEmpty)
    try asking.send(Frame(.test, Frame.clientHello).bytes)
    #expect(try !asking.receive().isEmpty)
    // The control connection takes the fourth place and leaves it.
    #expect(try server.say("functions").contains("\"ok\":true"))
    var third = try server.session(chain)
    var fourth = try server.session(chain)
    #expect(try Plain(server.port).receive().isEmpty && asking.receive().isEmpty)
    for _ in 0..<2 {
      try first.beat()
      try second.beat()
      try third.beat()
      try fourth.beat()
    }
    first.transport.close()
    #expect(try server.stop())
  }

  /// Who is silent is closed, also who sends a byte now and then, and who was not silent at first.
  @Test func idleOnesAreClosed() async throws {
    try await onItsOwnThread {
      let server = try Running(idle: 15)
      let silent = try Plain(server.port)
      let trickling = try Plain(server.port)
      // The head of a frame of 1000 bytes, which never becomes whole.
      try trickling.send([0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 3, 0xE8])
      let control = try Plain(server.control)
      try control.send(Array("functions\n".utf8))
      #expect(try !control.receive().isEmpty)
      let asking = try Plain(server.port)
      try asking.send(Frame(.test, Frame.clientHello).bytes)
      #expect(try !asking.receive().isEmpty)
      var isOpen = true
      for _ in 0..<1200 where isOpen {
        isOpen = (try? trickling.send([0])) != nil
        usleep(100_000)
      }
      #expect(!isOpen)
      #expect(try silent.receive().isEmpty && asking.receive().isEmpty)
      // Nobody else's time: its owner may wait between two lines.
      try control.send(Array("functions\n".utf8))
      #expect(try !control.receive().isEmpty)
      #expect(try server.stop())
    }
  }

  /// A session with a heartbeat has twice that time, whatever the idle time is. DSP0274 1.2 section 10.20.
  @Test func aHeartbeatGoesBeforeTheIdleTime() async throws {
    let chain = try await Self.chain.value
    try await onItsOwnThread {
      let server = try Running(idle: 12, heartbeat: 200)
      var requester = try server.session(chain)
      sleep(14)
      try requester.beat()
      #expect(requester.heartbeat == 200)
      #expect(try server.stop())
    }
  }
}
