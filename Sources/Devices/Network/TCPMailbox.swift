import Foundation
import SPDM

/// A requester's way to a mailbox over TCP. Every wait ends: with what was waited for, or with an error that says what came instead.
public final class TCPMailbox: DOETransport {
  private let socket: Socket
  private let framing: Framing
  private let timeout: Duration
  private var inbox: Inbox
  /// Told of every object that went or came.
  public var capture: ((_ object: [UInt8]) -> Void)?

  public init(host: String, port: UInt16, framing: Framing = .emulator, timeout: Duration = .seconds(5)) throws(TransportError) {
    socket = try Socket.connected(to: host, port: port, timeout: timeout)
    (self.framing, self.timeout) = (framing, timeout)
    inbox = Inbox(framing)
  }

  public func exchange(_ object: DOEObject) throws(TransportError) -> DOEObject {
    guard let bytes = object.bytes else { throw TransportError(.length, "an object of \(object.payload.count) bytes") }
    capture?(bytes)
    let answer: [UInt8]
    switch framing {
    case .doe:
      try send(bytes)
      guard case .object(let object) = try receive() else { throw TransportError(.malformed, "a frame where an object was due") }
      answer = object
    case .emulator:
      try send(Frame(.normal, bytes).bytes)
      guard case .frame(let frame) = try receive() else { throw TransportError(.malformed, "an object where a frame was due") }
      guard frame.command == Frame.Command.normal.rawValue, !frame.payload.isEmpty else {
        throw TransportError(.malformed, "the other side does not take this object (command \(String(frame.command, radix: 16)))")
      }
      answer = frame.payload
    }
    capture?(answer)
    do { return try DOEObject(answer) } catch { throw TransportError(.malformed, "no object: \(error)") }
  }

  public func pause(microseconds: UInt64) { Thread.sleep(forTimeInterval: Double(min(microseconds, 20_000_000)) / 1_000_000) }

  /// Says goodbye, so that an emulator goes on with others, and waits a moment for its goodbye.
  public func close() {
    guard framing == .emulator, (try? send(Frame(.proceed).bytes)) != nil else { return }
    _ = try? receive(until: ContinuousClock.now + .milliseconds(200))
  }

  private func send(_ bytes: [UInt8]) throws(TransportError) {
    let deadline = ContinuousClock.now + timeout
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let count = socket.send(rest) else { throw TransportError(.closed, "the other side closed") }
      rest = rest.dropFirst(count)
      guard rest.isEmpty || socket.wait(writing: true, until: deadline) else { throw TransportError(.timeout, "nothing could be sent in \(timeout)") }
    }
  }

  private func receive(until deadline: ContinuousClock.Instant? = nil) throws(TransportError) -> Inbox.Item {
    let deadline = deadline ?? ContinuousClock.now + timeout
    while true {
      if let item = try inbox.next() { return item }
      let there = inbox.isEmpty ? "nothing came" : "\(inbox.byteCount) bytes came of an answer that says it is longer"
      guard socket.wait(writing: false, until: deadline) else { throw TransportError(.timeout, "\(there) in \(timeout)") }
      switch socket.receive() {
      case .bytes(let bytes): inbox.append(bytes)
      case .nothingYet: continue
      case .end: throw TransportError(.closed, "the other side closed; \(there)")
      }
    }
  }
}
