/// The heaps of a machine by name and by phandle, and who waits for one that is not there yet.
///
/// A driver asks at probe; where the heap's own driver or the TEE comes later, the probe is deferred and the driver is told when the heap
/// appears (EPROBE_DEFER, restricted-memory thread 2025). Heaps stay until the machine ends. One thread at a time.
public final class HeapRegistry {
  /// What a device tree or a driver writes to mean a heap.
  public enum Reference: Hashable, Sendable, CustomStringConvertible {
    case name(String)
    /// Of the reserved-memory node that the heap was made of.
    case phandle(UInt32)

    public var description: String {
      switch self {
      case .name(let name): "heap '\(name)'"
      case .phandle(let handle): "heap of phandle \(handle)"
      }
    }
  }

  /// In the order in which they were registered.
  public private(set) var heaps: [any Heap] = []
  private var phandles: [(UInt32, any Heap)] = []
  private var waiting: [(Reference, (any Heap) -> Void)] = []

  public init() {}

  /// Publishes a heap, and then tells everybody who waited for it, in the order in which they came.
  /// - Throws: `.sameName`, also where only the former spelling of a restricted heap is the same.
  public func register(_ heap: any Heap, phandle: UInt32? = nil) throws(HeapError) {
    guard !heaps.contains(where: { Self.canonical($0.name) == Self.canonical(heap.name) }) else {
      throw HeapError(.sameName, "there is a heap '\(heap.name)' already")
    }
    if let phandle, phandles.contains(where: { $0.0 == phandle }) { throw HeapError(.sameName, "phandle \(phandle) has a heap already") }
    heaps.append(heap)
    if let phandle { phandles.append((phandle, heap)) }
    let told = waiting
    waiting = []
    for (reference, tell) in told {
      if let found = find(reference) { tell(found) } else { waiting.append((reference, tell)) }
    }
  }

  public func find(_ reference: Reference) -> (any Heap)? {
    switch reference {
    case .name(let name): heaps.first { Self.canonical($0.name) == Self.canonical(name) }
    case .phandle(let handle): phandles.first { $0.0 == handle }?.1
    }
  }

  /// For drivers: the heap, or `.unknownHeap`, which means that the probe is to be tried again.
  public func require(_ reference: Reference) throws(HeapError) -> any Heap {
    guard let heap = find(reference) else { throw HeapError(.unknownHeap, "no \(reference) yet: the probe is deferred") }
    return heap
  }

  /// Tells now where the heap is there, and otherwise once, when it is registered.
  public func whenRegistered(_ reference: Reference, _ tell: @escaping (any Heap) -> Void) {
    if let heap = find(reference) { tell(heap) } else { waiting.append((reference, tell)) }
  }

  public var waitingCount: Int { waiting.count }

  /// Upstream's word is `protected`; first versions and older tests say `restricted`.
  private static func canonical(_ name: String) -> String {
    name.hasPrefix("restricted,") ? "protected," + name.dropFirst("restricted,".count) : name
  }
}
