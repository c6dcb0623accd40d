import SPDM

/// How objects travel over TCP: in the frames of DMTF's emulators, or bare, since an object says its own length.
public enum Framing: String, CaseIterable, Hashable, Sendable {
  case emulator
  case doe

  /// A frame begins with the upper half of its command, which is zero; an object with its vendor, which is not.
  init(firstByte: UInt8) { self = firstByte == 0 ? .emulator : .doe }
}

/// A frame of the emulators: three words, big-endian, of command, transport and length, then the payload.
public struct Frame: Hashable, Sendable {
  public enum Command: UInt32, Hashable, Sendable {
    case normal = 0x0001
    case test = 0xDEAD
    /// The requester is done, the responder may go on with others.
    case proceed = 0xFFFD
    case shutdown = 0xFFFE
    case unknown = 0xFFFF
  }

  public static let headerByteCount = 12
  /// PCI DOE among the emulators' transports.
  public static let transport: UInt32 = 2
  public static let clientHello = Array("Client Hello!\0".utf8)
  public static let serverHello = Array("Server Hello!\0".utf8)

  public var command: UInt32
  public var transport: UInt32
  public var payload: [UInt8]

  public init(_ command: Command, _ payload: [UInt8] = [], transport: UInt32 = transport) {
    (self.command, self.transport, self.payload) = (command.rawValue, transport, payload)
  }

  init(command: UInt32, transport: UInt32, payload: [UInt8]) { (self.command, self.transport, self.payload) = (command, transport, payload) }

  public var bytes: [UInt8] { [command, transport, UInt32(payload.count)].flatMap(Self.word) + payload }

  static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
}

/// What was received and is not a whole frame or object yet. It keeps no more than the limit, whatever a length says.
public struct Inbox: Sendable {
  public enum Item: Hashable, Sendable {
    case frame(Frame)
    /// A bare object, whole.
    case object([UInt8])
  }

  /// Above all that is said: a requester and a responder of this package take 32 KiB at once.
  public static let byteLimit = 128 << 10

  public private(set) var framing: Framing?
  private var bytes: [UInt8] = []
  private let limit: Int

  /// Without a framing the first byte decides.
  public init(_ framing: Framing? = nil, limit: Int = byteLimit) { (self.framing, self.limit) = (framing, limit) }

  public var isEmpty: Bool { bytes.isEmpty }
  /// How much of an unfinished one is there.
  public var byteCount: Int { bytes.count }

  public mutating func append(_ more: some Collection<UInt8>) {
    bytes += more
    if framing == nil, let first = bytes.first { framing = Framing(firstByte: first) }
  }

  /// The next whole one; nil while more has to come. `length` for one that is longer than is taken, `malformed` for a bare object
  /// that is of nobody's vendor.
  public mutating func next() throws(TransportError) -> Item? {
    guard let framing else { return nil }
    let header = framing == .emulator ? Frame.headerByteCount : DOEObject.headerByteCount
    guard bytes.count >= header else { return nil }
    let length: Int
    switch framing {
    case .emulator: length = Int(bytes[8]) << 24 | Int(bytes[9]) << 16 | Int(bytes[10]) << 8 | Int(bytes[11])
    case .doe:
      guard bytes[0] == 1, bytes[1] == 0 else { throw TransportError(.malformed, "no object of the PCI-SIG") }
      let words = (Int(bytes[4]) | Int(bytes[5]) << 8 | Int(bytes[6]) << 16) & 0x3FFFF
      let told = 4 * (words == 0 ? DOEObject.wordLimit : words)
      guard told >= header else { throw TransportError(.length, "an object of \(told) bytes") }
      length = told - header
    }
    guard length <= limit else { throw TransportError(.length, "\(length) bytes at once, at most \(limit) are taken") }
    guard bytes.count >= header + length else { return nil }
    let whole = Array(bytes.prefix(header + length))
    bytes.removeFirst(header + length)
    guard framing == .emulator else { return .object(whole) }
    func word(_ at: Int) -> UInt32 { UInt32(whole[at]) << 24 | UInt32(whole[at + 1]) << 16 | UInt32(whole[at + 2]) << 8 | UInt32(whole[at + 3]) }
    return .frame(Frame(command: word(0), transport: word(4), payload: Array(whole[header...])))
  }
}
