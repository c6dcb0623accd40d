/// The registers of one DOE mailbox: data objects go in and come out, four bytes at a time. PCIe 6.0 section 6.30.
///
/// Software writes the words of an object to the write mailbox and sets GO; the device takes the object, and its
/// answer is read word by word from the read mailbox, each word acknowledged by a write to it.
public struct DOEMailbox: Hashable, Sendable {
  /// An object has a length of 18 bits in words.
  public static let wordLimit = 1 << 18

  public let offset: Int
  private var incoming: [UInt32] = []
  private var request: [UInt32]?
  private var response: [UInt32] = []
  private var position = 0
  public private(set) var hasError = false

  public init(offset: Int) { self.offset = offset }

  /// The data object that waits for an answer, whole, as bytes.
  public var pendingRequest: [UInt8]? {
    request.map { $0.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } } }
  }

  /// Ends the pending request. Bytes are padded to whole words; nil is an answer that the device cannot give.
  public mutating func respond(_ bytes: [UInt8]?) {
    request = nil
    guard let bytes else {
      hasError = true
      return
    }
    response = stride(from: 0, to: bytes.count, by: 4).map { start in
      (0..<4).reduce(0) { $0 | (start + $1 < bytes.count ? UInt32(bytes[start + $1]) << (8 * UInt32($1)) : 0) }
    }
    position = 0
  }

  /// Status: busy, error, object ready.
  var status: UInt32 {
    (request == nil ? 0 : 1) | (hasError ? 1 << 2 : 0) | (position < response.count ? 1 << 31 : 0)
  }
  var readMailbox: UInt32 { position < response.count ? response[position] : 0 }

  mutating func control(_ value: UInt32) {
    if value & 1 != 0 {
      self = Self(offset: offset)
    } else if value & 1 << 31 != 0, request == nil, position >= response.count {
      // An object whose header does not give its own length is an error, as is one that never came.
      let length = incoming.count > 1 ? Int(incoming[1] & 0x3FFFF) : 0
      if incoming.count >= 2, length == incoming.count || (length == 0 && incoming.count == Self.wordLimit) {
        request = incoming
      } else {
        hasError = true
      }
      incoming = []
    }
  }

  mutating func write(_ word: UInt32) {
    // While the device is busy or an answer waits, the write mailbox is closed.
    guard request == nil, position >= response.count else { return }
    if incoming.count < Self.wordLimit { incoming.append(word) } else { hasError = true }
  }

  mutating func acknowledge() {
    guard position < response.count else { return }
    position += 1
    if position == response.count { (response, position) = ([], 0) }
  }
}
