import Primitives

extension MemoryEncryption {
  func sharedWrite(
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
      let poisons = run.state.owner != .shared && policy.partialSharedWritePoisons
      var state = LineState()
      state.isPoisoned = !isWhole && (run.state.isPoisoned || poisons)
      metadata.set(state, ofLineAt: line)
      line += MemoryLine.bytes
    }
  }

  /// At most `stagingBytes`: merges the two partial lines at the ends, then encrypts everything under one new version.
  func privateWrite(
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
