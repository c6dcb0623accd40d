import Primitives

/// Bytes that an access brought, and how it ended. `bytes` always has the length that was asked for.
public struct MemoryRead: Hashable, Sendable {
  public let bytes: [UInt8]
  public let outcome: LineOutcome
  public init(bytes: [UInt8], outcome: LineOutcome) { (self.bytes, self.outcome) = (bytes, outcome) }
}

/// The same accesses with arrays, for everything that is not on a hot path.
extension MemoryEncryption {
  /// The longest single access that returns an array; a longer one is a mistake, or somebody's attack.
  public static let arrayLimit = 1 << 30

  public func read(at address: HostPhysicalAddress, count: Int, as key: KeyID) throws(MemoryError) -> MemoryRead {
    guard (0...Self.arrayLimit).contains(count), let range = AddressRange(start: address, length: UInt64(count)),
      memory.contains(range)
    else { throw MemoryError(.notMemory, "\(count) bytes are not all RAM", at: address.rawValue) }
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    var raw = span.mutableBytes
    let outcome = try raw.withUnsafeMutableBytes { target throws(MemoryError) in try read(range, as: key, into: target) }
    return MemoryRead(bytes: bytes, outcome: outcome)
  }

  public func write(_ bytes: [UInt8], at address: HostPhysicalAddress, as key: KeyID) throws(MemoryError) -> LineOutcome {
    try bytes.span.bytes.withUnsafeBytes { source throws(MemoryError) in try write(source, at: address, as: key) }
  }
}
