import Primitives

/// One piece of work for the copy engine: 64 bytes in a ring in guest memory, little-endian.
///
/// | offset | bytes | field | written by |
/// |---|---|---|---|
/// | 0x00 | 8 | source IOVA | guest |
/// | 0x08 | 8 | destination IOVA | guest |
/// | 0x10 | 4 | length in bytes, 1 to 16 MiB | guest |
/// | 0x14 | 4 | flags: bit 0 no digest, bit 1 no interrupt | guest |
/// | 0x18 | 4 | status: 0 not done, 1 done, else an error | device |
/// | 0x1C | 4 | reserved | |
/// | 0x20 | 32 | SHA-256 of the bytes that were read | device |
public struct CopyDescriptor: Hashable, Sendable {
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public static let noDigest = Self(rawValue: 1 << 0)
    public static let noInterrupt = Self(rawValue: 1 << 1)
  }
  /// What became of it. Codes from 2 on are errors.
  public enum Status: UInt32, Hashable, Sendable {
    case pending = 0, done = 1, badLength = 2, badFlags = 3, badRange = 4, readFault = 5, writeFault = 6
  }

  public static let size = 64
  public static let lengthLimit: UInt32 = 16 << 20
  /// Where the device's part begins.
  static let completionOffset: UInt64 = 0x18

  public var source: IOVirtualAddress
  public var destination: IOVirtualAddress
  public var length: UInt32
  public var flags: Flags
  public var status = Status.pending
  /// 32 bytes; zeros when there is none.
  public var digest = [UInt8](repeating: 0, count: 32)

  public init(source: IOVirtualAddress, destination: IOVirtualAddress, length: UInt32, flags: Flags = []) {
    (self.source, self.destination, self.length, self.flags) = (source, destination, length, flags)
  }

  /// The form in memory.
  public var bytes: [UInt8] {
    var writer = WireWriter()
    writer.integer(source.rawValue)
    writer.integer(destination.rawValue)
    writer.integer(length)
    writer.integer(flags.rawValue)
    writer.append(completion)
    return writer.bytes
  }

  /// The device's part: status, reserved, digest.
  var completion: [UInt8] {
    var writer = WireWriter()
    writer.integer(status.rawValue)
    writer.reserve(4)
    writer.append(digest)
    return writer.bytes
  }

  /// Any 64 bytes are a descriptor; whether it makes sense the engine judges. A status it never writes reads as pending.
  public init(bytes: some Collection<UInt8>) throws(WireError) {
    var reader = WireReader(bytes)
    source = IOVirtualAddress(try reader.integer())
    destination = IOVirtualAddress(try reader.integer())
    length = try reader.integer()
    flags = Flags(rawValue: try reader.integer())
    status = Status(rawValue: try reader.integer()) ?? .pending
    try reader.skip(4)
    digest = Array(try reader.take(32))
    try reader.finish()
  }

  /// What forbids it before any byte moves.
  var fault: Status? {
    guard length > 0, length <= Self.lengthLimit else { return .badLength }
    guard flags.rawValue & ~3 == 0 else { return .badFlags }
    guard source.advanced(by: UInt64(length)) != nil, destination.advanced(by: UInt64(length)) != nil else { return .badRange }
    return nil
  }
}
