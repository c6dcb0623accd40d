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
  private var metadata = MetadataStore()
  /// The last version given out.
  private var version: UInt64 = 0

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
        if metadata.hasRegion(of: page) { metadata.forgetPage(of: page) }
        page += PageSize.small.bytes
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

  // MARK: Runs of lines that are alike

  private static let stagingBytes = 65536

  /// The largest piece from `start` whose lines share owner, version and poison, ending at a line or at `limit`.
  private func run(from start: UInt64, to limit: UInt64) -> LineRun {
    let state = metadata.state(ofLineAt: start)
    var end = (start & ~(MemoryLine.bytes - 1)) + MemoryLine.bytes
    var pageNumber = start >> 12
    var page = metadata.page(of: start)
    while end < limit {
      if end >> 12 != pageNumber {
        pageNumber = end >> 12
        if page == nil, state == LineState(), !metadata.hasRegion(of: end) {
          end = (end >> 21 + 1) << 21
          continue
        }
        page = metadata.page(of: end)
      }
      guard let page else {
        guard state == LineState() else { break }
        end = (pageNumber + 1) << 12
        continue
      }
      guard page[MetadataStore.line(end)] == state else { break }
      end += MemoryLine.bytes
    }
    return LineRun(state: state, start: start, end: min(end, limit))
  }

  /// Nil for the shared key.
  private func cipher(for key: KeyID) throws(MemoryError) -> LineCipher? {
    guard key != .shared else { return nil }
    guard let cipher = ciphers[key] else { throw MemoryError(.unknownKey, "\(key) is not programmed") }
    return cipher
  }

  private func poison(_ run: LineRun) {
    var line = run.firstLine
    while line < run.end {
      var state = metadata.state(ofLineAt: line)
      state.isPoisoned = true
      metadata.set(state, ofLineAt: line)
      line += MemoryLine.bytes
    }
  }

  // MARK: Reading

  private func read(
    _ run: LineRun, raw: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, key: KeyID, cipher: LineCipher?
  ) throws(MemoryError) -> LineOutcome {
    guard let cipher else { return sharedRead(run, raw: raw, into: target) }
    if run.state.isPoisoned {
      zero(target)
      return .poisoned(at: run.firstLine)
    }
    if run.state.owner != key, policy.mismatch == .poison {
      zero(target)
      poison(run)
      return .poisoned(at: run.firstLine)
    }
    try decrypt(run, into: target, cipher: cipher)
    return .clean
  }

  private func sharedRead(
    _ run: LineRun, raw: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> LineOutcome {
    guard run.state.owner != .shared else {
      target.copyMemory(from: raw)
      return run.state.isPoisoned && policy.sharedReadConsumesPoison ? .poisoned(at: run.firstLine) : .clean
    }
    switch policy.sharedRead {
    case .zeros: zero(target)
    case .ciphertext: target.copyMemory(from: raw)
    case .fault: return .faulted(at: run.firstLine)
    }
    return .masked(at: run.firstLine)
  }

  /// Decrypts whole lines and hands out the part that was asked for, in bounded pieces.
  private func decrypt(_ run: LineRun, into target: UnsafeMutableRawBufferPointer, cipher: LineCipher) throws(MemoryError) {
    var cursor = run.start
    while cursor < run.end {
      let line = cursor & ~(MemoryLine.bytes - 1)
      let end = min(run.end, line + UInt64(Self.stagingBytes))
      let lines = try memory.bytes(at: HostPhysicalAddress(line), count: (end - line + MemoryLine.bytes - 1) & ~(MemoryLine.bytes - 1))
      let at = Int(cursor - run.start)
      let piece = UnsafeMutableRawBufferPointer(rebasing: target[at..<at + Int(end - cursor)])
      if piece.count == lines.count {
        try cipher.apply(version: run.state.version, at: line, from: UnsafeRawBufferPointer(lines), to: piece)
      } else {
        try withScratch(lines.count) { (scratch) throws(MemoryError) in
          try cipher.apply(version: run.state.version, at: line, from: UnsafeRawBufferPointer(lines), to: scratch)
          let skip = Int(cursor - line)
          piece.copyMemory(from: UnsafeRawBufferPointer(rebasing: scratch[skip..<skip + piece.count]))
        }
      }
      cursor = end
    }
  }

  // MARK: Writing

  private func sharedWrite(
    _ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, _ range: AddressRange<HostPhysicalAddress>
  ) -> LineOutcome {
    guard !isUntouched(range) else {
      target.copyMemory(from: source)
      return .clean
    }
    var outcome = LineOutcome.clean
    var cursor = range.start.rawValue
    while cursor < range.end.rawValue {
      let run = self.run(from: cursor, to: range.end.rawValue)
      let at = Int(cursor - range.start.rawValue)
      if run.state.owner != .shared, policy.sharedWrite == .fault {
        outcome.merge(.faulted(at: run.firstLine))
        break
      }
      UnsafeMutableRawBufferPointer(rebasing: target[at..<at + Int(run.end - cursor)])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[at..<at + Int(run.end - cursor)]))
      if run.state != LineState() { afterSharedWrite(run) }
      cursor = run.end
    }
    return outcome
  }

  /// A shared write clears the owner. It clears poison only where it wrote the whole line.
  private func afterSharedWrite(_ run: LineRun) {
    var line = run.firstLine
    while line < run.end {
      let isWhole = run.start <= line && line + MemoryLine.bytes <= run.end
      var state = metadata.state(ofLineAt: line)
      let poisons = state.owner != .shared && policy.partialSharedWritePoisons
      state.owner = .shared
      state.isPoisoned = !isWhole && (state.isPoisoned || poisons)
      metadata.set(state, ofLineAt: line)
      line += MemoryLine.bytes
    }
  }

  /// At most `stagingBytes`: merges the two partial lines at the ends, then encrypts everything under one new version.
  private func privateWrite(
    _ source: UnsafeRawBufferPointer, at address: UInt64, key: KeyID, cipher: LineCipher
  ) throws(MemoryError) -> LineOutcome {
    let end = address + UInt64(source.count)
    var first = address & ~(MemoryLine.bytes - 1)
    var last = (end + MemoryLine.bytes - 1) & ~(MemoryLine.bytes - 1)
    let origin = first
    var outcome = LineOutcome.clean
    try withScratch(Int(last - first)) { (scratch) throws(MemoryError) in
      for line in [first, last - MemoryLine.bytes] where line < address || line + MemoryLine.bytes > end {
        guard first <= line, line < last, let range = AddressRange(start: HostPhysicalAddress(line), length: MemoryLine.bytes)
        else { continue }
        let at = Int(line - origin)
        let met = try read(range, as: key, into: UnsafeMutableRawBufferPointer(rebasing: scratch[at..<at + 64]))
        outcome.merge(met)
        // The line keeps its poison and its bytes: a merge of unknown content would launder it.
        guard met == .clean else {
          if line == first { first += MemoryLine.bytes } else { last -= MemoryLine.bytes }
          continue
        }
      }
      let skip = Int(address - origin)
      UnsafeMutableRawBufferPointer(rebasing: scratch[skip..<skip + source.count]).copyMemory(from: source)
      guard first < last else { return }
      version += 1
      let plain = UnsafeRawBufferPointer(rebasing: scratch[Int(first - origin)..<Int(last - origin)])
      let target = try memory.bytes(at: HostPhysicalAddress(first), count: last - first)
      try cipher.apply(version: version, at: first, from: plain, to: target)
      var state = LineState()
      (state.owner, state.version) = (key, version)
      while first < last {
        metadata.set(state, ofLineAt: first)
        first += MemoryLine.bytes
      }
    }
    return outcome
  }
}

/// Neighbouring lines in the same state. `start` and `end` may lie inside the first and the last of them.
private struct LineRun {
  let state: LineState
  let start: UInt64
  let end: UInt64
  var firstLine: UInt64 { start & ~(MemoryLine.bytes - 1) }
}

extension LineOutcome {
  private var severity: Int {
    switch self {
    case .clean: 0
    case .masked: 1
    case .poisoned: 2
    case .faulted: 3
    }
  }
  /// Keeps the worst, and of equals the first.
  mutating func merge(_ other: LineOutcome) {
    if other.severity > severity { self = other }
  }
}

private func zero(_ target: UnsafeMutableRawBufferPointer) { target.initializeMemory(as: UInt8.self, repeating: 0) }

/// A zeroed buffer for the time of a call; small ones live on the stack.
private func withScratch(
  _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(MemoryError) -> Void
) throws(MemoryError) {
  let result = withUnsafeTemporaryAllocation(byteCount: count, alignment: 64) { scratch -> Result<Void, MemoryError> in
    zero(scratch)
    do throws(MemoryError) { return .success(try body(scratch)) } catch { return .failure(error) }
  }
  try result.get()
}
