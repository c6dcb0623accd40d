import Primitives
import Restriction

/// How the memory of a buffer is protected: what an importer has to know and could not ask before.
public enum Protection: Hashable, Sendable {
  /// Readable by CPU and devices.
  case ordinary
  /// Of a confidential guest, and decrypted: the host reads it too (`system_cc_shared`).
  case decrypted
  /// The CPU never maps it, and the masters of its use alone reach it.
  case restricted(UseCase)
}

/// The memory of a buffer: where it is, from which heap, how protected. A value; holding one keeps nothing alive (`HeapBuffer` does).
public struct HeapMemory: Hashable, Sendable {
  /// Number of the buffer in its heap, for messages and logs.
  public let number: UInt64
  public let heap: String
  public let protection: Protection
  private let place: Place

  /// Most buffers are one range, which needs no array of its own.
  private enum Place: Hashable, Sendable {
    case one(AddressRange<HostPhysicalAddress>)
    case pieces([AddressRange<HostPhysicalAddress>])
  }

  /// In order; each is of whole pages. What was asked for, rounded up to pages.
  public var ranges: [AddressRange<HostPhysicalAddress>] {
    switch place {
    case .one(let range): [range]
    case .pieces(let ranges): ranges
    }
  }
  /// In bytes.
  public var length: UInt64 {
    switch place {
    case .one(let range): range.length
    case .pieces(let ranges): ranges.reduce(0) { $0 + $1.length }
    }
  }
  public var name: String { "buffer \(number)" }
  /// The range, where there is one. What a master without an IOMMU needs.
  public var contiguous: AddressRange<HostPhysicalAddress>? {
    switch place {
    case .one(let range): range
    case .pieces: nil
    }
  }
  public var isRestricted: Bool { if case .restricted = protection { true } else { false } }

  public init(number: UInt64, heap: String, protection: Protection, ranges: [AddressRange<HostPhysicalAddress>]) {
    (self.number, self.heap, self.protection) = (number, heap, protection)
    place = ranges.count == 1 ? .one(ranges[0]) : .pieces(ranges)
  }

  init(number: UInt64, heap: String, protection: Protection, range: AddressRange<HostPhysicalAddress>) {
    (self.number, self.heap, self.protection, place) = (number, heap, protection, .one(range))
  }
}
