import Memory
import Primitives
import Restriction

/// What masters behind the IOMMU have mapped: a table of addresses for each, in real frames, and the IOMMU that walks them and caches what
/// it found.
///
/// Tables are the kernel's, who may map what it likes: they say where an access goes, and the firewall whether it may. So they lie in
/// ordinary memory, or, where a machine gives none for them, in a memory of their own that no bus address leads to.
public final class MasterMappings {
  public let iommu = IOMMU()
  private let frames: FrameAllocator
  private var tables: [MasterIndex: PageTable<IOVirtualAddress>] = [:]
  private var next = MasterMappings.first

  /// Where the addresses begin: above what boards have memory at, so that one is not taken for the other.
  public static let first: UInt64 = 1 << 46
  static let beyond: UInt64 = 1 << 47
  private static let ownMemory: UInt64 = 64 << 20

  /// - Parameter range: for the tables, of the machine's memory; nil for a memory of their own.
  init(_ memory: PhysicalMemory, in range: AddressRange<HostPhysicalAddress>?) throws(HeapError) {
    do throws(MemoryError) {
      guard let range else {
        let own = AddressRange(start: HostPhysicalAddress(PhysicalMemory.addressLimit / 2), length: Self.ownMemory)
        frames = FrameAllocator(over: try PhysicalMemory(banks: own.map { [.init($0)] } ?? []))
        return
      }
      frames = FrameAllocator(over: memory)
      // Everything else is somebody's already. Address zero is no frame to begin with.
      for bank in memory.banks.map(\.range) {
        let parts = [(max(4096, bank.start.rawValue), min(bank.end, range.start).rawValue), (max(bank.start, range.end).rawValue, bank.end.rawValue)]
        for (start, end) in parts where start < end {
          if let taken = AddressRange(start: HostPhysicalAddress(start), length: end - start) { try frames.reserve(taken) }
        }
      }
    } catch { throw HeapError(.memory, error.description) }
  }

  /// As the IOMMU tells masters apart: their number is their requester's.
  public static func requester(of master: MasterIndex) -> RequesterID { RequesterID(rawValue: UInt16(master.value)) }
  public func table(of master: MasterIndex) -> PageTable<IOVirtualAddress>? { tables[master] }
  /// Frames that all tables take.
  public var frameCount: Int { tables.values.reduce(0) { $0 + $1.frameCount } }

  /// Maps a buffer in one stretch of addresses, however many pieces it has.
  /// - Returns: the first address.
  func map(_ buffer: HeapMemory, for master: MasterIndex) throws(HeapError) -> UInt64 {
    // Addresses are not used again until all were: a device that kept an old one finds nothing there.
    if next >= Self.beyond || Self.beyond - next < buffer.length { next = Self.first }
    let start = next
    var at = start
    do throws(MemoryError) {
      let table = try table(for: master)
      for range in buffer.ranges {
        guard let mapped = AddressRange(start: IOVirtualAddress(at), length: range.length) else { continue }
        do throws(MemoryError) { try table.map(mapped, to: range.start, LeafAttributes()) } catch {
          unmap(at: start, length: at - start, for: master)
          throw error
        }
        at += range.length
      }
    } catch { throw HeapError(.memory, "mapping \(buffer.name) of heap '\(buffer.heap)': \(error)") }
    next = (at + PageSize.large.bytes) & ~(PageSize.large.bytes - 1)
    return start
  }

  private func table(for master: MasterIndex) throws(MemoryError) -> PageTable<IOVirtualAddress> {
    if let table = tables[master] { return table }
    let table = try PageTable<IOVirtualAddress>(frames: frames)
    tables[master] = table
    iommu.setSharedContext(table, for: Self.requester(of: master))
    return table
  }

  /// Takes the pages out of the table, and then out of the cache: in this order, or the cache is filled again from the table.
  func unmap(at start: UInt64, length: UInt64, for master: MasterIndex) {
    guard length > 0, let range = AddressRange(start: IOVirtualAddress(start), length: length), let table = tables[master],
      let owed = try? table.unmap(range)
    else { return }
    iommu.invalidate(owed, for: Self.requester(of: master))
  }

  func translate(
    at start: UInt64, count: UInt64, _ operation: AccessOperation, by master: MasterIndex
  ) throws(BusError) -> [AddressRange<HostPhysicalAddress>] {
    let initiator = Initiator.device(Self.requester(of: master), trusted: false, stream: nil)
    guard let request = AccessRequest(initiator, operation, at: IOVirtualAddress(start), length: count) else { throw BusError(translation: start) }
    do throws(TranslationFault) { return try iommu.runs(of: request).map(\.range) } catch { throw BusError(translation: error.address) }
  }
}

extension SecureWorld {
  /// What masters have mapped, made when the first of them needs it.
  func reach() throws(HeapError) -> MasterMappings {
    if let mappings { return mappings }
    let made = try MasterMappings(memory, in: tableRange)
    mappings = made
    return made
  }
}
