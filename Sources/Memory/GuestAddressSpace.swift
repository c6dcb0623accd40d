import Primitives

/// A virtual machine's view of memory: two tables over one space of guest-physical addresses, chosen by the address itself.
///
/// The shared bit is the topmost bit of the guest's address width. With it set an address goes through the shared EPT, else
/// through the secure one. A machine without confidential memory has the shared table only, and no shared bit.
public struct GuestAddressSpace {
  public let vm: VMIdentifier
  public let key: KeyID
  /// The host's table: KVM's ordinary EPT.
  public let shared: PageTable<GuestPhysicalAddress>
  /// The firmware's table; nil for a machine without confidential memory.
  public let secure: PageTable<GuestPhysicalAddress>?
  /// Which bit says shared; 47 or below, so that four levels reach it.
  public let sharedBit: UInt8

  public init(
    vm: VMIdentifier, key: KeyID, shared: PageTable<GuestPhysicalAddress>, secure: PageTable<GuestPhysicalAddress>?,
    sharedBit: UInt8 = 47
  ) {
    (self.vm, self.key, self.shared, self.secure) = (vm, key, shared, secure)
    self.sharedBit = min(sharedBit, 47)
  }

  /// Whether the address names the shared half.
  public func isShared(_ address: GuestPhysicalAddress) -> Bool { secure == nil || address.rawValue >> sharedBit & 1 == 1 }
  /// The same page in the shared half.
  public func sharedAlias(of address: GuestPhysicalAddress) -> GuestPhysicalAddress {
    secure == nil ? address : GuestPhysicalAddress(address.rawValue | 1 << UInt64(sharedBit))
  }

  /// The leaf behind an address now, past all caches. The shared half keeps its bit: it is part of the address.
  public func walk(_ address: GuestPhysicalAddress) -> Leaf<GuestPhysicalAddress>? {
    guard let secure, !isShared(address) else { return shared.walk(address) }
    return secure.walk(address)
  }

  /// Translates all of a vCPU's access through its TLB: contiguous runs, in order. Leaves of the shared table never
  /// go under the machine's key, whatever they claim.
  public func runs(
    of request: AccessRequest<GuestPhysicalAddress>, through tlb: inout TranslationCache<GuestPhysicalAddress>
  ) throws(TranslationFault) -> [Translation] {
    guard case .virtualCPU(vm) = request.initiator else {
      throw TranslationFault(.noContext, request: request.description, at: request.range.start.rawValue)
    }
    return try Memory.runs(of: request) { at throws(TranslationFault) in
      try tlb.translate(request, from: at, in: .vm(vm), key: isShared(at) ? .shared : key, walk: walk)
    }
  }
}
