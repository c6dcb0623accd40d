/// Bytes as people write them.
public enum HexText {
  /// Two digits a byte, with or without `0x` in front; spaces, tabs, line ends and colons may stand between bytes. Letters are of
  /// one case: a text in which one bit is another must not be the same bytes. Nil for anything else.
  public static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    var letters: UInt8?
    let body = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.dropFirst(2) : text[...]
    bytes.reserveCapacity(body.utf8.count / 2)
    for byte in body.utf8 {
      guard let digit = digit(byte) else {
        guard high == nil, [0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ":")].contains(byte) else { return nil }
        continue
      }
      if byte > UInt8(ascii: "9") {
        guard letters == nil || letters == byte & 0x20 else { return nil }
        letters = byte & 0x20
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : nil
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// Lower case, without spaces.
  public static func text(_ bytes: some Sequence<UInt8>) -> String {
    bytes.reduce(into: "") { text, byte in text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
  }
}
