import Primitives

/// A part of a registered region that is alike in what goes with its requests.
public struct RegionPart: Hashable, Sendable {
  /// In bytes, from the beginning of the region.
  public let offset: UInt64, length: UInt64
  public let hints: RequestHints
}

/// What a device without an IOMMU knows of a part of a buffer that was registered with it: pages of one size.
struct RDMARegion {
  let pageSize: UInt64
  /// By the addresses of the device, each with the encrypted bit where it has to be.
  private let pages: [UInt64]
  /// Where the region begins in its first page.
  private let head: UInt64
  private let length: UInt64
  /// In the order of their offsets, without gaps.
  let parts: [RegionPart]
  /// What is taken from a CPU address on the way that was chosen.
  private let offset: UInt64

  /// Whether requests may begin.
  var isValid = true
  /// Requests that were posted and are not over.
  var underWay = 0
  /// It was told to let go while some were, and goes with the last of them.
  var leaving: AttachmentRecord?

  /// Nil where none of the page sizes describes the buffer.
  /// - Parameters:
  ///   - start: of the region in the buffer, in bytes.
  ///   - pageSizes: a bit for each power of two.
  ///   - hints: what goes with a request for a range.
  init?(
    _ ranges: RangeList, from start: UInt64, length: UInt64, over path: Path, _ pageSizes: UInt64, _ encryption: MemoryEncryptionMode,
    hints: (PhysicalRange) -> RequestHints
  ) {
    // The buffer as a whole consists of such pages, so every part of it does.
    guard let size = ranges.bestPageSize(from: 0, length: ranges.length, at: 0, among: pageSizes) else { return nil }
    let first = start & ~(size - 1), end = (start + length + size - 1) & ~(size - 1)
    var cursor = ranges.cursor(from: first, length: end - first), pages: [UInt64] = []
    while let range = cursor.next() {
      guard let bus = path.bus(range.start) else { return nil }
      for at in stride(from: bus.rawValue, to: bus.rawValue + range.length, by: Int(size)) {
        pages.append(encryption.onBus(at, encrypted: range.attributes.isEncrypted))
      }
    }
    (pageSize, self.pages, head, self.length, offset) = (size, pages, start - first, length, path.offset)
    parts = Self.parts(of: ranges.cursor(from: start, length: length), hints)
  }

  private static func parts(of ranges: RangeCursor, _ hints: (PhysicalRange) -> RequestHints) -> [RegionPart] {
    var cursor = ranges, parts: [RegionPart] = [], at: UInt64 = 0
    while let range = cursor.next() {
      let hints = hints(range)
      if let last = parts.last, last.hints == hints {
        parts[parts.count - 1] = RegionPart(offset: last.offset, length: last.length + range.length, hints: hints)
      } else {
        parts.append(RegionPart(offset: at, length: range.length, hints: hints))
      }
      at += range.length
    }
    return parts
  }

  /// What a request for a part of it is answered with, if not with bytes. One that was posted before is not stopped by a revocation.
  func refusal(_ name: String, _ offset: UInt64, _ count: Int, isPosted: Bool) -> BufferError? {
    guard isValid || isPosted else { return BufferError(.revoked, "\(name) was taken back") }
    guard offset <= length, UInt64(count) <= length - offset else { return BufferError(.badRange, "\(count) bytes at \(offset) of \(length)") }
    return nil
  }

  /// Bytes that lie in one page, and with that in one range and one part.
  struct Piece {
    let target: HostPhysicalAddress
    let isEncrypted: Bool
    let hints: RequestHints
    let count: Int
  }

  /// The piece at an offset that was not refused; nil behind the last page.
  func piece(at start: UInt64, atMost limit: Int, _ encryption: MemoryEncryptionMode) -> Piece? {
    let place = head + start, index = Int(place / pageSize), inside = place % pageSize
    let part = parts.partitioningIndex { $0.offset + $0.length > start }
    guard index < pages.count, part < parts.count else { return nil }
    let (page, isEncrypted) = encryption.split(pages[index])
    return Piece(
      target: HostPhysicalAddress(page + inside + offset), isEncrypted: isEncrypted, hints: parts[part].hints,
      count: Int(min(UInt64(limit), pageSize - inside)))
  }
}
