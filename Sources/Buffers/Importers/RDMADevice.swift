import Primitives
import Sharing

/// A network device that registers regions of buffers and lets others read and write them by key (linux.md section 8: pinned or revocable).
///
/// It has no IOMMU in front: a region is a list of pages of one size, the largest of the device's that fits, each with the address by which
/// this device reaches it. Every request has hints with it: steering to the node of the memory that it is for, whatever that is, and what the
/// machine's topology says of translations for peers.
///
/// Requests that were posted to its queue have those addresses already and cannot be recalled. No fence in the buffer's reservation stands for
/// them (umem_dmabuf.c waits for `KERNEL` and adds none: user space posts without the kernel), so a revocation finds them only as an importer
/// that has not let go. Told to, the device takes no new request for the region, and is gone when the last posted one is over.
public final class RDMADevice: Importer {
  public let name: String
  public let terms: ImporterTerms
  /// Sizes that a region's pages can have: a bit for each power of two.
  public let pageSizes: UInt64
  /// By which the topology's policy knows it; nil for one that is on no bus.
  public let function: RequesterID?
  private let bus: Bus

  /// By what a peer names a region.
  public struct Key: Hashable, Sendable, CustomStringConvertible {
    public let value: UInt32
    public var description: String { "key \(value)" }
  }

  /// A part of a region that is alike in what goes with its requests.
  public struct Part: Hashable, Sendable {
    /// In bytes, from the beginning of the region.
    public let offset: UInt64, length: UInt64
    public let hints: RequestHints
  }

  private struct Region {
    var pageSize: UInt64
    /// By the addresses of this device, each with the encrypted bit where it has to be.
    var pages: [UInt64]
    /// Where the region begins in its first page.
    var head: UInt64
    var length: UInt64
    /// In the order of their offsets, without gaps.
    var parts: [Part]
    /// What is taken from a CPU address on the way that was chosen.
    var offset: UInt64
    /// Whether requests may begin.
    var isValid: Bool
    /// Requests that were posted and are not over.
    var underWay = 0
    /// It was told to let go while some were, and goes with the last of them.
    var leaving: AttachmentRecord?

    /// What a request for a part of it is answered with, if not with bytes. One that was posted before is not stopped by a revocation.
    func refusal(_ name: String, _ offset: UInt64, _ count: Int, isPosted: Bool) -> BufferError? {
      guard isValid || isPosted else { return BufferError(.revoked, "\(name) was taken back") }
      guard offset <= length, UInt64(count) <= length - offset else { return BufferError(.badRange, "\(count) bytes at \(offset) of \(length)") }
      return nil
    }
  }
  private struct State {
    var byTag: [Int: Region] = [:]
    var lastTag = 0
    /// Posted requests of all regions, those of deregistered ones included.
    var posted = 0
  }
  private let regions: OrderedLock<State>
  private let queue: JobRing
  private let leaver = Leaver()
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
    public let parts: [Part]
    fileprivate let device: RDMADevice
    fileprivate let record: AttachmentRecord
    public consuming func deregister() {}
    deinit { device.deregister(record) }
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
      guard let region = describe(ranges, start, length, record.agreement.path) else {
        record.unmap(held)
        throw buffer.error(.badRange, "none of the page sizes of \(name) describes it")
      }
      regions.withLock { $0.byTag[tag] = region }
      return RegionHandle(key: Key(value: value), pageSize: region.pageSize, parts: region.parts, device: self, record: record)
    } catch {
      buffer.detach(record)
      throw error
    }
  }

  private func describe(_ ranges: RangeList, _ start: UInt64, _ length: UInt64, _ path: Path) -> Region? {
    // The buffer as a whole consists of such pages, so every part of it does.
    guard let size = ranges.bestPageSize(from: 0, length: ranges.length, at: 0, among: pageSizes) else { return nil }
    let first = start & ~(size - 1), end = (start + length + size - 1) & ~(size - 1)
    var cursor = ranges.cursor(from: first, length: end - first)
    var pages: [UInt64] = []
    while let range = cursor.next() {
      guard let bus = path.bus(range.start) else { return nil }
      var at = bus.rawValue
      while at < bus.rawValue + range.length {
        pages.append(self.bus.encryption.onBus(at, encrypted: range.attributes.isEncrypted))
        at += size
      }
    }
    return Region(
      pageSize: size, pages: pages, head: start - first, length: length, parts: parts(ranges.cursor(from: start, length: length), path),
      offset: path.offset, isValid: true)
  }

  private func parts(_ ranges: RangeCursor, _ path: Path) -> [Part] {
    var cursor = ranges, parts: [Part] = [], at: UInt64 = 0
    while let range = cursor.next() {
      let hints = bus.topology.hints(for: range, from: function, over: path)
      if let last = parts.last, last.hints == hints {
        parts[parts.count - 1] = Part(offset: last.offset, length: last.length + range.length, hints: hints)
      } else {
        parts.append(Part(offset: at, length: range.length, hints: hints))
      }
      at += range.length
    }
    return parts
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

  /// A read by a peer. Over once it returns.
  /// - Throws: `.revoked` for a region that was taken back: the completion's error; `.badRange`; `.noAnswer`.
  public func read(_ key: Key, at offset: UInt64, count: Int) throws(BufferError) -> [UInt8] {
    var bytes: [UInt8] = []
    try forEachPiece(key, offset, max(count, 0)) { target, encrypted, hints, _, count throws(BufferError) in
      bytes += try bus.read(target, count: count, encrypted: encrypted, hints: hints)
    }
    return bytes
  }

  /// A write by a peer. Over once it returns.
  /// - Throws: `.revoked`; `.badRange`; `.noAnswer`.
  public func write(_ bytes: [UInt8], _ key: Key, at offset: UInt64) throws(BufferError) { try write(bytes, key, at: offset, isPosted: false) }

  private func write(_ bytes: [UInt8], _ key: Key, at offset: UInt64, isPosted: Bool) throws(BufferError) {
    try forEachPiece(key, offset, bytes.count, isPosted: isPosted) { target, encrypted, hints, at, count throws(BufferError) in
      try bus.write(Array(bytes[at..<at + count]), at: target, encrypted: encrypted, hints: hints)
    }
  }

  /// Posts a write to the device's queue (`ibv_post_send`): it is done when the requests before it are over and so are the fences, on the
  /// thread that made it possible, and also where the region is taken back in the meantime.
  /// - Parameters:
  ///   - bytes: kept until then; at most `longestPost`.
  ///   - fences: what it waits for, a copy engine's job that makes the bytes ready, say.
  /// - Returns: its completion, which fails where the region was deregistered before or nobody answers.
  /// - Throws: `.revoked` for a region that was taken back; `.badRange`; `.noRoom` where `queueDepth` requests are posted.
  @discardableResult public func postWrite(
    _ bytes: [UInt8], _ key: Key, at offset: UInt64, after fences: [Fence] = []
  ) throws(BufferError) -> Fence {
    guard bytes.count <= Self.longestPost else { throw BufferError(.badRange, "\(bytes.count) bytes in one request") }
    let tag = Int(key.value)
    let refusal = regions.withLock { regions -> BufferError? in
      guard let region = regions.byTag[tag] else { return unknown(key) }
      if let refusal = region.refusal("\(key) of \(name)", offset, bytes.count, isPosted: false) { return refusal }
      guard regions.posted < Self.queueDepth else { return BufferError(.noRoom, "\(name) has \(Self.queueDepth) requests posted") }
      regions.posted += 1
      regions.byTag[tag]?.underWay += 1
      return nil
    }
    if let refusal { throw refusal }
    let fence = queue.submit(after: fences) { try self.write(bytes, key, at: offset, isPosted: true) }
    if fence.addCallback({ _ in self.isOver(tag) }) == nil { isOver(tag) }
    return fence
  }

  /// A posted request is over, one way or the other. Called where no reservation is taken.
  private func isOver(_ tag: Int) {
    let leaving = regions.withLock { regions -> AttachmentRecord? in
      regions.posted -= 1
      regions.byTag[tag]?.underWay -= 1
      return regions.byTag[tag]?.underWay == 0 ? regions.byTag[tag]?.leaving.take() : nil
    }
    if let leaving { leaver.unmap(leaving) }
  }

  private func unknown(_ key: Key) -> BufferError { BufferError(.badRange, "\(name) has no \(key)") }

  private func forEachPiece(
    _ key: Key, _ offset: UInt64, _ count: Int, isPosted: Bool = false,
    _ body: (HostPhysicalAddress, _ encrypted: Bool, RequestHints, _ at: Int, _ count: Int) throws(BufferError) -> Void
  ) throws(BufferError) {
    let failure = regions.withLock { regions -> BufferError? in
      guard let region = regions.byTag[Int(key.value)] else { return unknown(key) }
      if let refusal = region.refusal("\(key) of \(name)", offset, count, isPosted: isPosted) { return refusal }
      var at = 0
      while at < count {
        let place = region.head + offset + UInt64(at)
        let index = Int(place / region.pageSize), inside = place % region.pageSize
        guard index < region.pages.count else { return BufferError(.badRange, "behind the pages of \(key)") }
        let piece = Int(min(UInt64(count - at), region.pageSize - inside))
        let (page, encrypted) = bus.encryption.split(region.pages[index])
        let target = HostPhysicalAddress(page + inside + region.offset)
        // A page is of one range, and so its bytes are of one part.
        let part = region.parts.partitioningIndex { $0.offset + $0.length > offset + UInt64(at) }
        guard part < region.parts.count else { return BufferError(.badRange, "behind the parts of \(key)") }
        do throws(BufferError) { try body(target, encrypted, region.parts[part].hints, at, piece) } catch { return error }
        at += piece
      }
      return nil
    }
    if let failure { throw failure }
  }
}
