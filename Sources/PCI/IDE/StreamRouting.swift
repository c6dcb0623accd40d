/// Whether requests from outside of any trust domain (T=0) travel over a stream. It differs by platform: Intel is said to route them, and
/// elsewhere a host bridge takes T=1 to private memory alone. Said on the private-MMIO thread of 2025 and in no specification; so it is a
/// parameter of who makes and takes packets.
public enum StreamRouting: String, Hashable, Sendable, CaseIterable {
  case all = "t0-and-t1"
  case trustedOnly = "t1-only"

  public func carries(tBit: Bool) -> Bool { tBit || self == .all }
}
