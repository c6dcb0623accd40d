import Primitives

extension MemoryEncryption {
  /// One run of an access: the same answer for all of it.
  func read(
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
      let whole = (end - line + MemoryLine.bytes - 1) & ~(MemoryLine.bytes - 1)
      let lines = try memory.bytes(at: HostPhysicalAddress(line), count: whole)
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
}

func zero(_ target: UnsafeMutableRawBufferPointer) { target.initializeMemory(as: UInt8.self, repeating: 0) }

/// A zeroed buffer for the time of a call; small ones live on the stack.
func withScratch(
  _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(MemoryError) -> Void
) throws(MemoryError) {
  let result = withUnsafeTemporaryAllocation(byteCount: count, alignment: 64) { scratch -> Result<Void, MemoryError> in
    zero(scratch)
    do throws(MemoryError) { return .success(try body(scratch)) } catch { return .failure(error) }
  }
  try result.get()
}
