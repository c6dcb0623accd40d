import Primitives

/// The memory controller: every access to RAM by a CPU, a device or firmware passes here, with the key it goes under.
///
/// A line that was written under a private key is ciphertext in `PhysicalMemory` from that moment on, whoever looks. Which
/// bytes an access yields follows from three things only: the key of the access, the owner of the line, and the platform's
/// `EncryptionPolicy`. Nothing here asks who the initiator is: that was decided at translation.
///
/// | access | line owned by the same key | owned by another, or shared |
/// |---|---|---|
/// | private read | the plaintext | zeros, and the line is poisoned (TDX); garbage (others) |
/// | private write, whole line | new version | the line changes owner, poison is gone |
/// | private write, part of a line | read, merged, new version | poisons the line (TDX), as its read half does |
/// | shared read | zeros (TDX), ciphertext (SEV-SNP), fault (CCA) | the bytes |
/// | shared write | the bytes land and the owner is gone (TDX); fault (others) | the bytes land |
public final class MemoryEncryption {
  public let memory: PhysicalMemory
  public let policy: EncryptionPolicy

  private var ciphers: [KeyID: LineCipher] = [:]
  var metadata = MetadataStore()
  /// The last version given out.
  var version: UInt64 = 0

  /// Accesses of any length are cut into pieces of this size, so that none needs more than a small buffer.
  static let stagingBytes = 65536

  public init(memory: PhysicalMemory, policy: EncryptionPolicy = .tdx) {
    self.memory = memory
    self.policy = policy
  }

  // MARK: Keys

  /// Programs a key: 16 bytes. Lines written under an earlier key of this identifier decrypt to noise from now on.
  /// - Throws: `.badKey`.
  public func setKey(_ id: KeyID, bytes: some Collection<UInt8>) throws(MemoryError) {
    guard id != .shared else { throw MemoryError(.badKey, "the shared identifier has no key") }
    ciphers[id] = try LineCipher(key: bytes)
  }

  /// Programs a key that the machine's seed decides.
  public func generateKey(_ id: KeyID, using random: inout SeededRandom) throws(MemoryError) {
    let halves = [random.next(), random.next()]
    try setKey(id, bytes: halves.flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (8 * $0)) } })
  }

  /// Forgets a key. What it encrypted stays on the bus as ciphertext that nothing can read any more.
  public func removeKey(_ id: KeyID) { ciphers[id] = nil }

  public func hasKey(_ id: KeyID) -> Bool { ciphers[id] != nil }

  // MARK: Access

  /// Reads into `target`, which has the range's length; where a line is withheld it gets the platform's substitute.
  /// - Throws: `.notMemory`, `.unknownKey`. What the platform does to the initiator is the outcome, not an error.
  public func read(
    _ range: AddressRange<HostPhysicalAddress>, as key: KeyID, into target: UnsafeMutableRawBufferPointer
  ) throws(MemoryError) -> LineOutcome {
    let source = UnsafeRawBufferPointer(try memory.bytes(of: range))
    guard target.count == source.count else {
      throw MemoryError(.impossibleRange, "\(target.count) bytes for a range of \(source.count)", at: range.start.rawValue)
    }
    let cipher = try cipher(for: key)
    if key == .shared, isUntouched(range) {
      target.copyMemory(from: source)
      return .clean
    }
    var outcome = LineOutcome.clean
    var cursor = range.start.rawValue
    while cursor < range.end.rawValue {
      let run = self.run(from: cursor, to: range.end.rawValue)
      let at = Int(cursor - range.start.rawValue)
      let piece = UnsafeMutableRawBufferPointer(rebasing: target[at..<at + Int(run.end - cursor)])
      let raw = UnsafeRawBufferPointer(rebasing: source[at..<at + Int(run.end - cursor)])
      let met = try read(run, raw: raw, into: piece, key: key, cipher: cipher)
      outcome.merge(met)
      if case .faulted = met {
        zero(UnsafeMutableRawBufferPointer(rebasing: target[at...]))
        break
      }
      cursor = run.end
    }
    return outcome
  }

  /// Writes `source` at `address`.
  /// - Throws: `.notMemory`, `.unknownKey`.
  public func write(
    _ source: UnsafeRawBufferPointer, at address: HostPhysicalAddress, as key: KeyID
  ) throws(MemoryError) -> LineOutcome {
    let target = try memory.bytes(at: address, count: UInt64(source.count))
    guard let range = AddressRange(start: address, length: UInt64(source.count)) else { return .clean }
    guard let cipher = try cipher(for: key) else { return sharedWrite(source, to: target, range) }
    // Staged in bounded pieces, so that an access of any length costs the same small buffer.
    var outcome = LineOutcome.clean
    var done = 0
    while done < source.count {
      let at = address.rawValue + UInt64(done)
      let count = min(source.count - done, Self.stagingBytes - Int(at & (MemoryLine.bytes - 1)))
      let piece = UnsafeRawBufferPointer(rebasing: source[done..<done + count])
      outcome.merge(try privateWrite(piece, at: at, key: key, cipher: cipher))
      done += count
    }
    return outcome
  }

  /// Makes whole pages zero under a key, as `TDG.MEM.PAGE.ACCEPT` does; poison and former owners are gone.
  /// With the shared key: memory that the host cleared with whole-line writes, clean again.
  /// - Throws: `.misaligned` for a range that is not of whole 4 KiB pages; `.notMemory`, `.unknownKey`.
  public func scrub(_ range: AddressRange<HostPhysicalAddress>, as key: KeyID) throws(MemoryError) {
    guard range.start.isAligned(to: .small), range.end.isAligned(to: .small) else {
      throw MemoryError(.misaligned, "\(range) is not of whole 4 KiB pages", at: range.start.rawValue)
    }
    guard memory.contains(range) else { throw MemoryError(.notMemory, "\(range) is not RAM", at: range.start.rawValue) }
    guard try cipher(for: key) != nil else {
      try memory.zeroRaw(range)
      var page = range.start.rawValue
      while page < range.end.rawValue {
        let isUntouched = !metadata.hasRegion(of: page)
        metadata.forgetPage(of: page)
        page = isUntouched ? (page >> 21 + 1) << 21 : page + PageSize.small.bytes
      }
      return
    }
    let zeros = [UInt8](repeating: 0, count: Self.stagingBytes)
    var cursor = range.start
    while cursor < range.end {
      let count = min(UInt64(zeros.count), range.end.rawValue - cursor.rawValue)
      let piece = zeros.span.extracting(first: Int(count)).bytes
      _ = try piece.withUnsafeBytes { bytes throws(MemoryError) in try write(bytes, at: cursor, as: key) }
      cursor = HostPhysicalAddress(cursor.rawValue + count)
    }
  }

  /// Gives pages back to the allocator: cleared by the host, owned by nobody.
  public func reclaim(_ range: AddressRange<HostPhysicalAddress>, to frames: FrameAllocator) throws(MemoryError) {
    try scrub(range, as: .shared)
    try frames.free(range)
  }

  // MARK: Looking in

  /// The line that holds this address: who owns it, whether it is poisoned.
  public func state(ofLineAt address: HostPhysicalAddress) -> LineState { metadata.state(ofLineAt: address.rawValue) }

  /// What a probe on the bus sees: the bytes of RAM as they are, ciphertext where a line is owned.
  public func ciphertext(_ range: AddressRange<HostPhysicalAddress>) throws(MemoryError) -> [UInt8] {
    try memory.readRaw(range)
  }

  /// True when the 2 MiB regions of the range hold no owned and no poisoned line; shared access is then a plain copy.
  public func isUntouched(_ range: AddressRange<HostPhysicalAddress>) -> Bool {
    guard range.length > 0 else { return true }
    let last = (range.end.rawValue - 1) >> 21
    var region = range.start.rawValue >> 21
    while region <= last {
      if metadata.hasRegion(of: region << 21) { return false }
      region += 1
    }
    return true
  }

  /// Nil for the shared key.
  private func cipher(for key: KeyID) throws(MemoryError) -> LineCipher? {
    guard key != .shared else { return nil }
    guard let cipher = ciphers[key] else { throw MemoryError(.unknownKey, "\(key) is not programmed") }
    return cipher
  }
}
