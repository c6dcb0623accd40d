import Primitives

/// How software learns which objects a mailbox takes: it asks by index from 0 until the answer names no next one.
/// PCIe 6.0 section 6.30.
public struct DOEDiscovery: Hashable, Sendable {
  public struct Answer: Hashable, Sendable {
    public var vendor: UInt16
    public var type: UInt8
    /// 0 after the last.
    public var next: UInt8

    public init(vendor: UInt16 = DOEObject.vendor, type: UInt8, next: UInt8) { (self.vendor, self.type, self.next) = (vendor, type, next) }

    public init(_ payload: some Collection<UInt8>) throws(SPDMError) {
      var reader = MessageReader(payload)
      self.init(vendor: try reader.integer("vendor"), type: try reader.integer("object type"), next: try reader.integer("next index"))
      try reader.finish()
    }

    public var payload: [UInt8] { [UInt8(truncatingIfNeeded: vendor), UInt8(vendor >> 8), type, next] }
  }

  public var index: UInt8

  public init(index: UInt8) { self.index = index }

  public init(_ payload: some Collection<UInt8>) throws(SPDMError) {
    var reader = MessageReader(payload)
    index = try reader.integer("index")
    try reader.reserved(3)
    try reader.finish()
  }

  public var payload: [UInt8] { [index, 0, 0, 0] }

  /// What a mailbox that takes these kinds answers; nil past the end.
  public func answer(_ kinds: [DOEObject.Kind] = DOEObject.Kind.allCases) -> Answer? {
    guard index < kinds.count else { return nil }
    return Answer(type: kinds[Int(index)].rawValue, next: Int(index) + 1 < kinds.count ? index + 1 : 0)
  }
}
