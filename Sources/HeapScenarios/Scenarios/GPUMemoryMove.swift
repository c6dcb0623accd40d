import Heaps
import Memory
import Primitives

extension HeapScenario {
  /// A buffer that a graphics driver moves between system memory and the card's own, behind the back of whoever has it mapped.
  ///
  /// Under SME system memory is encrypted and the card's is not; under SEV whatever a device reaches is not, wherever it lies. So where a
  /// buffer lies decides how it is mapped, at the time of the fault and not of mmap. Source: the TTM thread of 2019 (mapping moves kill
  /// all user-space entries; protection follows placement), vm_get_page_prot and dma_pgprot.
  static let gpuMemoryMove = HeapScenario(
    name: "gpu-memory-move",
    summary: "a buffer moves between system and device memory under SME and SEV: mappings are killed and come back with the right encryption",
    platform: "sev-snp"
  ) { story, request in
    for kind in EncryptionKind.allCases {
      story.phase(kind.rawValue)
      let buffer = try MigratingBuffer(kind, seed: request.seed)
      var text = Array("pixels of \(kind.rawValue), generation 0".utf8)
      try buffer.write(text)
      story.check(
        buffer.faults == 1, "process", "write", buffer.placement.rawValue, to: "memory", "the first access faults and maps it \(buffer.mapped)")
      for round in 1...4 {
        let before = buffer.faults
        try story.step("ttm", "move", "\(buffer.placement.rawValue) to \(buffer.placement.other.rawValue)", to: "memory") { () throws(HeapError) in
          try buffer.move()
        }
        story.check(!buffer.isMapped, "ttm", "unmap_mapping_range", "", to: "process", "every CPU mapping is gone")
        story.check(
          try buffer.read(text.count) == text, "process", "read", buffer.placement.rawValue, to: "memory",
          "the same bytes, through a new mapping: \(buffer.mapped)")
        story.check(buffer.faults == before + 1, "process", "fault", "", "once")
        let stale = try buffer.readAs(encrypted: !buffer.isEncrypted, text.count)
        story.check(
          stale != text, "process", "read", "with the other encryption bit", to: "memory", "what a mapping kept from mmap would see is no text")
        text = Array("pixels of \(kind.rawValue), generation \(round)".utf8)
        try buffer.write(text)
        story.bytesMoved += MigratingBuffer.bytes
      }
      let device = try buffer.readAsDevice(text.count)
      story.check(device == text, "gpu", "read", buffer.placement.rawValue, to: "memory", "the device sees what the process wrote")
    }
  }
}

/// Whose memory is encrypted, and from whom.
enum EncryptionKind: String, CaseIterable {
  /// All of the host's system memory, under one key; devices that reach the encryption bit read it in clear.
  case sme
  /// A guest's memory, under its key; what devices reach has to be shared.
  case sev
}

/// A buffer with one CPU mapping that follows it.
final class MigratingBuffer {
  enum Placement: String {
    case system, device
    var other: Placement { self == .system ? .device : .system }
  }
  static let bytes = 65_536

  private let kind: EncryptionKind
  private let encryption: MemoryEncryption
  private let key = KeyID(rawValue: 1)
  private let ranges: [AddressRange<HostPhysicalAddress>]
  private(set) var placement = Placement.system
  /// The mapping, as its page-table entry says: where, and with the encryption bit or without.
  private var mapping: (start: HostPhysicalAddress, encrypted: Bool)?
  private(set) var faults = 0

  init(_ kind: EncryptionKind, seed: UInt64) throws(HeapError) {
    guard let system = AddressRange(start: HostPhysicalAddress(0x10_0000), length: UInt64(Self.bytes)),
      let device = AddressRange(start: HostPhysicalAddress(0x8000_0000), length: UInt64(Self.bytes))
    else { throw HeapError(.badRequest, "no such range") }
    (self.kind, ranges) = (kind, [system, device])
    do throws(MemoryError) {
      encryption = MemoryEncryption(memory: try PhysicalMemory(banks: [.init(system), .init(device)]), policy: .sevSNP)
      var random = SeededRandom(seed: seed)
      try encryption.generateKey(key, using: &random)
    } catch { throw HeapError(.memory, "\(error)") }
  }

  private var range: AddressRange<HostPhysicalAddress> { ranges[placement == .system ? 0 : 1] }
  var isMapped: Bool { mapping != nil }
  /// What a mapping of the memory as it lies now needs. The card's memory has no encryption; under SEV neither has what the card reaches.
  var isEncrypted: Bool { placement == .system && kind == .sme }
  var mapped: String { mapping.map { $0.encrypted ? "encrypted" : "decrypted" } ?? "not at all" }

  private func fault() -> (start: HostPhysicalAddress, encrypted: Bool) {
    if let mapping { return mapping }
    faults += 1
    let new = (range.start, isEncrypted)
    mapping = new
    return new
  }

  func write(_ bytes: [UInt8]) throws(HeapError) {
    let to = fault()
    do throws(MemoryError) { _ = try encryption.write(bytes, at: to.start, as: to.encrypted ? key : .shared) } catch {
      throw HeapError(.memory, "\(error)")
    }
  }
  func read(_ count: Int) throws(HeapError) -> [UInt8] {
    let from = fault()
    return try bytes(at: from.start, count, encrypted: from.encrypted)
  }
  /// What a mapping with this bit would read: the defect of a protection that was decided at mmap.
  func readAs(encrypted: Bool, _ count: Int) throws(HeapError) -> [UInt8] {
    // In clear memory the encryption bit makes the controller decrypt what nobody encrypted.
    try bytes(at: range.start, count, encrypted: encrypted)
  }
  /// The device's DMA: under SME its addresses carry the encryption bit, under SEV they cannot.
  func readAsDevice(_ count: Int) throws(HeapError) -> [UInt8] { try bytes(at: range.start, count, encrypted: isEncrypted) }

  private func bytes(at start: HostPhysicalAddress, _ count: Int, encrypted: Bool) throws(HeapError) -> [UInt8] {
    do throws(MemoryError) { return try encryption.read(at: start, count: count, as: encrypted ? key : .shared).bytes } catch {
      throw HeapError(.memory, "\(error)")
    }
  }

  /// Kills the mapping, copies the bytes by the driver's own mapping of both places, and leaves nothing behind.
  func move() throws(HeapError) {
    mapping = nil
    let content = try bytes(at: range.start, Self.bytes, encrypted: isEncrypted), old = range
    placement = placement.other
    do throws(MemoryError) {
      try encryption.scrub(old, as: .shared)
      _ = try encryption.write(content, at: range.start, as: isEncrypted ? key : .shared)
    } catch { throw HeapError(.memory, "\(error)") }
  }
}
