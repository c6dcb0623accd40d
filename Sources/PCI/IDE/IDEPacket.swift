import Primitives

/// A packet as it is on a protected link: the IDE prefix, the header, what is encrypted, and the check value. PCIe 6.0 section 6.33.5.
public struct IDEPacket: Hashable, Sendable {
  /// The link has room for 96 bits of it ("AES-GCM-256-96b"); the library opens nothing with less than its 128, so a modelled packet
  /// carries them all.
  public static let checkByteCount = 16

  public var stream: UInt8
  public var subStream: IDESubStream
  /// K: which of the two key sets.
  public var keySet: UInt8
  /// T: from inside a trust domain.
  public var tBit: Bool
  /// PR_Sent_Counter: how many posted requests were sent before this one, modulo 256; 0 in a posted request.
  public var postedBefore: UInt8
  public var header: [UInt8]
  public var text: [UInt8]
  public var check: [UInt8]

  public init(
    stream: UInt8, subStream: IDESubStream, keySet: UInt8, tBit: Bool, postedBefore: UInt8 = 0, header: [UInt8], text: [UInt8], check: [UInt8]
  ) {
    (self.stream, self.subStream, self.keySet, self.tBit) = (stream, subStream, keySet, tBit)
    self.postedBefore = postedBefore
    (self.header, self.text, self.check) = (header, text, check)
  }

  /// What the check value covers besides the text: prefix and header. A T bit that was changed on the way is found by the cipher.
  var authenticated: [UInt8] { [stream, subStream.rawValue | (keySet & 1) << 4 | (tBit ? 1 << 5 : 0), postedBefore] + header }
}
