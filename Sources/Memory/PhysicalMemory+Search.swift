import CLinux
import Crypto
import Primitives

/// Questions about all of RAM, answered from the parts that were touched.
extension PhysicalMemory {
  /// SHA-256 over the pages that are not zero and their addresses, in hexadecimal. Two machines have the same digest
  /// exactly when they have the same bytes everywhere, however they came to them.
  public func digest() throws(MemoryError) -> String {
    var hash = SHA256()
    for range in touchedRanges {
      let bytes = UnsafeRawBufferPointer(try bytes(of: range))
      for offset in stride(from: 0, to: bytes.count, by: Int(PageSize.small.bytes)) {
        let page = UnsafeRawBufferPointer(rebasing: bytes[offset..<min(bytes.count, offset + Int(PageSize.small.bytes))])
        guard !Self.isZero(page) else { continue }
        withUnsafeBytes(of: (range.start.rawValue + UInt64(offset)).littleEndian) { hash.update(bufferPointer: $0) }
        hash.update(bufferPointer: page)
      }
    }
    let digits = Array("0123456789abcdef")
    return String(hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// Where the bytes occur first in touched memory, as a probe on the bus sees it; nil where they do not, or are none.
  public func firstOccurrence(of pattern: [UInt8]) throws(MemoryError) -> HostPhysicalAddress? {
    guard let first = pattern.first else { return nil }
    for range in touchedRanges {
      let bytes = UnsafeRawBufferPointer(try bytes(of: range))
      guard let base = bytes.baseAddress else { continue }
      var start = 0
      while bytes.count - start >= pattern.count,
        let hit = memchr(base + start, Int32(first), bytes.count - start - pattern.count + 1)
      {
        if memcmp(hit, pattern, pattern.count) == 0 {
          return HostPhysicalAddress(range.start.rawValue + UInt64(UnsafeRawPointer(hit) - base))
        }
        start = UnsafeRawPointer(hit) - base + 1
      }
    }
    return nil
  }

  private static func isZero(_ page: UnsafeRawBufferPointer) -> Bool {
    page.withMemoryRebound(to: UInt64.self) { words in words.allSatisfy { $0 == 0 } }
  }
}
