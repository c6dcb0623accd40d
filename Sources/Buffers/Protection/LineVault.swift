import Glibc
import Memory
import Primitives

/// The memory controller in front of the bytes of one buffer: what is written with the encrypted bit is ciphertext in the file from then on,
/// and only a read with the bit undoes that (AMD APM volume 2, section 7.10).
///
/// | access | the line was written with the bit | without |
/// |---|---|---|
/// | read with it | the bytes | noise |
/// | read without | ciphertext | the bytes |
///
/// Nothing stops an access with the wrong bit, and nobody is told: as without SNP. A write of less than a line (64 bytes) with the bit reads
/// the rest of the line with it, too.
///
/// Guarded by the lock of its `Backing`.
final class LineVault: @unchecked Sendable {
  /// The physical address of the file's first byte: ciphertext is good in one place only.
  let start: UInt64
  private let keys: MemoryKeys
  private let cipher: LineCipher
  private var lines = MetadataStore()
  private var version: UInt64 = 0

  /// Whole lines that are worked on at once, in bytes.
  private static let piece: UInt64 = 65536
  private static let owner = KeyID(rawValue: 1)

  /// - Throws: `.system` for a key that the cipher does not take.
  init(at start: UInt64, _ keys: MemoryKeys) throws(BufferError) {
    (self.start, self.keys) = (start, keys)
    do throws(MemoryError) { cipher = try LineCipher(key: keys.draw()) } catch { throw BufferError(.system, error.description) }
  }

  /// One for a copy of the bytes that somebody else has, under a key of its own.
  func companion() throws(BufferError) -> LineVault { try LineVault(at: start, keys) }

  /// - Returns: how many bytes it was; less where the file is shorter.
  func read(_ file: Int32, at offset: UInt64, into target: UnsafeMutableRawBufferPointer) -> Int {
    eachPiece(of: offset, target.count) { at, first, scratch in
      guard load(file, first, scratch) else { return false }
      let count = piece(at, first, scratch.count, offset, target.count)
      let part = UnsafeRawBufferPointer(rebasing: scratch[Int(at - first)..<Int(at - first) + count])
      UnsafeMutableRawBufferPointer(rebasing: target[Int(at - offset)..<Int(at - offset) + count]).copyMemory(from: part)
      return true
    }
  }

  /// - Returns: how many bytes it was; less where the file is shorter.
  func write(_ file: Int32, at offset: UInt64, from source: UnsafeRawBufferPointer) -> Int {
    eachPiece(of: offset, source.count) { at, first, scratch in
      let count = piece(at, first, scratch.count, offset, source.count), skip = Int(at - first)
      // Parts of lines stay what they are to a reader with the bit.
      if count < scratch.count, !load(file, first, scratch) { return false }
      let part = UnsafeRawBufferPointer(rebasing: source[Int(at - offset)..<Int(at - offset) + count])
      UnsafeMutableRawBufferPointer(rebasing: scratch[skip..<skip + count]).copyMemory(from: part)
      version += 1
      guard convert(scratch, at: first, version), pwrite(file, scratch.baseAddress, scratch.count, Int(first)) == scratch.count else { return false }
      var state = LineState()
      (state.owner, state.version) = (Self.owner, version)
      for line in stride(from: first, to: first + UInt64(scratch.count), by: Int(MemoryLine.bytes)) { lines.set(state, ofLineAt: start &+ line) }
      return true
    }
  }

  /// Somebody wrote there without the bit: what was encrypted in these lines is not any more.
  func forget(_ offset: UInt64, _ count: Int) {
    let end = start &+ offset &+ UInt64(count)
    var line = (start &+ offset) & ~(MemoryLine.bytes - 1)
    while line < end {
      // Where nothing was encrypted, 2 MiB are one look.
      guard lines.hasRegion(of: line) else {
        line = (line >> 21 + 1) << 21
        continue
      }
      lines.set(LineState(), ofLineAt: line)
      line += MemoryLine.bytes
    }
  }

  // MARK: Lines

  /// Whole lines around each part of a range, with room to work on them.
  /// - Returns: the bytes that went well.
  private func eachPiece(of offset: UInt64, _ count: Int, _ body: (_ at: UInt64, _ first: UInt64, UnsafeMutableRawBufferPointer) -> Bool) -> Int {
    let end = offset + UInt64(count)
    return withUnsafeTemporaryAllocation(byteCount: Int(Self.piece), alignment: 64) { scratch in
      var at = offset
      while at < end {
        let first = at & ~(MemoryLine.bytes - 1)
        let last = min((end + MemoryLine.bytes - 1) & ~(MemoryLine.bytes - 1), first + Self.piece)
        guard body(at, first, UnsafeMutableRawBufferPointer(rebasing: scratch[..<Int(last - first)])) else { return Int(at - offset) }
        at = min(end, last)
      }
      return count
    }
  }

  /// Bytes from `at` on that lie in the lines from `first` on, and in the range.
  private func piece(_ at: UInt64, _ first: UInt64, _ lines: Int, _ offset: UInt64, _ count: Int) -> Int {
    Int(min(offset + UInt64(count), first + UInt64(lines)) - at)
  }

  /// Reads whole lines, and undoes their encryption line by line, as each was written.
  private func load(_ file: Int32, _ first: UInt64, _ scratch: UnsafeMutableRawBufferPointer) -> Bool {
    guard pread(file, scratch.baseAddress, scratch.count, Int(first)) == scratch.count else { return false }
    let end = first + UInt64(scratch.count)
    var at = first
    while at < end {
      let version = lines.state(ofLineAt: start &+ at).version
      var next = at + MemoryLine.bytes
      while next < end, lines.state(ofLineAt: start &+ next).version == version { next += MemoryLine.bytes }
      guard convert(UnsafeMutableRawBufferPointer(rebasing: scratch[Int(at - first)..<Int(next - first)]), at: at, version) else { return false }
      at = next
    }
    return true
  }

  private func convert(_ bytes: UnsafeMutableRawBufferPointer, at offset: UInt64, _ version: UInt64) -> Bool {
    do throws(MemoryError) {
      try cipher.apply(version: version, at: start &+ offset, from: UnsafeRawBufferPointer(bytes), to: bytes)
      return true
    } catch {
      return false
    }
  }
}
