import CLinux
import Sharing

/// How a CPU mapping gets its pages.
public enum Population: Hashable, Sendable {
  /// At the first touch, and again after a move.
  case faulted
  /// All at once, when it is made.
  case populated
}

/// A buffer in the address space of this process. The exporter makes it, nobody else, and takes it away for real: after a move the pages
/// are those of the new place, after a revocation there are none.
///
/// Reading and writing are functions that survive a trap. Going out of scope is unmapping, which takes the reservation.
public struct CPUMapping: ~Copyable, Sendable {
  private let buffer: Buffer
  private let window: CPUWindow
  /// Whether it keeps the buffer from moving (`vmap`): a mapping that lives as long as a driver does.
  private let isLong: Bool

  fileprivate init(_ buffer: Buffer, _ window: CPUWindow, isLong: Bool) {
    (self.buffer, self.window, self.isLong) = (buffer, window, isLong)
    buffer.retainHandle()
    buffer.enterClaim(of: isLong ? "cpu, long" : "cpu")
  }

  /// Where it is. What is loaded from there after a revocation traps. Bare loads have no encrypted bit: where the mapping has it, they find
  /// ciphertext, and `read` and `write` are the processor's loads and stores.
  public var start: UnsafeMutableRawPointer { window.start }
  public var count: Int { window.length }

  /// Copies bytes out. Where the pages went away with a move they are faulted in anew; takes the reservation then.
  /// - Throws: `.badRange`; `.revoked`, with the name of the buffer.
  public borrowing func read(at offset: Int, count: Int) throws(BufferError) -> [UInt8] {
    try check(offset, count)
    var bytes = [UInt8](repeating: 0, count: count)
    // A move between the fault and the copy makes another fault; each takes the lock, so somebody gets on.
    try bytes.lendMutableBytes { (raw) throws(BufferError) in while try !window.load(offset, into: raw) { try buffer.faultIn(window) } }
    return bytes
  }

  /// Copies bytes in.
  /// - Throws: `.badRange`; `.revoked`; `.unsupported` if it was mapped for reading.
  public borrowing func write(_ bytes: [UInt8], at offset: Int) throws(BufferError) {
    try check(offset, bytes.count)
    guard window.isWritable else { throw buffer.error(.unsupported, "mapped for reading") }
    try bytes.lendBytes { (raw) throws(BufferError) in while try !window.store(raw, offset) { try buffer.faultIn(window) } }
  }

  private borrowing func check(_ offset: Int, _ count: Int) throws(BufferError) {
    guard offset >= 0, count >= 0, offset <= window.length, count <= window.length - offset else {
      throw buffer.error(.badRange, "\(count) bytes at \(offset) of \(window.length)")
    }
  }

  /// Unmaps; the same as letting it go out of scope.
  public consuming func unmap() {}

  deinit {
    buffer.forget(window, wasLong: isLong)
    buffer.endClaim(of: isLong ? "cpu, long" : "cpu")
    buffer.releaseHandle()
  }
}

extension Buffer {
  /// Maps the buffer for the CPU of this process. Takes the reservation.
  /// - `long`: it keeps the buffer where it is for as long as it lasts (`dma_buf_vmap`); `beginCPUAccess` is asked for all the same.
  /// - `protection`: what finds out the bits of its page-table entries, now and after every move; the exporter's rule if it is nil.
  /// - Throws: `.unsupported` for memory that no CPU may touch; `.revoked`; `.noRoom`.
  public func mapCPU(
    writable: Bool = true, _ population: Population = .faulted, long: Bool = false, protection: MappingProtection? = nil
  ) throws(BufferError) -> CPUMapping {
    LockOrder.mustHoldNoReservation("mmap")
    guard let length = Int(exactly: size),
      let window = CPUWindow(
        length: length, writable: writable, name: label, protection ?? MappingProtection(exporter.protection))
    else {
      throw error(.noRoom, "no \(size) bytes of addresses")
    }
    try withSettledLock { (held) throws(BufferError) in
      try requireCPUMemory()
      if population == .populated || long { try fill(window, populated: true, held) }
      cpuMappings.append(window)
      if long { (pins, longCPUMappings) = (pins + 1, longCPUMappings + 1) }
    }
    return CPUMapping(self, window, isLong: long)
  }

  private func requireCPUMemory() throws(BufferError) {
    if let why = law.refusalToUse(life) { throw error(why) }
    guard ranges.allSatisfy(\.attributes.isCPUMappable) else { throw error(.unsupported, "no CPU may touch it") }
    guard backing != nil else { throw error(.unsupported, "\(exporter.name) maps it for no CPU") }
  }

  private func fill(_ window: CPUWindow, populated: Bool, _ held: borrowing Reservation.Held) throws(BufferError) {
    try requireCPUMemory()
    let isEncrypted = try window.protection.current(of: self, held).isEncrypted
    guard let backing,
      window.fill(from: try cache.cpuSide(of: backing, ranges, protection(exporter.protection)), encrypted: isEncrypted, populated: populated)
    else {
      throw error(.system, "mmap: error \(cofferdam_errno())")
    }
  }

  /// A page was not there: the fault handler's question, under the reservation, what is there now.
  func faultIn(_ window: CPUWindow) throws(BufferError) {
    try withSettledLock { (held) throws(BufferError) in
      // Pages are there and trapped all the same: somebody outside made the file smaller.
      guard !window.isMapped else { throw error(.noAnswer, "its pages are gone") }
      try fill(window, populated: false, held)
    }
  }

  func forget(_ window: CPUWindow, wasLong: Bool) {
    reservation.withLock { held in
      cpuMappings.removeAll { $0 === window }
      if wasLong { (pins, longCPUMappings) = (pins - 1, longCPUMappings - 1) }
    }
  }

  func zapCPUMappings(_ held: borrowing Reservation.Held) { for window in cpuMappings { window.zap() } }
  func zapCPUMappings() { reservation.withLock { held in zapCPUMappings(held) } }

  // MARK: Access

  /// Waits until the CPU may read, or write: for the work that it must not overtake (`DMA_BUF_IOCTL_SYNC`, START). Of memory that needs sync
  /// the CPU sees from here on what the device wrote before.
  /// - Throws: `.revoked`; `.busy` after `timeout` nanoseconds.
  public func beginCPUAccess(writing: Bool, timeout: Int64 = .max) throws(BufferError) {
    LockOrder.mustHoldNoReservation("begin_cpu_access")
    guard timeout >= 0 else { throw error(.badRange, "a wait of \(timeout) ns") }
    guard let answer = try? reservation.wait(.before(writing: writing), nanoseconds: timeout), answer > 0 else {
      throw error(.busy, "work on it is not over")
    }
    try reservation.withLock { (held) throws(BufferError) in
      if let why = law.refusalToUse(life) { throw error(why) }
      try cache.begin(backing, writing: writing)
      cpuAccesses += 1
    }
  }

  /// The CPU is done (`DMA_BUF_IOCTL_SYNC`, END): of memory that needs sync the device sees from here on what the CPU wrote. Ends one
  /// `beginCPUAccess`; nothing where there was none.
  public func endCPUAccess() {
    LockOrder.mustHoldNoReservation("end_cpu_access")
    reservation.withLock { held in
      cpuAccesses = max(0, cpuAccesses - 1)
      cache.end(backing, isLast: cpuAccesses == 0)
    }
  }

  /// A descriptor for another process (`dma_buf_fd`), to be closed by the caller. Not a claim on the buffer.
  /// - Throws: `.unsupported` for memory that no CPU may touch, and for memory that the CPU maps encrypted: what another process would find in
  ///   the file is ciphertext; `.revoked`; `.system`.
  public func descriptor(writable: Bool = true) throws(BufferError) -> Int32 {
    LockOrder.mustHoldNoReservation("fd")
    return try withSettledLock { (held) throws(BufferError) in
      try requireCPUMemory()
      guard let backing else { throw error(.unsupported, "no CPU may touch it") }
      let protection = protection(exporter.protection)
      guard !protection.isEncrypted else { throw error(.unsupported, "it is encrypted, and another process's loads have no key here") }
      return try cache.cpuSide(of: backing, ranges, protection).descriptor(writable: writable)
    }
  }
}
