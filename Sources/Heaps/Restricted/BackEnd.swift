import Primitives

/// Where a restricted heap's memory comes from. Users see one name and never which of these is behind it.
public enum BackEnd {
  /// A region of the device tree that the boot firmware closed before the kernel had it.
  case carveOut(AddressRange<HostPhysicalAddress>)
  /// A pool that the TEE keeps and reports, with the address it has (GET_PROTMEM_CONFIG).
  case reported(AddressRange<HostPhysicalAddress>)
  /// Ordinary contiguous memory, lent when it is needed (LEND_PROTMEM), at least `minimum` bytes at once, and reclaimed when its last buffer
  /// is gone.
  case lentBySMC(from: ContiguousHeap, minimum: UInt64)
  /// The same in the four calls of FF-A.
  case lentByFFA(from: ContiguousHeap, minimum: UInt64)
  /// Memory that a hypervisor takes out of the host's second stage.
  case secondStage(AddressRange<HostPhysicalAddress>)

  /// The memory that is there from the beginning.
  var fixed: AddressRange<HostPhysicalAddress>? {
    switch self {
    case .carveOut(let range), .reported(let range), .secondStage(let range): range
    case .lentBySMC, .lentByFFA: nil
    }
  }
  var source: ContiguousHeap? {
    switch self {
    case .lentBySMC(let heap, _), .lentByFFA(let heap, _): heap
    case .carveOut, .reported, .secondStage: nil
    }
  }
  var minimum: UInt64 {
    switch self {
    case .lentBySMC(_, let minimum), .lentByFFA(_, let minimum): max(4096, minimum)
    case .carveOut, .reported, .secondStage: 0
    }
  }
  public var word: String {
    switch self {
    case .carveOut: "carve-out"
    case .reported: "reported by the TEE"
    case .lentBySMC: "lent by SMC"
    case .lentByFFA: "lent by FF-A"
    case .secondStage: "second stage"
    }
  }
}
