import Primitives
import Sharing
import Synchronization

/// A region that no CPU of the normal world may touch: a video path's frames (linux.md section 2, the TEE heaps). It has addresses and no
/// bytes that this process could see.
public final class RestrictedMemory: Exporter {
  public let name: String
  private let region: AddressRange<HostPhysicalAddress>
  private let used: Mutex<[UInt64: UInt64]>

  /// - `region`: whole pages.
  public init(_ region: AddressRange<HostPhysicalAddress>, name: String = "restricted") {
    (self.region, self.name) = (region, name)
    used = Mutex([:])
  }

  /// The lowest part of the region that is free.
  /// - Throws: `.badName`, `.badRange`, `.noRoom`.
  public func makeBuffer(named text: String, bytes: UInt64) throws(BufferError) -> BufferHandle {
    let name = try BufferName(text)
    guard bytes > 0, bytes <= region.length else { throw BufferError(.badRange, "\(bytes) bytes", buffer: text) }
    let length = (bytes + 4095) & ~4095
    let found = used.withLock { used -> UInt64? in
      var at = region.start.rawValue
      for (start, taken) in used.sorted(by: { $0.key < $1.key }) {
        if start - at >= length { break }
        at = start + taken
      }
      guard at <= region.end.rawValue, region.end.rawValue - at >= length else { return nil }
      used[at] = length
      return at
    }
    guard let found else { throw BufferError(.noRoom, "no \(length) bytes of the region are left", buffer: text) }
    let range = PhysicalRange(HostPhysicalAddress(found), length, .memory, RangeAttributes(.cached, cpuMappable: false))
    return Buffer.export(name, by: self, ExporterTerms(offers: .pinned), try RangeList(range))
  }

  public func release(_ buffer: Buffer) {
    guard let range = buffer.ranges[0] else { return }
    used.withLock { _ = $0.removeValue(forKey: range.start.rawValue) }
  }
}
