import PCI
import Primitives

/// How a unit of memory is used for a transfer: a ring at its start, then source and destination; the last line stays free.
struct TransferLayout {
  let size: UInt64
  /// Descriptors in the ring.
  static let ringSize: UInt64 = 4

  /// Up to a page for the ring.
  var source: UInt64 { min(4096, size / 4) }
  /// Bytes that fit into source and into destination.
  var capacity: Int { Int((size - source - 64) / 2 & ~(size > 65536 ? 4095 : 63)) }
  var destination: UInt64 { source + UInt64(capacity) }
}

/// A payload that went through a device and back, as each party saw it.
public struct TransferReport: Hashable, Sendable {
  /// Bytes that came back whole.
  public var bytes = 0
  /// SHA-256 of what the guest found at the destination.
  public var guestDigest: [UInt8] = []
  /// SHA-256 of what passed through the device.
  public var deviceDigest: [UInt8] = []
  /// SHA-256 of what the host's CPU reads in the same frames.
  public var hostDigest: [UInt8] = []
  /// Why it stopped; nil when everything came back.
  public var failure: String?

  public var isComplete: Bool { failure == nil }
}
