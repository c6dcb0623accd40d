import SPDM

/// One connection of a server: what came, what waits to go, and the conversation in between.
struct ServedClient: ~Copyable {
  enum Kind {
    /// Objects: SPDM and what is inside it.
    case mailbox(Responder)
    /// Lines that ask and set the device itself.
    case control
  }

  let socket: Socket
  /// Connections are counted as they come: of two that were heard in the same millisecond, this says which was there first, which the number
  /// of its file does not, since that is given again.
  let number: UInt64
  var kind: Kind
  var inbox: Inbox
  var line: [UInt8] = []
  var outbox: [UInt8] = []
  /// Answers that are held back, and until when, in milliseconds.
  var held: [(due: UInt64, bytes: [UInt8])] = []
  var objects = 0
  /// Whether anything whole came: a frame, an object, a line.
  private(set) var hasSpoken = false
  /// When the last of that came, in milliseconds; at first when it connected. Who sends a byte now and then and nothing whole is silent.
  private(set) var heard: UInt64
  /// Closed when all is sent.
  var isLeaving = false

  /// Beyond this nothing more is read before something was taken.
  static let outboxLimit = 64 << 10
  static let lineLimit = 128 << 10

  init(_ socket: consuming Socket, number: UInt64, _ kind: consuming Kind, at now: UInt64) {
    self.socket = socket
    self.number = number
    self.kind = kind
    heard = now
    inbox = Inbox()
  }

  /// Whether it may go for somebody new where there is no room: who has no session loses nothing but the connection, and a control
  /// connection that has asked something is its owner's, who waits for the test between two lines.
  var isExpendable: Bool {
    switch kind {
    case .mailbox(let responder): responder.sessionNames.isEmpty
    case .control: !hasSpoken
    }
  }

  /// Whether it has been silent for too long. A session with a heartbeat is left to its own period, and a control connection to its owner;
  /// while an answer is held back the silence is ours.
  func isIdle(at now: UInt64, _ limit: UInt64) -> Bool {
    guard held.isEmpty, now >= heard, now - heard > limit else { return false }
    switch kind {
    case .mailbox(let responder): return !responder.hasHeartbeat
    case .control: return !hasSpoken
    }
  }

  mutating func hear(at now: UInt64) { (hasSpoken, heard) = (true, now) }

  var isFull: Bool { outbox.count + held.reduce(0) { $0 + $1.bytes.count } > Self.outboxLimit }
}
