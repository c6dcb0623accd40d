import Primitives
import Sharing
import Synchronization

/// Ranges of a BAR, as VFIO exports them: there for as long as the function answers, and taken back with every reset
/// (vfio_pci_dmabuf.c; linux.md section 3).
public final class WindowMemory: Exporter {
  public let name: String
  public let function: RequesterID
  public var protection: ProtectionTerms { ProtectionTerms(bus.encryption, deviceWidth: 64) }
  private let bus: Bus
  private let window: AddressRange<HostPhysicalAddress>
  private let bar: UInt8
  private let paths: [Path]
  private let node: UInt8
  /// What lies behind the BAR.
  private let memory: Backing

  /// A part of the BAR, in bytes from its start.
  public struct Part: Hashable, Sendable {
    public var offset: UInt64, length: UInt64
    public init(offset: UInt64, length: UInt64) { (self.offset, self.length) = (offset, length) }
  }

  /// - `paths`: the ways to it; a peer behind a bridge may see it at other addresses.
  /// - `node`: of the port that the function is behind.
  /// - Throws: `.badRange` where somebody answers there already; `.system`.
  public init(
    on bus: Bus, function: RequesterID, bar: UInt8, at window: AddressRange<HostPhysicalAddress>, paths: [Path] = [Path(.peer)],
    node: UInt8 = 0
  ) throws(BufferError) {
    self.node = node
    (self.bus, self.function, self.bar, self.window, self.paths) = (bus, function, bar, window, paths)
    name = "vfio-\(function)"
    memory = try Backing(size: window.length)
    try bus.add(memory, at: window)
  }

  deinit { bus.remove(memory) }

  /// A buffer over parts of the BAR. All are checked before any is taken (linux.md section 7, defect 7).
  /// - `isDecoding`: whether the function answers; otherwise the buffer is revoked from the start.
  /// - Throws: `.badRange` for no part, one that is empty, not of whole pages or outside of the BAR, and for two that overlap.
  public func makeBuffer(named text: String, _ parts: [Part], isDecoding: Bool = true) throws(BufferError) -> BufferHandle {
    let name = try BufferName(text)
    var ranges: [PhysicalRange] = []
    for part in parts {
      guard part.length > 0, (part.offset | part.length) & 4095 == 0, part.offset <= window.length, part.length <= window.length - part.offset else {
        throw BufferError(.badRange, "\(part.length) bytes at \(part.offset) of a BAR of \(window.length)", buffer: text)
      }
      let start = HostPhysicalAddress(window.start.rawValue + part.offset)
      ranges.append(PhysicalRange(start, part.length, .window(function, bar: bar), RangeAttributes(.uncached, node: node)))
    }
    let sorted = ranges.sorted { $0.start < $1.start }
    for (one, next) in zip(sorted, sorted.dropFirst()) where next.start.rawValue - one.start.rawValue < one.length {
      throw BufferError(.badRange, "two parts have \(next.start) in common", buffer: text)
    }
    return Buffer.export(
      name, by: self, ExporterTerms(offers: .revocable, paths: paths), try RangeList(ranges), placement: .local, isRevoked: !isDecoding)
  }

  /// The parts of the BAR that were cut off, by buffer.
  private let cutOff = Mutex<[UInt64: [AddressRange<HostPhysicalAddress>]]>([:])

  // The BAR stays behind when a buffer over it goes, and its registers are the device's business.
  public func cut(_ buffer: Buffer, _ held: borrowing Reservation.Held) {
    let parts = buffer.ranges.compactMap { AddressRange(start: $0.start, length: $0.length) }
    cutOff.withLock { cutOff in
      cutOff[buffer.number] = parts
      answer(outside: cutOff)
    }
  }
  public func bringBack(_ buffer: Buffer, _ held: borrowing Reservation.Held) throws(BufferError) { rejoin(buffer) }
  public func release(_ buffer: Buffer) { rejoin(buffer) }

  private func rejoin(_ buffer: Buffer) {
    cutOff.withLock { cutOff in
      if cutOff.removeValue(forKey: buffer.number) != nil { answer(outside: cutOff) }
    }
  }

  /// The function answers everywhere in its BAR but at what was cut off.
  private func answer(outside cutOff: [UInt64: [AddressRange<HostPhysicalAddress>]]) {
    bus.remove(memory)
    var start = window.start
    for hole in cutOff.values.joined().sorted(by: { $0.start < $1.start }) {
      answer(from: start, to: hole.start)
      start = max(start, hole.end)
    }
    answer(from: start, to: window.end)
  }

  private func answer(from start: HostPhysicalAddress, to end: HostPhysicalAddress) {
    guard start < end, let range = AddressRange(start: start, length: end.rawValue - start.rawValue) else { return }
    try? bus.add(memory, at: range, from: start.rawValue - window.start.rawValue)
  }
}
