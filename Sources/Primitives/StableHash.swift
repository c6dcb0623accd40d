/// A hash that is the same in every process and on every machine: identifiers of paths and seeds of
/// sub-streams rest on it. FNV-1a, 64 bits, with a final mix.
public struct StableHash: Sendable {
  private var state: UInt64

  public init(seed: UInt64 = 0) { state = 0xCBF2_9CE4_8422_2325 ^ seed }

  public mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }
  /// The text and its end, so that ("ab", "c") and ("a", "bc") differ.
  public mutating func combine(_ text: String) {
    combine(text.utf8)
    combine(CollectionOfOne(0xFF))
  }
  public mutating func combine(_ value: UInt64) {
    combine((0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
  }
  public var value: UInt64 {
    var h = state
    h = (h ^ h >> 33) &* 0xFF51_AFD7_ED55_8CCD
    h = (h ^ h >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return h ^ h >> 33
  }
}
