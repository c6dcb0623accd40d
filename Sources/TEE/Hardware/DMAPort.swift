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
  /// What the rules allowed the transfer to touch; nil for all that the IOMMU translates.
  let allowed: AddressRange<IOVirtualAddress>?
  /// A request beside what the transfer was about: it is not made.
  public static let outside = "not-allowed"
  /// Who, how, where: each request as it was made, with where it led.
  public private(set) var accesses: [Access] = []
  public private(set) var messages: [InterruptMessage] = []
  /// Takes in all that the device moved, for a payload of several descriptors. Nil: nobody asks.
  public var hash: SHA256?
  /// Bytes that reached memory.
  public private(set) var written: UInt64 = 0

  public init(
    _ hardware: Hardware, device: RequesterID, trusted: Bool, stream: UInt8?, allowed: AddressRange<IOVirtualAddress>? = nil
  ) {
    (self.hardware, self.device, isTrusted, self.stream, self.allowed) = (hardware, device, trusted, stream, allowed)
  }

  public mutating func read(_ address: IOVirtualAddress, into buffer: UnsafeMutableRawBufferPointer) throws(BusFault) {
    var at = 0
    for run in try runs(.read, address, buffer.count) {
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[at..<at + Int(run.range.length)])
      guard let outcome = try? hardware.encryption.read(run.range, as: run.key, into: piece), outcome == .clean else {
        throw BusFault(address, isWrite: false, .refused)
      }
      at += piece.count
    }
  }

  public mutating func write(_ address: IOVirtualAddress, from buffer: UnsafeRawBufferPointer) throws(BusFault) {
    var at = 0
    for run in try runs(.write, address, buffer.count) {
      let piece = UnsafeRawBufferPointer(rebasing: buffer[at..<at + Int(run.range.length)])
      guard let outcome = try? hardware.encryption.write(piece, at: run.range.start, as: run.key), outcome == .clean else {
        throw BusFault(address, isWrite: true, .refused)
      }
      at += piece.count
    }
    written += UInt64(buffer.count)
  }

  public mutating func signal(_ message: InterruptMessage) { messages.append(message) }

  /// Memory that nobody owns is copied where it lies; everything else passes through a buffer, decrypted and encrypted.
  public mutating func copy(
    from source: IOVirtualAddress, to destination: IOVirtualAddress, length: Int, visiting visit: (UnsafeRawBufferPointer) -> Void
  ) throws(BusFault) {
    let reads = try runs(.read, source, length), writes = try runs(.write, destination, length)
    if let from = reads.first, let to = writes.first, reads.count == 1, writes.count == 1, from.key == .shared, to.key == .shared,
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
  private func move(
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
      if isWrite {
        outcome = try? hardware.encryption.write(UnsafeRawBufferPointer(part), at: start, as: run.key)
      } else {
        outcome = AddressRange(start: start, length: count).flatMap { try? hardware.encryption.read($0, as: run.key, into: part) }
      }
      guard outcome == .clean else { throw BusFault(base, isWrite: isWrite, .refused) }
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
