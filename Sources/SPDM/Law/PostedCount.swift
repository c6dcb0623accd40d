import Primitives

/// How many posted requests went one way under a key set, modulo 256, as both ends count them. PCIe 6.0 section 6.33.5, PR_Sent_Counter.
///
/// Sub-streams have counters of their own, so the cipher cannot tell that a read passed a write (CVE-2025-9612). A read therefore says how
/// many writes were sent before it, and is not taken before they are. The receiver of a link obeys it, and so does the model `ide-keys`.
public struct PostedCount: Hashable, Sendable {
  public private(set) var value: UInt8

  public init(_ value: UInt8 = 0) { self.value = value }

  public mutating func advance() { value &+= 1 }

  /// Whether what was sent after `sent` posted requests may be taken now. Less than half a round lies between the ends.
  public func takes(after sent: UInt8, under law: ProtocolLaw = ProtocolLaw()) -> ProtocolOutcome {
    law.holds(.packetOrder, value &- sent < 128) ? .accepted : .refused(.packetOrder)
  }
}
