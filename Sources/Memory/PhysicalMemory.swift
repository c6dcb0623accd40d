import CLinux
import Primitives

/// The RAM of the machine: what is on the chips, seen from the bus, without keys, owners or tables.
///
/// Every bank is a sparse memfd, and all of them are mapped side by side under one address reservation. Nothing is
/// committed until it is touched, so a machine may have terabytes. Access is bounds-checked against the banks: an address
/// that is not RAM throws, and nothing that a guest or a file says reaches memory of this process.
///
/// One thread at a time; the machine schedules its actors itself.
public final class PhysicalMemory {
  /// A contiguous piece of RAM.
  public struct Bank: Hashable, Sendable {
    public let range: AddressRange<HostPhysicalAddress>
    public init(_ range: AddressRange<HostPhysicalAddress>) { self.range = range }
    /// Nil if the bank would leave the 64-bit space.
    public init?(start: HostPhysicalAddress, length: UInt64) {
      guard let range = AddressRange(start: start, length: length) else { return nil }
      self.range = range
    }
  }

  /// Physical addresses have 52 bits (Intel SDM volume 3, section 4.1.4); all banks together must leave room in the process.
  public static let addressLimit: UInt64 = 1 << 52
  public static let capacityLimit: UInt64 = 1 << 44

  /// In ascending order of address.
  public let banks: [Bank]
  /// All banks together, in bytes.
  public let capacity: UInt64

  private let base: UnsafeMutableRawPointer
  /// Where each bank starts above `base`.
  private let offsets: [Int]
  /// The first bank, which lies at `base`.
  private let lowest: (start: UInt64, length: UInt64)
  private var files: [Int32] = []

  /// Reserves addresses and creates the banks' files; touches no page.
  /// - Throws: `.impossibleRange` for banks that are empty, not of whole 4 KiB pages, overlap or exceed the limits; `.system`.
  public init(banks unordered: [Bank]) throws(MemoryError) {
    banks = unordered.sorted { $0.range.start < $1.range.start }
    capacity = try Self.checkedCapacity(of: banks)
    guard let base = cofferdam_mmap(nil, Int(capacity), COFFERDAM_PROT_NONE, COFFERDAM_MAP_RESERVATION, -1, 0) else {
      throw MemoryError(.system, "cannot reserve \(capacity) bytes of addresses: error \(cofferdam_errno())")
    }
    self.base = base
    // A machine has at least one bank, each of whole pages.
    lowest = (banks[0].range.start.rawValue, banks[0].range.length)
    var next = 0
    offsets = banks.map { bank in
      defer { next += Int(bank.range.length) }
      return next
    }
    // From here on every stored property is set, so that `deinit` cleans up after a throw.
    for (bank, offset) in zip(banks, offsets) { try open(bank, at: offset) }
  }

  deinit {
    munmap(base, Int(capacity))
    for file in files { close(file) }
  }

  /// Bytes that the banks really occupy on the host. An untouched machine says 0.
  public var residentBytes: UInt64 {
    files.reduce(0) { $0 + UInt64(max(0, cofferdam_occupied_bytes($1))) }
  }

  /// Whether all of the range is RAM of one bank, or of banks that touch.
  public func contains(_ range: AddressRange<HostPhysicalAddress>) -> Bool { pointer(to: range) != nil }

  // MARK: Raw bytes, as a probe on the bus sees them

  /// Lends the bytes of a contiguous range; the buffer must not outlive the call.
  public func withBytes<Result>(
    of range: AddressRange<HostPhysicalAddress>, _ body: (UnsafeMutableRawBufferPointer) throws(MemoryError) -> Result
  ) throws(MemoryError) -> Result {
    try body(try bytes(of: range))
  }

  public func readRaw(_ range: AddressRange<HostPhysicalAddress>) throws(MemoryError) -> [UInt8] {
    let start = try bytes(of: range)
    return [UInt8](UnsafeRawBufferPointer(start))
  }

  public func writeRaw(_ source: some Collection<UInt8>, at address: HostPhysicalAddress) throws(MemoryError) {
    let target = try bytes(at: address, count: UInt64(source.count))
    target.copyBytes(from: source)
  }

  /// Copies within RAM; the two may overlap.
  public func copyRaw(from source: AddressRange<HostPhysicalAddress>, to target: HostPhysicalAddress) throws(MemoryError) {
    let from = try bytes(of: source)
    let to = try bytes(at: target, count: source.length)
    to.copyMemory(from: UnsafeRawBufferPointer(from))
  }

  /// Zeroes a range. From 2 MiB on, its pages are given back to the host instead of being written, so they stay sparse. From 128 KiB on, what
  /// nobody touched is found to be zero and left alone; below, asking costs as much as writing.
  public func zeroRaw(_ range: AddressRange<HostPhysicalAddress>) throws(MemoryError) {
    let target = try bytes(of: range)
    if range.length >= PageSize.large.bytes, punch(range) { return }
    if range.length >= 128 << 10, isUntouched(range) { return }
    if let start = target.baseAddress { memset(start, 0, target.count) }
  }

  /// The parts that were ever touched, in ascending order, to whole pages of the host. All other memory is zero.
  /// Reading a page touches it too, so this says where to look and is no result by itself.
  public var touchedRanges: [AddressRange<HostPhysicalAddress>] {
    var touched: [AddressRange<HostPhysicalAddress>] = []
    for (bank, file) in zip(banks, files) {
      var from = cofferdam_next_data(file, 0)
      while from >= 0, from < Int(bank.range.length) {
        let end = min(max(from + 1, cofferdam_next_hole(file, from)), Int(bank.range.length))
        let start = HostPhysicalAddress(bank.range.start.rawValue + UInt64(from))
        AddressRange(start: start, length: UInt64(end - from)).map { touched.append($0) }
        from = cofferdam_next_data(file, end)
      }
    }
    return touched
  }

  // MARK: For this room

  /// The bytes of a range, for code that keeps the memory alive. Same check as everywhere.
  @inline(__always) func bytes(of range: AddressRange<HostPhysicalAddress>) throws(MemoryError) -> UnsafeMutableRawBufferPointer {
    guard let start = pointer(to: range) else { throw Self.notMemory(range) }
    return UnsafeMutableRawBufferPointer(start: start, count: Int(range.length))
  }

  func bytes(at address: HostPhysicalAddress, count: UInt64) throws(MemoryError) -> UnsafeMutableRawBufferPointer {
    guard let range = AddressRange(start: address, length: count) else {
      throw MemoryError(.notMemory, "\(count) bytes would leave the address space", at: address.rawValue)
    }
    return try bytes(of: range)
  }

  /// The 512 entries of a page-table frame, or nil where the address is not a whole frame of RAM.
  @inline(__always) func table(at frame: HostPhysicalAddress) -> UnsafeMutablePointer<UInt64>? {
    // Most machines keep their tables in the lowest bank.
    let inLowest = frame.rawValue &- lowest.start
    if inLowest < lowest.length, inLowest & 4095 == 0 { return (base + Int(inLowest)).assumingMemoryBound(to: UInt64.self) }
    return tableElsewhere(at: frame)
  }

  @inline(never) private func tableElsewhere(at frame: HostPhysicalAddress) -> UnsafeMutablePointer<UInt64>? {
    guard frame.isAligned(to: .small), let index = bankIndex(of: frame) else { return nil }
    let offset = Int(frame.rawValue - banks[index].range.start.rawValue)
    return (base + offsets[index] + offset).assumingMemoryBound(to: UInt64.self)
  }

  // MARK: The map from address to bank

  @inline(__always) private func bankIndex(of address: HostPhysicalAddress) -> Int? {
    let index = banks.partitioningIndex { $0.range.end > address }
    return index < banks.count && banks[index].range.contains(address) ? index : nil
  }

  @inline(__always) private func pointer(to range: AddressRange<HostPhysicalAddress>) -> UnsafeMutableRawPointer? {
    guard var index = bankIndex(of: range.start) else { return nil }
    let start = base + offsets[index] + Int(range.start.rawValue - banks[index].range.start.rawValue)
    // Banks that touch in the machine also touch in the reservation.
    while banks[index].range.end < range.end {
      guard index + 1 < banks.count, banks[index + 1].range.start == banks[index].range.end else { return nil }
      index += 1
    }
    return start
  }

  private static func notMemory(_ range: AddressRange<HostPhysicalAddress>) -> MemoryError {
    MemoryError(.notMemory, "\(range) is not RAM", at: range.start.rawValue)
  }
}

extension PhysicalMemory {
  private static func checkedCapacity(of banks: [Bank]) throws(MemoryError) -> UInt64 {
    guard !banks.isEmpty else { throw MemoryError(.impossibleRange, "a machine has at least one bank") }
    var (total, end) = (UInt64(0), UInt64(0))
    for range in banks.map(\.range) {
      let at = range.start.rawValue
      guard range.length > 0, range.start.isAligned(to: .small), range.end.isAligned(to: .small) else {
        throw MemoryError(.impossibleRange, "a bank consists of whole 4 KiB pages", at: at)
      }
      guard range.end.rawValue <= addressLimit else {
        throw MemoryError(.impossibleRange, "a bank ends above 52 bits", at: at)
      }
      guard at >= end else { throw MemoryError(.impossibleRange, "two banks overlap", at: at) }
      end = range.end.rawValue
      total += range.length
    }
    guard total <= capacityLimit else { throw MemoryError(.impossibleRange, "more than \(capacityLimit >> 40) TiB of RAM") }
    return total
  }

  private func open(_ bank: Bank, at offset: Int) throws(MemoryError) {
    let fd = cofferdam_memfd_create("cofferdam-bank", COFFERDAM_MFD_CLOEXEC)
    guard fd >= 0 else { throw MemoryError(.system, "memfd_create: error \(cofferdam_errno())") }
    files.append(fd)
    let length = Int(bank.range.length)
    guard ftruncate(fd, length) == 0,
      cofferdam_mmap(base + offset, length, COFFERDAM_PROT_READ_WRITE, COFFERDAM_MAP_SHARED_FIXED, fd, 0) != nil
    else {
      throw MemoryError(.system, "cannot map a bank of \(length) bytes: error \(cofferdam_errno())", at: bank.range.start.rawValue)
    }
  }

  /// Whether the host has no page for any of a range, which is zero then. False where it spans banks.
  private func isUntouched(_ range: AddressRange<HostPhysicalAddress>) -> Bool {
    guard let index = bankIndex(of: range.start), banks[index].range.contains(range) else { return false }
    let offset = Int(range.start.rawValue - banks[index].range.start.rawValue), data = cofferdam_next_data(files[index], offset)
    // ENXIO is the answer where there is nothing behind the offset; any other error is none.
    return data < 0 ? cofferdam_errno() == ENXIO : data >= offset + Int(range.length)
  }

  /// False where the host's kernel does not do it, or where the range spans banks.
  private func punch(_ range: AddressRange<HostPhysicalAddress>) -> Bool {
    guard range.start.isAligned(to: .small), range.end.isAligned(to: .small),
      let index = bankIndex(of: range.start), banks[index].range.contains(range)
    else { return false }
    let offset = Int(range.start.rawValue - banks[index].range.start.rawValue)
    return cofferdam_punch_hole(files[index], offset, Int(range.length)) == 0
  }
}
