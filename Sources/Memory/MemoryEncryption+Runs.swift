import Primitives

/// Access through translations: what DMA and CPUs do once every page of the request is known to be allowed.
extension MemoryEncryption {
  /// Copies `source` to `target`, run by run, stopping at the shorter of the two. Both must be RAM: MMIO is the device's.
  ///
  /// Shared memory without private neighbours in its 2 MiB regions moves as one `memcpy` a piece; everything else goes
  /// through a bounded buffer, decrypted and encrypted on the way.
  /// - Returns: the worst that was met. What was withheld arrives as the platform's substitute.
  public func copy(from source: [Translation], to target: [Translation]) throws(MemoryError) -> LineOutcome {
    var outcome = LineOutcome.clean
    var (from, to) = (RunCursor(source), RunCursor(target))
    while let input = from.piece, let output = to.piece {
      let count = min(input.range.length, output.range.length)
      outcome.merge(try copy(count, from: input, to: output))
      from.advance(count)
      to.advance(count)
    }
    return outcome
  }

  /// Reads all runs, one after the other, into one buffer of exactly their length.
  public func read(_ runs: [Translation], into target: UnsafeMutableRawBufferPointer) throws(MemoryError) -> LineOutcome {
    try each(runs, count: target.count) { (run, at) throws(MemoryError) in
      let piece = UnsafeMutableRawBufferPointer(rebasing: target[at..<at + Int(run.range.length)])
      return try read(run.range, as: run.key, into: piece)
    }
  }

  /// Writes one buffer over all runs, which have exactly its length.
  public func write(_ source: UnsafeRawBufferPointer, to runs: [Translation]) throws(MemoryError) -> LineOutcome {
    try each(runs, count: source.count) { (run, at) throws(MemoryError) in
      let piece = UnsafeRawBufferPointer(rebasing: source[at..<at + Int(run.range.length)])
      return try write(piece, at: run.range.start, as: run.key)
    }
  }

  /// The same with an array; at most `arrayLimit` bytes.
  public func read(_ runs: [Translation]) throws(MemoryError) -> MemoryRead {
    let total = runs.reduce(UInt64(0)) { $0 &+ min($1.range.length, UInt64(Self.arrayLimit) + 1) }
    guard total <= UInt64(Self.arrayLimit), runs.allSatisfy({ memory.contains($0.range) }) else {
      throw MemoryError(.notMemory, "\(total) bytes are not all RAM", at: runs.first?.range.start.rawValue)
    }
    var bytes = [UInt8](repeating: 0, count: Int(total))
    var span = bytes.mutableSpan
    var raw = span.mutableBytes
    let outcome = try raw.withUnsafeMutableBytes { target throws(MemoryError) in try read(runs, into: target) }
    return MemoryRead(bytes: bytes, outcome: outcome)
  }

  public func write(_ bytes: [UInt8], to runs: [Translation]) throws(MemoryError) -> LineOutcome {
    try bytes.span.bytes.withUnsafeBytes { source throws(MemoryError) in try write(source, to: runs) }
  }

  private func each(
    _ runs: [Translation], count: Int, _ body: (Translation, Int) throws(MemoryError) -> LineOutcome
  ) throws(MemoryError) -> LineOutcome {
    var (outcome, at) = (LineOutcome.clean, 0)
    for run in runs {
      guard run.range.length <= UInt64(count - at) else { throw Self.wrongLength(count) }
      outcome.merge(try body(run, at))
      at += Int(run.range.length)
    }
    guard at == count else { throw Self.wrongLength(count) }
    return outcome
  }

  private static func wrongLength(_ count: Int) -> MemoryError {
    MemoryError(.impossibleRange, "the runs do not have the buffer's \(count) bytes")
  }

  private static let pieceBytes: UInt64 = 65536

  private func copy(_ count: UInt64, from source: Translation, to target: Translation) throws(MemoryError) -> LineOutcome {
    guard let from = AddressRange(start: source.range.start, length: count),
      let to = AddressRange(start: target.range.start, length: count)
    else { throw MemoryError(.impossibleRange, "a run of \(count) bytes wraps") }
    if source.key == .shared, target.key == .shared, isUntouched(from), isUntouched(to) {
      try memory.copyRaw(from: from, to: to.start)
      return .clean
    }
    var outcome = LineOutcome.clean
    var done: UInt64 = 0
    var buffer = [UInt8](repeating: 0, count: Int(min(count, Self.pieceBytes)))
    var span = buffer.mutableSpan
    var raw = span.mutableBytes
    while done < count {
      let length = min(Self.pieceBytes, count - done)
      guard let piece = AddressRange(start: HostPhysicalAddress(from.start.rawValue + done), length: length) else { break }
      let address = HostPhysicalAddress(to.start.rawValue + done)
      let met = try raw.withUnsafeMutableBytes { bytes throws(MemoryError) in
        let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<Int(length)])
        var met = try read(piece, as: source.key, into: part)
        met.merge(try write(UnsafeRawBufferPointer(part), at: address, as: target.key))
        return met
      }
      outcome.merge(met)
      done += length
    }
    return outcome
  }
}

/// What is left of a list of runs.
private struct RunCursor {
  private let runs: [Translation]
  private var index = 0
  private var done: UInt64 = 0

  init(_ runs: [Translation]) {
    self.runs = runs
    skipFinished()
  }

  var piece: Translation? {
    guard index < runs.count else { return nil }
    let run = runs[index]
    return AddressRange(start: HostPhysicalAddress(run.range.start.rawValue + done), length: run.range.length - done)
      .map { Translation(range: $0, attributes: run.attributes, key: run.key, fromCache: run.fromCache) }
  }

  mutating func advance(_ bytes: UInt64) {
    done += bytes
    skipFinished()
  }

  private mutating func skipFinished() {
    while index < runs.count, done >= runs[index].range.length {
      index += 1
      done = 0
    }
  }
}
