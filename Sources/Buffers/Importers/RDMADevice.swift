import Primitives
import Sharing

/// A network device that registers regions of buffers and lets others read and write them by key (linux.md section 8: pinned or revocable).
///
/// It has no IOMMU in front: a region is a list of pages of one size, the largest of the device's that fits, each with the address by which
/// this device reaches it. Every request has hints with it: steering to the node of the memory that it is for, whatever that is, and what the
/// machine's topology says of translations for peers.
public final class RDMADevice: DirectImporter {
  public let name: String
  public let terms: ImporterTerms
  /// Sizes that a region's pages can have: a bit for each power of two.
  public let pageSizes: UInt64
  /// By which the topology's policy knows it; nil for one that is on no bus.
  public let function: RequesterID?
  private let bus: Bus

  /// By what a peer names a region. Its requests are the key's methods: it is good for this device and no other, which may have a region of
  /// that number, too.
  public struct Key: Sendable {
    public let value: UInt32
    let device: RDMADevice
  }

  struct State {
    var byTag: [Int: RDMARegion] = [:]
    var lastTag = 0
    /// Posted requests of all regions, those of deregistered ones included.
    var posted = 0
  }
  let regions: OrderedLock<State>
  let queue: JobRing
  let leaver = Leaver()
  /// How many requests may be posted and not over.
  public static let queueDepth = 1024
  /// The most bytes that one posted request can have.
  public static let longestPost = 65_536

  public init(
    _ name: String, on bus: Bus, function: RequesterID? = nil, terms: ImporterTerms = .rdma, pageSizes: UInt64 = 1 << 12 | 1 << 21 | 1 << 30
  ) {
    (self.name, self.bus, self.function, self.pageSizes) = (name, bus, function, pageSizes & ~4095)
    var terms = terms
    terms.bears.remove(.movable)
    // Without an IOMMU in front it puts the encrypted bit out itself, where its addresses have it.
    if bus.encryption != .none { terms.takesEncrypted = bus.encryption.isReached(byWidth: terms.width) }
    self.terms = terms
    regions = OrderedLock(.pageTables, State())
    queue = JobRing("\(name) sq", device: name)
  }

  /// A registered region; going out of scope deregisters it.
  public struct RegionHandle: ~Copyable, Sendable {
    public let key: Key
    public let pageSize: UInt64
    /// What goes with requests for it, part by part, in the order of their offsets.
    public let parts: [RegionPart]
    fileprivate let record: AttachmentRecord
    public consuming func deregister() {}
    deinit { key.device.deregister(record) }
  }

  /// Registers a part of a buffer (`ibv_reg_dmabuf_mr`).
  /// - Throws: `.badRange` for no bytes, what lies outside, and memory that no page size of the device describes; `.refused`, `.revoked`.
  public func register(_ buffer: Buffer, from start: UInt64 = 0, length: UInt64? = nil) throws(BufferError) -> RegionHandle {
    guard start <= buffer.size else { throw buffer.error(.badRange, "it has \(buffer.size) bytes") }
    let length = length ?? (buffer.size - start)
    guard length > 0, length <= buffer.size - start else { throw buffer.error(.badRange, "\(length) bytes from \(start)") }
    let tag = regions.withLock { regions in
      regions.lastTag += 1
      return regions.lastTag
    }
    guard let value = UInt32(exactly: tag) else { throw buffer.error(.noRoom, "no key is left") }
    let record = try buffer.register(self, wanted: nil, tag)
    do throws(BufferError) {
      let held = buffer.reservation.lock()
      let ranges = try record.map(held)
      _ = try? buffer.reservation.wait(.kernel, nanoseconds: .max)
      let path = record.agreement.path
      let described = RDMARegion(ranges, from: start, length: length, over: path, pageSizes, bus.encryption) { range in
        bus.topology.hints(for: range, from: function, over: path)
      }
      guard let region = described else {
        record.unmap(held)
        throw buffer.error(.badRange, "none of the page sizes of \(name) describes it")
      }
      regions.withLock { $0.byTag[tag] = region }
      return RegionHandle(key: Key(value: value, device: self), pageSize: region.pageSize, parts: region.parts, record: record)
    } catch {
      buffer.detach(record)
      throw error
    }
  }

  /// Requests that are under way find no region any more, and fail.
  private func deregister(_ record: AttachmentRecord) {
    regions.withLock { _ = $0.byTag.removeValue(forKey: record.tag) }
    record.buffer.detach(record)
  }

  public func letGo(_ attachment: AttachmentRecord, _ notice: Notice, _ held: borrowing Reservation.Held) {
    // Transfers run under this lock: when we have it, none is in the middle.
    let isIdle = regions.withLock { regions in
      regions.byTag[attachment.tag]?.isValid = false
      guard let region = regions.byTag[attachment.tag], region.underWay > 0 else { return true }
      regions.byTag[attachment.tag]?.leaving = attachment
      return false
    }
    if isIdle { attachment.unmap(held) }
  }

  // MARK: Requests

  fileprivate func read(_ key: Key, at offset: UInt64, count: Int) throws(BufferError) -> [UInt8] {
    var bytes: [UInt8] = []
    try forEachPiece(key, offset, max(count, 0)) { target, encrypted, hints, _, count throws(BufferError) in
      bytes += try bus.read(target, count: count, encrypted: encrypted, hints: hints)
    }
    return bytes
  }

  func write(_ bytes: [UInt8], _ key: Key, at offset: UInt64, isPosted: Bool) throws(BufferError) {
    try forEachPiece(key, offset, bytes.count, isPosted: isPosted) { target, encrypted, hints, at, count throws(BufferError) in
      try bus.write(Array(bytes[at..<at + count]), at: target, encrypted: encrypted, hints: hints)
    }
  }

  func unknown(_ key: Key) -> BufferError { BufferError(.badRange, "\(name) has no \(key)") }

  private func forEachPiece(
    _ key: Key, _ offset: UInt64, _ count: Int, isPosted: Bool = false,
    _ body: (HostPhysicalAddress, _ encrypted: Bool, RequestHints, _ at: Int, _ count: Int) throws(BufferError) -> Void
  ) throws(BufferError) {
    let failure = regions.withLock { regions -> BufferError? in
      guard let region = regions.byTag[Int(key.value)] else { return unknown(key) }
      if let refusal = region.refusal("\(key) of \(name)", offset, count, isPosted: isPosted) { return refusal }
      var at = 0
      while at < count {
        guard let piece = region.piece(at: offset + UInt64(at), atMost: count - at, bus.encryption) else {
          return BufferError(.badRange, "behind the pages of \(key)")
        }
        do throws(BufferError) { try body(piece.target, piece.isEncrypted, piece.hints, at, piece.count) } catch { return error }
        at += piece.count
      }
      return nil
    }
    if let failure { throw failure }
  }
}

extension RDMADevice.Key {
  /// A read by a peer. Over once it returns.
  /// - Throws: `.revoked` for a region that was taken back: the completion's error; `.badRange`; `.noAnswer`.
  public func read(at offset: UInt64, count: Int) throws(BufferError) -> [UInt8] { try device.read(self, at: offset, count: count) }

  /// A write by a peer. Over once it returns.
  /// - Throws: `.revoked`; `.badRange`; `.noAnswer`.
  public func write(_ bytes: [UInt8], at offset: UInt64) throws(BufferError) { try device.write(bytes, self, at: offset, isPosted: false) }
}

extension RDMADevice.Key: Hashable, CustomStringConvertible {
  public static func == (a: Self, b: Self) -> Bool { a.value == b.value && a.device === b.device }
  public func hash(into hasher: inout Hasher) { hasher.combine(value) }
  public var description: String { "key \(value)" }
}
