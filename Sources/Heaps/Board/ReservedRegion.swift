import DeviceTrees
import Primitives

/// Memory that a device tree takes from the kernel's hands: an entry of `/memreserve/`, or a range of a child of `/reserved-memory`.
///
/// Source: the reserved-memory bindings (dt-schema, reserved-memory.yaml and shared-dma-pool.yaml).
public struct ReservedRegion: Hashable, Sendable {
  /// Where it lies.
  public enum Placement: Hashable, Sendable {
    case fixed(AddressRange<HostPhysicalAddress>)
    /// The kernel chooses, at boot, inside one of the ranges; anywhere if there is none. Sizes and alignments in bytes.
    case dynamic(size: UInt64, alignment: UInt64, within: [AddressRange<HostPhysicalAddress>])
  }

  /// What it is for, as far as the tree says.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    /// `/memreserve/`: firmware's, without a name.
    case reservation = "memreserve"
    /// `shared-dma-pool` with `reusable`: the kernel lends its pages out until a device wants them in a row. A heap.
    case contiguous
    /// `shared-dma-pool` without it: coherent memory of the devices that name it.
    case coherentPool = "coherent-pool"
    /// `restricted-dma-pool`: what untrusted devices may reach, everything else is bounced through it.
    case bouncePool = "bounce-pool"
    /// `linaro,secure-heap`: a carve-out that the CPU may not touch. A heap.
    case secureHeap = "secure-heap"
    /// `no-map` and nothing that the kernel knows: of firmware, a secure world or another processor.
    case carveOut = "carve-out"
    /// Mapped, and a driver's that knows its `compatible`.
    case driver

    /// Whether user space allocates buffers from it.
    public var isHeap: Bool { self == .contiguous || self == .secureHeap }
  }

  public let kind: Kind
  public let placement: Placement
  /// The node's name with its unit address; `memreserve` for an entry of that block.
  public let name: String
  /// The node's path; empty for an entry of `/memreserve/`.
  public let path: String
  /// Where to look in the tree.
  public var place: String { path.isEmpty ? "/memreserve/" : path }
  public let compatible: [String]
  /// Which range of the node's `reg` it is: a heap is made of the first.
  public let position: Int
  /// By which other nodes name it; nil where nobody can.
  public let phandle: UInt32?
  /// The kernel may not even map it.
  public let noMap: Bool
  public let reusable: Bool
  /// The region of everybody who asks for contiguous memory and has none of their own.
  public let isDefault: Bool
  /// Whether firmware keeps it closed: nobody in the kernel maps what is `no-map` and says of itself nothing that a driver would know. What
  /// says more (`qcom,smem`, `qcom,cmd-db`) its driver maps and shares.
  public var isFirmware: Bool { kind == .carveOut && compatible.isEmpty }
  /// Paths of the nodes that name it in `memory-region`, in the order of the tree.
  public internal(set) var users: [String] = []

  // The optimiser of Swift 6.3.1 stops ("outside of lifetime use") where it inlines either of these into optional chaining.

  /// In bytes.
  @inline(never) public var size: UInt64 {
    switch placement {
    case .fixed(let range): range.length
    case .dynamic(let size, _, _): size
    }
  }
  /// Nil where the kernel chooses.
  @inline(never) public var range: AddressRange<HostPhysicalAddress>? {
    guard case .fixed(let range) = placement else { return nil }
    return range
  }

  /// As the tree writes them.
  public var flags: [String] {
    (noMap ? ["no-map"] : []) + (reusable ? ["reusable"] : []) + (isDefault ? ["linux,cma-default"] : [])
  }
}
