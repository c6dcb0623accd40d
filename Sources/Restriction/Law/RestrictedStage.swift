import Primitives

/// What the rules of restricted memory work on: the secure world's books and the firewall's tables, whoever keeps them.
///
/// A machine keeps them in arrays beside real memory, the model `restricted-heap` in the fields of a state. Rules are extensions of this
/// protocol and cannot tell which one they change. Pages are counted from 0; a caller gives no page and no slot that the stage has not.
public protocol RestrictedStage {
  var law: RestrictedLaw { get }
  /// What is recorded of a page.
  subscript(page page: Int) -> PageState { get set }
  /// What is enforced for it.
  subscript(coverage page: Int) -> Coverage { get set }
  /// References to a page beyond that of its buffer's first handle: importers that have it mapped.
  func references(page: Int) -> Int
  /// The firewall's rule.
  subscript(rule master: MasterIndex, region: RegionIndex) -> Access { get set }
  /// What a region is for.
  func useCase(of region: RegionIndex) -> UseCase
  var regionCount: UInt8 { get }
  var lendCount: Int { get }
  subscript(lend slot: Int) -> Lend { get set }
  /// In bytes: the least that may be lent at once (GET_PROTMEM_CONFIG).
  var minimumLend: UInt64 { get }

  /// Where the pages end, from this one on and not beyond `limit`, of which all is recorded, enforced and counted that is of this one: what a
  /// rule finds of the first it finds of all. A stage that knows of no others says the next page.
  func endOfAlike(from page: Int, to limit: Int) -> Int
  /// The same state for pages in a row.
  mutating func record(_ pages: Range<Int>, _ state: PageState)
  /// The same coverage for pages in a row.
  mutating func enforce(_ pages: Range<Int>, _ coverage: Coverage)
}

extension RestrictedStage {
  @inlinable public func endOfAlike(from page: Int, to limit: Int) -> Int { page + 1 }
  @inlinable public mutating func record(_ pages: Range<Int>, _ state: PageState) { for page in pages { self[page: page] = state } }
  @inlinable public mutating func enforce(_ pages: Range<Int>, _ coverage: Coverage) { for page in pages { self[coverage: page] = coverage } }

  /// The loan with this cookie: the first one, where there are several by mistake.
  @inlinable public func lend(named cookie: UInt64) -> Int? {
    for slot in 0..<lendCount where self[lend: slot].stage != .none && self[lend: slot].cookie == cookie { return slot }
    return nil
  }

  /// The same for a call. A secure world that does not ask whether it knows the name acts on whatever loan comes first.
  @inlinable func lend(named cookie: UInt64, _ known: RestrictedGuard) -> Int? {
    if let slot = lend(named: cookie) { return slot }
    guard law.holds(known, false) else { return nil }
    for slot in 0..<lendCount where self[lend: slot].stage != .none { return slot }
    return nil
  }
}
