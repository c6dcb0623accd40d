import Primitives

/// What an address became: a contiguous run of the bus, and the terms of access. This is the answer to "may this happen?".
public struct Translation: Hashable, Sendable {
  public let range: AddressRange<HostPhysicalAddress>
  public let attributes: LeafAttributes
  /// The key that an access through this translation goes under: the shared one unless the leaf is private.
  public let key: KeyID
  /// A cache answered, the table was not asked. Where that differs from the table, an invalidation is missing.
  public let fromCache: Bool

  public init(range: AddressRange<HostPhysicalAddress>, attributes: LeafAttributes, key: KeyID, fromCache: Bool) {
    (self.range, self.attributes) = (range, attributes)
    (self.key, self.fromCache) = (key, fromCache)
  }

  /// The host's own view: its addresses are physical, its key is the shared one.
  public init(host range: AddressRange<HostPhysicalAddress>) {
    self.init(range: range, attributes: LeafAttributes(executable: true), key: .shared, fromCache: false)
  }

  /// Two translations as one, where the second continues the first on the bus under the same terms.
  func joined(with next: Translation) -> Translation? {
    guard range.end == next.range.start, attributes == next.attributes, key == next.key,
      let whole = AddressRange(start: range.start, length: range.length + next.range.length)
    else { return nil }
    return Translation(range: whole, attributes: attributes, key: key, fromCache: fromCache || next.fromCache)
  }
}

/// Why a request was not translated. Nothing was transferred.
public struct TranslationFault: Error, Hashable, Sendable {
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// The device has no context for this T bit, or the initiator is none that this unit serves.
    case noContext = "no-context"
    /// A trusted context exists but does not translate: its entry is pending or blocked.
    case contextNotPresent = "context-not-present"
    /// Nothing is mapped there.
    case notPresent = "not-present"
    /// A leaf is there and does not allow the operation. An inaccessible leaf allows none.
    case permission = "permission"
  }
  public let code: Code
  /// The request in words: who, how, where.
  public let request: String
  /// The first address that has no translation, in the space of the request.
  public let address: UInt64

  public init(_ code: Code, request: String, at address: UInt64) {
    (self.code, self.request, self.address) = (code, request, address)
  }
}

extension TranslationFault: CustomStringConvertible {
  public var description: String { "\(code.rawValue) at \(hexadecimal(address)): \(request)" }
}

extension TranslationCache {
  /// One leaf's worth of a request: from the cache, else from `walk`, whose result is then cached. A cached leaf that
  /// forbids the operation is walked again, so that more rights need no invalidation; fewer do (Intel SDM volume 3,
  /// "Caching translation information").
  /// - Returns: a translation of the first bytes of the request: to the end of the leaf or of the request.
  mutating func translate(
    _ request: AccessRequest<Space>, from start: Space, in context: TranslationContext, key: KeyID, walk: (Space) -> Leaf<Space>?
  ) throws(TranslationFault) -> Translation {
    var cached = lookUp(start, in: context)
    if let known = cached, !known.attributes.allows(request.operation) { cached = nil }
    guard let leaf = cached ?? walk(start) else {
      throw TranslationFault(.notPresent, request: request.description, at: start.rawValue)
    }
    guard leaf.attributes.allows(request.operation) else {
      throw TranslationFault(.permission, request: request.description, at: start.rawValue)
    }
    if cached == nil { insert(leaf, in: context) }
    let length = min(leaf.bytesLeft(from: start), request.range.end.rawValue - start.rawValue)
    guard let range = AddressRange(start: leaf.resolve(start), length: length) else {
      throw TranslationFault(.notPresent, request: request.description, at: start.rawValue)
    }
    return Translation(
      range: range, attributes: leaf.attributes, key: leaf.attributes.isPrivate ? key : .shared, fromCache: cached != nil)
  }
}

/// All runs of a request, neighbours joined; `step` translates one leaf's worth. An empty request has none.
func runs<Space: Address>(
  of request: AccessRequest<Space>, step: (Space) throws(TranslationFault) -> Translation
) throws(TranslationFault) -> [Translation] {
  var runs: [Translation] = []
  var at = request.range.start
  while at < request.range.end {
    let piece = try step(at)
    at = Space(at.rawValue + piece.range.length)
    if let last = runs.last, let whole = last.joined(with: piece) {
      runs[runs.count - 1] = whole
    } else {
      runs.append(piece)
    }
  }
  return runs
}
