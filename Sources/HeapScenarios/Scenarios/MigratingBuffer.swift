import enum Buffers.MemoryEncryptionMode
import struct Buffers.PageProtection
import Heaps
import Memory
import Primitives

/// Whose memory is encrypted, and from whom.
enum EncryptionKind: String, CaseIterable {
  /// All of the host's system memory, under one key; devices that reach the encryption bit read it in clear.
  case sme
  /// A guest's memory, under its key; what devices reach has to be shared.
  case sev

  var mode: MemoryEncryptionMode {
    switch self {
    case .sme: .sme(bit: 47)
    case .sev: .sev(bit: 47)
    }
  }
}

/// An address of a process, before the CPU's tables.
struct ProcessAddress: Address {
  let rawValue: UInt64
  init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

extension Leaf {
  /// The same page with the encryption bit the other way round.
  var withOtherEncryption: Leaf {
    var attributes = attributes
    attributes.isPrivate.toggle()
    return Leaf(start: start, target: target, size: size, attributes: attributes)
  }
}

/// A buffer that moves, and a process that has it mapped: the process's table lies in real frames of system memory, its leaves say where
/// the bytes are and whether they are encrypted there, and its TLB remembers them until it is told.
final class MigratingBuffer {
  enum Placement: String {
    case system, device
    var other: Placement { self == .system ? .device : .system }
  }
  static let bytes = 65_536
  /// Where the process has it.
  private static let address: UInt64 = 0x7F00_0000_0000

  private let kind: EncryptionKind
  private let encryption: MemoryEncryption
  private let key = KeyID(rawValue: 1)
  private let ranges: [AddressRange<HostPhysicalAddress>]
  private let mapping: AddressRange<ProcessAddress>
  private(set) var placement = Placement.system
  private let table: PageTable<ProcessAddress>
  private var cache = TranslationCache<ProcessAddress>(capacity: 64)
  private(set) var faults = 0

  init(_ kind: EncryptionKind, seed: UInt64) throws(HeapError) {
    guard let whole = AddressRange(start: HostPhysicalAddress(0x10_0000), length: 1 << 20),
      let device = AddressRange(start: HostPhysicalAddress(0x8000_0000), length: UInt64(Self.bytes)),
      let mapping = AddressRange(start: ProcessAddress(Self.address), length: UInt64(Self.bytes))
    else { throw HeapError(.badRequest, "no such range") }
    (self.kind, self.mapping) = (kind, mapping)
    do throws(MemoryError) {
      let memory = try PhysicalMemory(banks: [.init(whole), .init(device)])
      let frames = FrameAllocator(over: memory)
      try frames.reserve(device)
      ranges = [try frames.allocate(bytes: UInt64(Self.bytes), alignedTo: .small), device]
      table = try PageTable(frames: frames)
      encryption = MemoryEncryption(memory: memory, policy: .sevSNP)
      var random = SeededRandom(seed: seed)
      try encryption.generateKey(key, using: &random)
    } catch { throw HeapError(.memory, "\(error)") }
  }

  private var range: AddressRange<HostPhysicalAddress> { ranges[placement == .system ? 0 : 1] }
  /// What a mapping of the memory as it lies now needs, by the rule that the room of buffers has for all mappings.
  var isEncrypted: Bool {
    PageProtection.rule(placement == .device ? .device : .coherent, .cached, kind.mode, deviceWidth: 64).isEncrypted
  }
  var leafCount: Int { table.leaves().count }
  var cachedCount: Int { cache.count }
  var mapped: String { table.walk(mapping.start).map { $0.attributes.isPrivate ? "encrypted" : "decrypted" } ?? "not at all" }

  // MARK: The process

  /// The leaf at the beginning of the buffer, as an access finds it.
  func leaf() throws(HeapError) -> Leaf<ProcessAddress> { try leaf(at: mapping.start) }

  /// From the TLB, else from the table; else there is a fault, and the driver maps all of the buffer as it lies now.
  private func leaf(at address: ProcessAddress) throws(HeapError) -> Leaf<ProcessAddress> {
    let process = TranslationContext.vm(VMIdentifier(rawValue: 0))
    if let leaf = cache.lookUp(address, in: process) { return leaf }
    if table.walk(address) == nil {
      faults += 1
      do throws(MemoryError) { try table.map(mapping, to: range.start, LeafAttributes(private: isEncrypted)) } catch {
        throw HeapError(.memory, "\(error)")
      }
    }
    guard let leaf = table.walk(address) else { throw HeapError(.memory, "the table is broken") }
    cache.insert(leaf, in: process)
    return leaf
  }

  func write(_ bytes: [UInt8]) throws(HeapError) {
    var (rest, at) = (bytes[...], mapping.start)
    while !rest.isEmpty {
      let leaf = try leaf(at: at), count = min(rest.count, Int(leaf.bytesLeft(from: at)))
      do throws(MemoryError) { _ = try encryption.write(Array(rest.prefix(count)), at: leaf.resolve(at), as: key(of: leaf)) } catch {
        throw HeapError(.memory, "\(error)")
      }
      rest = rest.dropFirst(count)
      at = ProcessAddress(at.rawValue + UInt64(count))
    }
  }

  func read(_ count: Int) throws(HeapError) -> [UInt8] {
    var (bytes, at): ([UInt8], ProcessAddress) = ([], mapping.start)
    while bytes.count < count {
      let leaf = try leaf(at: at), part = min(count - bytes.count, Int(leaf.bytesLeft(from: at)))
      bytes += try self.bytes(at: leaf.resolve(at), part, as: key(of: leaf))
      at = ProcessAddress(at.rawValue + UInt64(part))
    }
    return bytes
  }

  /// What a leaf gives that somebody has kept, or got wrong. At most one page.
  func read(through leaf: Leaf<ProcessAddress>, _ count: Int) throws(HeapError) -> [UInt8] {
    try bytes(at: leaf.target, min(count, Int(leaf.size.bytes)), as: key(of: leaf))
  }

  private func key(of leaf: Leaf<ProcessAddress>) -> KeyID { leaf.attributes.isPrivate ? key : .shared }

  // MARK: The device and the driver

  /// The device's DMA: under SME its addresses carry the encryption bit, under SEV they cannot.
  func readAsDevice(_ count: Int) throws(HeapError) -> [UInt8] { try bytes(at: range.start, count, as: isEncrypted ? key : .shared) }

  private func bytes(at start: HostPhysicalAddress, _ count: Int, as key: KeyID) throws(HeapError) -> [UInt8] {
    do throws(MemoryError) { return try encryption.read(at: start, count: count, as: key).bytes } catch { throw HeapError(.memory, "\(error)") }
  }

  /// Kills every mapping, copies the bytes by the driver's own mapping of both places, and leaves nothing behind.
  func move() throws(HeapError) {
    do throws(MemoryError) {
      if table.walk(mapping.start) != nil { cache.invalidate(try table.unmap(mapping), in: .vm(VMIdentifier(rawValue: 0))) }
      let content = try encryption.read(at: range.start, count: Self.bytes, as: isEncrypted ? key : .shared).bytes, old = range
      placement = placement.other
      try encryption.scrub(old, as: .shared)
      _ = try encryption.write(content, at: range.start, as: isEncrypted ? key : .shared)
    } catch { throw HeapError(.memory, "\(error)") }
  }
}
