import CLinux
import Foundation
import SPDM
import Synchronization

/// A served device on TCP: one thread, one device, many connections. Nobody waits for anybody: what a connection sends is answered
/// when it is whole, and who sends nothing costs nothing but room.
public final class DeviceServer {
  public struct Options: Sendable {
    public var address = "127.0.0.1"
    /// 0 takes a free one.
    public var port: UInt16 = 2323
    /// Nil: no control connection.
    public var controlPort: UInt16?
    /// Ends by itself after so many seconds; nil never.
    public var seconds: Int?
    /// Seconds after which a connection that sends nothing whole is closed; 0 never. One whose session has a heartbeat is not: the
    /// heartbeat ends the session, and what is left without one is closed then.
    public var idle: UInt32 = 300
    /// Connections at once. When there are so many, whoever is new takes the place of the one without a session that was silent for the
    /// longest, those first that never said anything; where all have sessions, nobody new is let in.
    public var clients = DeviceServer.clientLimit
    public init() {}
  }

  /// Connections at once, if nobody says otherwise.
  public static let clientLimit = 4096

  public private(set) var device: ServedDevice
  public let port: UInt16
  public let controlPort: UInt16?
  private let configuration: Responder.Configuration
  private let listener: Socket
  private let controlListener: Listener?
  private let epoll: Int32
  private let end: ContinuousClock.Instant?
  /// In milliseconds; nil never.
  private let idle: UInt64?
  private let clientLimit: Int
  private let begin = ContinuousClock.now
  private var clients: [Int32: ClientBox] = [:]
  private var connections: UInt64 = 0
  /// Answers that are held back, over all connections.
  private var heldCount = 0
  /// When silent sessions are looked for again.
  private var nextLook: UInt64 = 0
  private var isStopped = false
  /// Nobody new is let in before, since there was no file for whoever waits; nil: the listeners are listened to.
  private var deafUntil: UInt64?
  private var keptMeasurements: [UInt8]?

  /// A listener that may not be there.
  private final class Listener {
    let socket: Socket
    init(_ socket: consuming Socket) { self.socket = socket }
  }

  /// A connection in a dictionary, which takes nothing that cannot be copied.
  private final class ClientBox {
    var client: ServedClient
    init(_ client: consuming ServedClient) { self.client = client }
  }

  public init(_ device: ServedDevice, _ configuration: Responder.Configuration, _ options: Options) throws(TransportError) {
    listener = try Socket.listening(on: options.address, port: options.port)
    port = listener.port
    if let port = options.controlPort {
      // Whoever may set the state of a device has to be on this machine, wherever the device is served.
      let listener = Listener(try Socket.listening(on: "127.0.0.1", port: port))
      controlPort = listener.socket.port
      controlListener = listener
    } else {
      controlListener = nil
      controlPort = nil
    }
    self.device = device
    self.configuration = configuration
    end = options.seconds.map { ContinuousClock.now + .seconds($0) }
    idle = options.idle > 0 ? UInt64(options.idle) * 1000 : nil
    clientLimit = max(1, options.clients)
    epoll = cofferdam_epoll_create()
    guard epoll >= 0 else { throw TransportError(.unreachable, "no epoll") }
    _ = cofferdam_epoll_set(epoll, listener.descriptor, 1, 1, 0)
    if let other = controlListener?.socket.descriptor { _ = cofferdam_epoll_set(epoll, other, 1, 1, 0) }
  }

  deinit { close(epoll) }

  private var now: UInt64 {
    let passed = (ContinuousClock.now - begin).components
    return UInt64(passed.seconds) * 1000 + UInt64(passed.attoseconds / 1_000_000_000_000_000)
  }

  /// Serves until it is told to stop, by a control connection or by its time.
  public func run() {
    var (ready, what) = ([Int32](repeating: 0, count: 64), [Int32](repeating: 0, count: 64))
    while !isStopped {
      if let end, ContinuousClock.now >= end { break }
      let count = cofferdam_epoll_wait(epoll, &ready, &what, pause)
      if count < 0, errno != EINTR { break }
      // Whoever is new may take the number of a file that was closed for it: what waits for the one who had it goes first.
      var (isCalled, isControlCalled) = (false, false)
      for i in 0..<max(0, Int(count)) {
        if ready[i] == listener.descriptor {
          isCalled = true
        } else if ready[i] == controlListener?.socket.descriptor {
          isControlCalled = true
        } else {
          serve(ready[i], reads: what[i] & 1 != 0, isOver: what[i] & 4 != 0)
        }
      }
      if isControlCalled { accept(isControl: true) }
      if isCalled { accept(isControl: false) }
      release()
    }
    for descriptor in clients.keys.sorted() { leave(descriptor) }
  }

  /// A listener that is ready and cannot be answered would be ready again at once: for a moment, or until a connection is gone, it is not
  /// looked at.
  private func listen(_ isListening: Bool) {
    deafUntil = isListening ? nil : now + 250
    _ = cofferdam_epoll_set(epoll, listener.descriptor, 0, isListening ? 1 : 0, 0)
    if let other = controlListener?.socket.descriptor { _ = cofferdam_epoll_set(epoll, other, 0, isListening ? 1 : 0, 0) }
  }

  /// Until the next answer that is held back, or a moment in which silent sessions are looked for.
  private var pause: Int32 {
    guard heldCount > 0 else { return 250 }
    let due = clients.values.compactMap { $0.client.held.first?.due }.min()
    return Int32(clamping: min(250, due.map { $0 > now ? $0 - now : 0 } ?? 250))
  }

  /// As many as wait, up to a bound: where everybody has to go for the next one, those who are there are heard in between.
  private func accept(isControl: Bool) {
    for _ in 0..<64 {
      let descriptor: Int32
      switch isControl ? controlListener?.socket.accepted() ?? .nothingYet : listener.accepted() {
      case .connection(let new): descriptor = new
      case .nothingYet: return
      case .noFile:
        // The file of somebody who does not need it, or a moment's wait.
        guard makeRoom() else { return listen(false) }
        continue
      }
      let socket = Socket(descriptor: descriptor)
      guard clients.count < clientLimit || makeRoom() else { continue }
      socket.sendAtOnce()
      connections += 1
      var kind = ServedClient.Kind.control
      if !isControl {
        var responder = Responder(configuration, connection: connections)
        responder.keptMeasurements = keptMeasurements
        kind = .mailbox(responder)
      }
      clients[descriptor] = ClientBox(ServedClient(socket, number: connections, kind, at: now))
      _ = cofferdam_epoll_set(epoll, descriptor, 1, 1, 0)
    }
  }

  /// Closes the connection that is missed least, so that those who only connect lock nobody out. False where each has a session.
  private func makeRoom() -> Bool {
    let expendable = clients.filter { $0.value.client.isExpendable }
    let first = expendable.min {
      let (a, b) = ($0.value.client.hasSpoken, $1.value.client.hasSpoken)
      return a == b ? ($0.value.client.heard, $0.value.client.number) < ($1.value.client.heard, $1.value.client.number) : !a
    }
    guard let first else { return false }
    leave(first.key)
    return true
  }

  private func serve(_ descriptor: Int32, reads: Bool, isOver: Bool) {
    guard let box = clients[descriptor] else { return }
    if reads, !box.client.isFull {
      switch box.client.socket.receive() {
      case .bytes(let bytes): take(bytes, box)
      case .nothingYet: break
      case .end: return leave(descriptor)
      }
    } else if isOver {
      return leave(descriptor)
    }
    settle(descriptor, box)
  }

  private func take(_ bytes: [UInt8], _ box: ClientBox) {
    guard case .mailbox(var responder) = box.client.kind else { return obey(bytes, box) }
    // While it works it is the only copy.
    box.client.kind = .control
    box.client.inbox.append(bytes)
    do throws(TransportError) {
      while !box.client.isLeaving, let item = try box.client.inbox.next() { answer(item, &responder, box) }
    } catch {
      box.client.isLeaving = true
    }
    keptMeasurements = keptMeasurements ?? responder.keptMeasurements
    box.client.kind = .mailbox(responder)
  }

  private func answer(_ item: Inbox.Item, _ responder: inout Responder, _ box: ClientBox) {
    box.client.hear(at: now)
    switch item {
    case .object(let bytes):
      // A mailbox that does not take an object sets its error bit; here there is none, and the connection ends.
      guard let answer = answer(bytes, &responder, box) else {
        if !isHanging(box) { box.client.isLeaving = true }
        return
      }
      send(lied(answer, at: 4), box)
    case .frame(let frame):
      switch Frame.Command(rawValue: frame.command) {
      case .normal where frame.transport == Frame.transport:
        guard let answer = answer(frame.payload, &responder, box) else {
          if !box.client.isLeaving, !isHanging(box) { send(Frame(.unknown, transport: frame.transport).bytes, box) }
          return
        }
        send(lied(Frame(.normal, answer, transport: frame.transport).bytes, at: 10), box)
      case .test: send(Frame(.test, Frame.serverHello, transport: frame.transport).bytes, box)
      case .proceed, .shutdown:
        send(Frame(command: frame.command, transport: frame.transport, payload: []).bytes, box)
        box.client.isLeaving = true
      case .normal, .unknown, nil: send(Frame(.unknown, transport: frame.transport).bytes, box)
      }
    }
  }

  /// The object that answers; nil where none does.
  private func answer(_ bytes: [UInt8], _ responder: inout Responder, _ box: ClientBox) -> [UInt8]? {
    box.client.objects += 1
    if device.faults.contains(.closeAt(box.client.objects)) {
      box.client.isLeaving = true
      return nil
    }
    guard !isHanging(box), let object = try? DOEObject(bytes) else { return nil }
    return responder.answer(object, at: now, device: &device)?.bytes
  }

  private func isHanging(_ box: ClientBox) -> Bool { device.faults.contains(.hangAt(box.client.objects)) }

  /// A frame, or an object on its own, whose length is longer than what follows.
  private func lied(_ bytes: [UInt8], at length: Int) -> [UInt8] {
    guard device.faults.contains(.lieAboutLength) else { return bytes }
    var bytes = bytes
    bytes[length] &+= 1
    return bytes
  }

  private func send(_ bytes: [UInt8], _ box: ClientBox) {
    let wait = device.faults.reduce(UInt64(0)) { if case .slow(let milliseconds) = $1 { max($0, UInt64(milliseconds)) } else { $0 } }
    if wait == 0 { box.client.outbox += bytes } else { hold(bytes, for: wait, box) }
  }

  private func hold(_ bytes: [UInt8], for wait: UInt64, _ box: ClientBox) {
    box.client.held.append((now + wait, bytes))
    heldCount += 1
  }

  /// Lines of a control connection, each answered with a line.
  private func obey(_ bytes: [UInt8], _ box: ClientBox) {
    box.client.line += bytes
    while let end = box.client.line.firstIndex(of: 0x0A) {
      let text = String(decoding: box.client.line[..<end], as: UTF8.self)
      box.client.line.removeFirst(end + 1)
      box.client.hear(at: now)
      let reply = DeviceControl.obey(text, &device)
      box.client.outbox += Array((reply.json.text + "\n").utf8)
      if reply.isLast { isStopped = true }
    }
    if box.client.line.count > ServedClient.lineLimit { box.client.isLeaving = true }
  }

  /// Sends what can be sent, and asks for the events that are of interest now.
  private func settle(_ descriptor: Int32, _ box: ClientBox) {
    while !box.client.outbox.isEmpty {
      guard let count = box.client.socket.send(box.client.outbox) else { return leave(descriptor) }
      guard count > 0 else { break }
      box.client.outbox.removeFirst(count)
    }
    if box.client.isLeaving, box.client.outbox.isEmpty, box.client.held.isEmpty { return leave(descriptor) }
    let writes = !box.client.outbox.isEmpty
    // Who does not take its answers is not listened to meanwhile.
    _ = cofferdam_epoll_set(epoll, descriptor, 0, box.client.isFull ? 0 : 1, writes ? 1 : 0)
  }

  /// Answers whose time has come, and sessions whose time is over.
  private func release() {
    let time = now
    if let deafUntil, time >= deafUntil { listen(true) }
    let due = heldCount == 0 ? [] : clients.filter { ($0.value.client.held.first?.due ?? .max) <= time }.keys.sorted()
    for descriptor in due {
      guard let box = clients[descriptor] else { continue }
      while let first = box.client.held.first, first.due <= time {
        box.client.outbox += box.client.held.removeFirst().bytes
        heldCount -= 1
      }
      settle(descriptor, box)
    }
    guard time >= nextLook else { return }
    nextLook = time + 250
    if configuration.heartbeat > 0 { expire(at: time) }
    guard let idle else { return }
    for descriptor in clients.filter({ $0.value.client.isIdle(at: time, idle) }).keys.sorted() { leave(descriptor) }
  }

  private func expire(at time: UInt64) {
    for descriptor in clients.keys.sorted() {
      guard let box = clients[descriptor], case .mailbox(var responder) = box.client.kind else { continue }
      responder.expire(at: time, device: &device)
      box.client.kind = .mailbox(responder)
    }
  }

  /// The connection is gone, and with it its sessions and what was bound to them.
  private func leave(_ descriptor: Int32) {
    guard let box = clients.removeValue(forKey: descriptor) else { return }
    heldCount -= box.client.held.count
    _ = cofferdam_epoll_remove(epoll, descriptor)
    if case .mailbox(var responder) = box.client.kind { responder.close(device: &device) }
    // Its file is free when the box is gone, which is with the end of this call.
    if deafUntil != nil { deafUntil = 0 }
  }
}
