import Crypto
import Memory
import PCI
import Primitives

/// A device's way to memory for one transfer: every address goes through the IOMMU under the device's requester ID and T bit,
/// every byte through the memory controller under the key that the translation names.
public struct DMAPort: DeviceBus {
  let hardware: Hardware
  public let device: RequesterID
  public let isTrusted: Bool
  let stream: UInt8?
  /// How the requests get to the root port, and the data of reads back.
  let path: LinkPath
  /// What the rules allowed the transfer to touch; nil for all that the IOMMU translates.
  let allowed: AddressRange<IOVirtualAddress>?
  /// A request beside what the transfer was about: it is not made.
  public static let outside = "not-allowed"
  /// A request over a stream that protects nothing.
  public static let insecure = "stream-insecure"
  /// Who, how, where: each request as it was made, with where it led.
  public private(set) var accesses: [Access] = []
  public private(set) var messages: [InterruptMessage] = []
  /// A packet did not open at the other end of the link.
  public private(set) var wasLost = false
  /// Takes in all that the device moved, for a payload of several descriptors. Nil: nobody asks.
  public var hash: SHA256?
  /// Bytes that reached memory.
  public private(set) var written: UInt64 = 0

  public init(
    _ hardware: Hardware, device: RequesterID, trusted: Bool, stream: UInt8?, over path: LinkPath = .plain,
    allowed: AddressRange<IOVirtualAddress>? = nil
  ) {
    (self.hardware, self.device, isTrusted, self.stream, self.path, self.allowed) = (hardware, device, trusted, stream, path, allowed)
  }

  public mutating func read(_ address: IOVirtualAddress, into buffer: UnsafeMutableRawBufferPointer) throws(BusFault) {
    var at = 0
    for run in try runs(.read, address, buffer.count) {
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[at..<at + Int(run.range.length)])
      guard let outcome = try? hardware.encryption.read(run.range, as: run.key, into: piece), outcome == .clean,
        carry(piece, at: address.rawValue + UInt64(at), isWrite: false)
      else { throw BusFault(address, isWrite: false, .refused) }
      at += piece.count
    }
  }

  public mutating func write(_ address: IOVirtualAddress, from buffer: UnsafeRawBufferPointer) throws(BusFault) {
    var at = 0
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, buffer.count), alignment: 16)
    defer { copy.deallocate() }
    copy.copyMemory(from: buffer)
    for run in try runs(.write, address, buffer.count) {
      let piece = UnsafeMutableRawBufferPointer(rebasing: copy[at..<at + Int(run.range.length)])
      guard carry(piece, at: address.rawValue + UInt64(at), isWrite: true),
        let outcome = try? hardware.encryption.write(UnsafeRawBufferPointer(piece), at: run.range.start, as: run.key), outcome == .clean
      else { throw BusFault(address, isWrite: true, .refused) }
      at += piece.count
    }
    written += UInt64(buffer.count)
  }

  public mutating func signal(_ message: InterruptMessage) { messages.append(message) }

  /// Over the link, if a stream protects it: what comes out is in the place of what went in. False where it does not arrive.
  private mutating func carry(_ bytes: UnsafeMutableRawBufferPointer, at address: UInt64, isWrite: Bool) -> Bool {
    switch path {
    case .plain: return true
    case .cut: return false
    case .protected(let link):
      let arrived =
        isWrite ? link.deviceWrites(bytes, at: address, tBit: isTrusted) : link.deviceReads(bytes, at: address, tBit: isTrusted)
      if !arrived { wasLost = true }
      return arrived
    }
  }

  private var isPlain: Bool { if case .plain = path { true } else { false } }

  /// Memory that nobody owns is copied where it lies; everything else passes through a buffer, decrypted and encrypted, and over the link.
  public mutating func copy(
    from source: IOVirtualAddress, to destination: IOVirtualAddress, length: Int, visiting visit: (UnsafeRawBufferPointer) -> Void
  ) throws(BusFault) {
    let reads = try runs(.read, source, length), writes = try runs(.write, destination, length)
    if isPlain, let from = reads.first, let to = writes.first, reads.count == 1, writes.count == 1, from.key == .shared, to.key == .shared,
      !from.range.overlaps(to.range), hardware.encryption.isUntouched(from.range), hardware.encryption.isUntouched(to.range),
      let _ = try? hardware.memory.withBytes(of: from.range, { bytes in show(UnsafeRawBufferPointer(bytes), visit) }),
      let _ = try? hardware.memory.copyRaw(from: from.range, to: to.range.start)
    {
      written += UInt64(length)
      return
    }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(max(length, 64), 1 << 16), alignment: 64)
    defer { buffer.deallocate() }
    var done: UInt64 = 0
    while done < UInt64(length) {
      let count = min(UInt64(buffer.count), UInt64(length) - done)
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(count)])
      try move(reads, done, piece, isWrite: false, base: source)
      show(UnsafeRawBufferPointer(piece), visit)
      try move(writes, done, piece, isWrite: true, base: destination)
      done += count
    }
    written += UInt64(length)
  }

  public mutating func copy(from source: IOVirtualAddress, to destination: IOVirtualAddress, length: Int) throws(BusFault) {
    try copy(from: source, to: destination, length: length) { _ in }
  }

  private mutating func show(_ bytes: UnsafeRawBufferPointer, _ visit: (UnsafeRawBufferPointer) -> Void) {
    hash?.update(bufferPointer: bytes)
    visit(bytes)
  }

  /// Moves one buffer's worth between memory and `piece`, `done` bytes into the translated runs.
  private mutating func move(
    _ runs: [Translation], _ done: UInt64, _ piece: UnsafeMutableRawBufferPointer, isWrite: Bool, base: IOVirtualAddress
  ) throws(BusFault) {
    var skip = done, at = 0
    for run in runs where at < piece.count {
      guard skip < run.range.length else {
        skip -= run.range.length
        continue
      }
      let count = min(UInt64(piece.count - at), run.range.length - skip)
      let part = UnsafeMutableRawBufferPointer(rebasing: piece[at..<at + Int(count)])
      let start = HostPhysicalAddress(run.range.start.rawValue + skip)
      let outcome: LineOutcome?
      let address = base.rawValue + done + UInt64(at)
      if isWrite, !carry(part, at: address, isWrite: true) { throw BusFault(base, isWrite: true, .refused) }
      if isWrite {
        outcome = try? hardware.encryption.write(UnsafeRawBufferPointer(part), at: start, as: run.key)
      } else {
        outcome = AddressRange(start: start, length: count).flatMap { try? hardware.encryption.read($0, as: run.key, into: part) }
      }
      guard outcome == .clean, isWrite || carry(part, at: address, isWrite: false) else { throw BusFault(base, isWrite: isWrite, .refused) }
      at += Int(count)
      skip = 0
    }
  }

  /// Translates all of a request before any byte of it moves.
  private mutating func runs(_ operation: AccessOperation, _ address: IOVirtualAddress, _ count: Int) throws(BusFault)
    -> [Translation]
  {
    let initiator = Initiator.device(device, trusted: isTrusted, stream: stream)
    guard let range = AddressRange(start: address, length: UInt64(count)) else {
      throw BusFault(address, isWrite: operation == .write, .translation)
    }
    let request = AccessRequest(initiator, operation, range)
    guard allowed?.contains(range) ?? true else {
      note(Access(request, .fault(Self.outside)))
      throw BusFault(address, isWrite: operation == .write, .translation)
    }
    // It never gets to the root port, and nobody translates it.
    if case .cut = path {
      note(Access(request, .fault(Self.insecure)))
      throw BusFault(address, isWrite: operation == .write, .refused)
    }
    let runs: [Translation]
    do throws(TranslationFault) {
      runs = try hardware.iommu.runs(of: request)
    } catch {
      note(Access(request, .fault(error.code.rawValue)))
      throw BusFault(address, isWrite: operation == .write, .translation)
    }
    // Peer-to-peer through the IOMMU is a path of its own; a copy engine moves memory only.
    guard !runs.contains(where: { $0.attributes.isMMIO }) else {
      note(Access(request, .fault("not-memory")))
      throw BusFault(address, isWrite: operation == .write, .refused)
    }
    note(Access(request, .physical(runs.first?.range.start ?? HostPhysicalAddress(0)), fromCache: runs.contains { $0.fromCache }))
    return runs
  }

  private mutating func note(_ access: Access) {
    if accesses.count < 64 { accesses.append(access) }
  }
}
