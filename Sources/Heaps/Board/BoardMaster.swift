/// A device of a board that puts addresses on the bus and matters to buffers: one on a film's way, or one that firmware left memory.
public struct BoardMaster: Hashable, Sendable {
  /// The node's, with its unit address.
  public let name: String
  public let path: String
  public let role: MasterRole
  /// Whether its `iommus` names an IOMMU that is in use. Then buffers are mapped for it; otherwise it is given physical addresses.
  public let isTranslated: Bool
}
