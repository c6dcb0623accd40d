import Primitives

/// The IOMMU: device requests, told apart by requester ID and T bit, each through a table of its own.
///
/// Requests without the T bit go through the shared context, an IOVA table of the host. Requests with it go through the
/// trusted context, which leads to the virtual machine's secure EPT: their IOVA is a guest-physical address. Who may
/// change a context is not decided here; here are only tables, caches and what they answer.
///
/// Two caches sit in between, as in hardware: the context cache remembers which table a device uses, the IOTLB which page.
/// Changing a context or a table changes neither.
public final class IOMMU {
  /// The table behind a device's requests without the T bit.
  public typealias IOPageTable = PageTable<IOVirtualAddress>

  /// A trusted context as the firmware keeps it. Only `.present` translates.
  public enum TrustedState: String, Hashable, Sendable, CaseIterable {
    case pending
    case present
    case blocked
  }
  public struct TrustedContext {
    public var state: TrustedState
    public let table: PageTable<GuestPhysicalAddress>
    /// The virtual machine's key, used for leaves that are private.
    public let key: KeyID
    public init(_ state: TrustedState, table: PageTable<GuestPhysicalAddress>, key: KeyID) {
      (self.state, self.table, self.key) = (state, table, key)
    }
  }

  /// What the context cache remembers: enough to walk without asking the context again.
  private enum Context {
    case shared(IOPageTable)
    case trusted(PageTable<GuestPhysicalAddress>, KeyID)

    var key: KeyID {
      switch self {
      case .shared: .shared
      case .trusted(_, let key): key
      }
    }
    func walk(_ address: IOVirtualAddress) -> Leaf<IOVirtualAddress>? {
      switch self {
      case .shared(let table): return table.walk(address)
      case .trusted(let table, _):
        guard let leaf = table.walk(GuestPhysicalAddress(address.rawValue)) else { return nil }
        let start = IOVirtualAddress(leaf.start.rawValue)
        return Leaf(start: start, target: leaf.target, size: leaf.size, attributes: leaf.attributes)
      }
    }
  }

  private var shared: [RequesterID: IOPageTable] = [:]
  private var trusted: [RequesterID: TrustedContext] = [:]
  private var cachedContexts: [TranslationContext: Context] = [:]
  /// For counts and for charts; invalidate through the functions below.
  public private(set) var cache: TranslationCache<IOVirtualAddress>

  public init(cacheCapacity: Int = 1536) { cache = TranslationCache(capacity: cacheCapacity) }

  // MARK: Contexts

  /// Attaches a device's shared requests to a table, or detaches them with nil.
  public func setSharedContext(_ table: IOPageTable?, for device: RequesterID) { shared[device] = table }
  public func sharedContext(of device: RequesterID) -> IOPageTable? { shared[device] }

  /// Sets or, with nil, removes a device's trusted context.
  public func setTrustedContext(_ context: TrustedContext?, for device: RequesterID) { trusted[device] = context }
  public func trustedContext(of device: RequesterID) -> TrustedContext? { trusted[device] }

  // MARK: Invalidation: nothing of this happens by itself

  /// Whether the context of a device's requests is cached.
  public func holdsContext(of device: RequesterID, trusted: Bool) -> Bool { cachedContexts[.device(device, trusted: trusted)] != nil }

  /// Drops the cached context; requests then see the context as it is now, and still the cached pages.
  public func invalidateContext(of device: RequesterID, trusted: Bool) {
    cachedContexts[.device(device, trusted: trusted)] = nil
  }
  /// Drops cached pages of one device after a change of its shared table.
  public func invalidate(_ owed: Invalidation<IOVirtualAddress>, for device: RequesterID) {
    cache.invalidate(owed, in: .device(device, trusted: false))
  }
  /// Drops cached pages of one device after a change of the secure EPT that it uses.
  public func invalidate(trusted owed: Invalidation<GuestPhysicalAddress>, for device: RequesterID) {
    let start = IOVirtualAddress(owed.range.start.rawValue)
    guard let range = AddressRange(start: start, length: owed.range.length) else { return }
    cache.invalidate(Invalidation(range), in: .device(device, trusted: true))
  }
  /// Drops all cached pages of one of a device's contexts.
  public func invalidatePages(of device: RequesterID, trusted: Bool) {
    cache.invalidate(context: .device(device, trusted: trusted))
  }
  /// Drops every cached context and page.
  public func invalidateAll() {
    cachedContexts = [:]
    cache.invalidateAll()
  }

  // MARK: Translation

  /// Translates the first bytes of a request: to the end of the leaf or of the request.
  public func translate(_ request: AccessRequest<IOVirtualAddress>) throws(TranslationFault) -> Translation {
    let (tag, context) = try context(of: request)
    return try cache.translate(request, from: request.range.start, in: tag, key: context.key, walk: context.walk)
  }

  /// Translates all of a request before anything is transferred: contiguous runs, in order.
  public func runs(of request: AccessRequest<IOVirtualAddress>) throws(TranslationFault) -> [Translation] {
    let (tag, context) = try context(of: request)
    return try Memory.runs(of: request) { at throws(TranslationFault) in
      try cache.translate(request, from: at, in: tag, key: context.key, walk: context.walk)
    }
  }

  private func context(of request: AccessRequest<IOVirtualAddress>) throws(TranslationFault) -> (TranslationContext, Context) {
    func fault(_ code: TranslationFault.Code) -> TranslationFault {
      TranslationFault(code, request: request.description, at: request.range.start.rawValue)
    }
    guard case .device(let device, let isTrusted, _) = request.initiator else { throw fault(.noContext) }
    let tag = TranslationContext.device(device, trusted: isTrusted)
    if let cached = cachedContexts[tag] { return (tag, cached) }
    let context: Context
    if isTrusted {
      guard let entry = trusted[device] else { throw fault(.noContext) }
      guard entry.state == .present else { throw fault(.contextNotPresent) }
      context = .trusted(entry.table, entry.key)
    } else {
      guard let table = shared[device] else { throw fault(.noContext) }
      context = .shared(table)
    }
    cachedContexts[tag] = context
    return (tag, context)
  }
}
