import Memory
import Primitives
import Restriction

/// The secure world of a machine: it owns the firewall's rules and the books of restricted memory, and performs what the rules allow.
///
/// It decides nothing itself: every call asks `Restriction`, the same functions that the model `restricted-heap` explores, and then moves
/// bytes. A refused call has changed nothing. One thread at a time, like the memory below it; no locks.
public final class SecureWorld {
  /// How a region is kept closed.
  public enum Enforcer: String, Hashable, Sendable {
    /// By the bus: a resource domain controller or a TrustZone address space controller.
    case firewall
    /// By a hypervisor that takes the pages out of the tables of everybody who has no rule. It reaches whoever is translated, and
    /// nobody else.
    case secondStage
  }

  public struct Region: Hashable, Sendable {
    public let useCase: UseCase
    public let enforcer: Enforcer
    public init(_ useCase: UseCase, _ enforcer: Enforcer = .firewall) { (self.useCase, self.enforcer) = (useCase, enforcer) }
  }

  public let memory: PhysicalMemory
  /// The host CPU first.
  public let masters: [Master]
  public let regions: [Region]
  public let behaviour: ViolationBehaviour
  // Asked and written some ten times for each buffer. Nothing that a rule does comes back here, and the machine has one thread, so that two
  // accesses cannot meet; finding that out anew each time cost more than the rules themselves.
  @exclusivity(unchecked) var books: Books
  /// The last few accesses that were stopped, newest last, and how many there were.
  public internal(set) var violations: [Violation] = []
  public internal(set) var violationCount = 0
  public internal(set) var interrupts = 0
  /// Calls from the normal world. Each costs about a millisecond on a Cortex-A53 at 1.5 GHz (restricted-memory thread 2025).
  public private(set) var worldSwitches = 0
  public static let worldSwitchNanoseconds = 1_000_000
  static let keptViolations = 64
  /// What masters behind the IOMMU have mapped; nil until one has.
  public internal(set) var mappings: MasterMappings?
  let tableRange: AddressRange<HostPhysicalAddress>?
  /// What it does wrong on purpose: nothing, unless a fault is asked for.
  public var mistakes: Mistakes = []

  /// Mistakes that are no missing guard but a wrong act.
  public struct Mistakes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The scrubbing master says that it is done, and has written nothing.
    public static let skipsZeroing = Mistakes(rawValue: 1)
    /// Pages go back to the free ones as they are, and are zeroed when there is time.
    public static let handsOutFirst = Mistakes(rawValue: 2)
    /// The firewall opens a page that is given back before anybody has zeroed it.
    public static let opensFirst = Mistakes(rawValue: 4)
  }

  /// - Parameters:
  ///   - masters: besides the host CPU, at most 63.
  ///   - regions: at most 64.
  ///   - minimumLend: in bytes, whole pages; what GET_PROTMEM_CONFIG reports.
  ///   - tables: ordinary memory that is no heap's, for the tables of the IOMMU; nil for a memory of their own.
  /// - Throws: `.badRequest` where there are more masters or regions than there is room for; `.exhausted`.
  public init(
    _ memory: PhysicalMemory, masters: [Master], regions: [Region], behaviour: ViolationBehaviour = .silent, loans: Int = 16,
    minimumLend: UInt64 = 4096, tables: AddressRange<HostPhysicalAddress>? = nil, law: RestrictedLaw = RestrictedLaw()
  ) throws(HeapError) {
    guard masters.count < Books.mostMasters, regions.count <= Books.mostRegions, loans > 0 else {
      throw HeapError(
        .badRequest, "\(masters.count) masters, \(regions.count) regions: there is room for \(Books.mostMasters - 1) and \(Books.mostRegions)")
    }
    (self.memory, self.masters, self.regions, self.behaviour) = (memory, [.hostCPU] + masters, regions, behaviour)
    tableRange = tables
    books = try Books(memory, uses: regions.map(\.useCase), loans: loans, minimumLend: minimumLend, law: law)
  }

  public func master(named name: String) -> MasterIndex? { masters.firstIndex { $0.name == name }.map { MasterIndex(UInt8($0)) } }
  public func name(of master: MasterIndex) -> String { masters[Int(master.value)].name }

  // MARK: The firewall

  /// Lets a master do something in a region, or nothing any more.
  public func setRule(_ access: Access, master: MasterIndex, region: RegionIndex, by world: World = .secure) throws(HeapError) {
    // A second stage is tables that the hypervisor fills: who is not translated does not look at them.
    if access != .none, regions[Int(region.value)].enforcer == .secondStage, masters[Int(master.value)].addressing == .physical {
      throw HeapError(.unprotectable, "\(name(of: master)) has no IOMMU: no second stage is between it and the region")
    }
    try check(books.setRule(access, master: master, region: region, by: world), "a rule for \(name(of: master))")
  }

  /// Closes a carve-out, before a kernel has it or while a hypervisor takes it away.
  public func close(_ range: AddressRange<HostPhysicalAddress>, as region: RegionIndex, by world: World = .secure) throws(HeapError) {
    let unreached = regions[Int(region.value)].enforcer == .secondStage ? masters.first { $0.addressing == .physical } : nil
    if let unreached { throw HeapError(.unprotectable, "\(unreached.name) has no IOMMU: a second stage keeps it from nothing") }
    let pages = try pages(of: range)
    try check(books.close(pages, as: region, by: world), "closing \(range)")
  }

  // MARK: Calls from the normal world

  /// LEND_PROTMEM: one call lends and assigns.
  public func lend(_ range: AddressRange<HostPhysicalAddress>, cookie: UInt64, to region: RegionIndex) throws(HeapError) {
    worldSwitches += 1
    try check(books.lend(request(range, cookie)), "LEND_PROTMEM of \(range)")
    // What was just lent is assigned at once: nobody comes in between, so nothing can refuse that the first call did not.
    try check(books.assign(cookie, to: region), "LEND_PROTMEM of \(range)")
  }

  /// RECLAIM_PROTMEM: one call releases and gives back.
  public func reclaim(cookie: UInt64) throws(HeapError) {
    worldSwitches += 1
    try check(books.release(cookie), "RECLAIM_PROTMEM of cookie \(cookie)")
    try check(books.reclaim(cookie), "RECLAIM_PROTMEM of cookie \(cookie)")
  }

  /// The four calls of FF-A.
  public func memoryLend(_ range: AddressRange<HostPhysicalAddress>, handle: UInt64) throws(HeapError) {
    worldSwitches += 1
    try check(books.lend(request(range, handle)), "FFA_MEM_LEND of \(range)")
  }
  public func assign(handle: UInt64, to region: RegionIndex) throws(HeapError) {
    worldSwitches += 1
    try check(books.assign(handle, to: region), "ASSIGN_PROTMEM of handle \(handle)")
  }
  public func release(handle: UInt64) throws(HeapError) {
    worldSwitches += 1
    try check(books.release(handle), "RELEASE_PROTMEM of handle \(handle)")
  }
  public func memoryReclaim(handle: UInt64) throws(HeapError) {
    worldSwitches += 1
    try check(books.reclaim(handle), "FFA_MEM_RECLAIM of handle \(handle)")
  }

  // MARK: Pages

  func pages(of range: AddressRange<HostPhysicalAddress>) throws(HeapError) -> Range<Int> {
    guard let pages = books.pages(of: range) else { throw HeapError(.badRequest, "\(range) is not memory of this machine") }
    return pages
  }

  /// What was asked comes in bytes. A range that is no memory at all is refused at the door.
  private func request(_ range: AddressRange<HostPhysicalAddress>, _ cookie: UInt64) throws(HeapError) -> LendRequest {
    LendRequest(start: range.start.rawValue, length: range.length, cookie: cookie, pages: try pages(of: range))
  }

  @inline(__always) func check(_ outcome: RestrictedOutcome, _ what: @autoclosure () -> String) throws(HeapError) {
    if let why = outcome.refusal { throw HeapError(.refused(why), "\(what()) was refused: \(why.id), \(why.entry.code)") }
  }
}
