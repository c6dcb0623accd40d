import Restriction

/// Somebody who puts addresses on the bus: CPU, codec, display, GPU, crypto engine.
public struct Master: Hashable, Sendable {
  /// How it reaches memory.
  public enum Addressing: String, Hashable, Sendable {
    /// No IOMMU in front: it is given physical addresses, so a buffer has to be contiguous.
    case physical
    /// Behind an IOMMU: a buffer is mapped for it, and may be in pieces.
    case translated
  }

  public let name: String
  public let addressing: Addressing

  public init(_ name: String, _ addressing: Addressing = .physical) { (self.name, self.addressing) = (name, addressing) }

  /// Always the first of a machine's masters.
  public static let hostCPU = Master("host-cpu", .translated)
}
