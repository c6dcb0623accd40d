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
  var kind: Kind
  var inbox: Inbox
  var line: [UInt8] = []
  var outbox: [UInt8] = []
  /// Answers that are held back, and until when, in milliseconds.
  var held: [(due: UInt64, bytes: [UInt8])] = []
  var objects = 0
  /// Closed when all is sent.
  var isLeaving = false
  /// Whether its events were asked for with writing.
  var awaitsWriting = false

  /// Beyond this nothing more is read before something was taken.
  static let outboxLimit = 64 << 10
  static let lineLimit = 128 << 10

  init(_ socket: consuming Socket, _ kind: consuming Kind) {
    self.socket = socket
    self.kind = kind
    inbox = Inbox()
  }

  var isFull: Bool { outbox.count + held.reduce(0) { $0 + $1.bytes.count } > Self.outboxLimit }
}
