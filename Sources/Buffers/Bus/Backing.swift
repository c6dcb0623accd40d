import CLinux
import Glibc
import Synchronization

/// The bytes of a buffer: a file of their own without a name (memfd), which other processes may be given.
///
/// Its size is sealed against growing and against further seals, so that nobody who has the descriptor can keep the owner from taking its
/// pages away, or bring pages back. The owner itself never maps it to read: it uses `pread` and `pwrite`, so that a client that makes the
/// file smaller stops nobody.
///
/// On a machine that encrypts, the file has what the chips have: ciphertext where bytes were written with the encrypted bit. Every access says
/// whether it has the bit.
///
/// Threads: any.
public final class Backing: Sendable {
  public let size: UInt64

  private struct State {
    var file: Int32
    /// Somebody outside has, or had, the descriptor.
    var isShared = false
    var isClosed = false
    /// Where the machine encrypts, and the bytes have an address.
    var vault: LineVault?
  }
  private let state: Mutex<State>

  /// - Throws: `.system`, `.badRange` beyond what a file can have.
  public init(size: UInt64) throws(BufferError) {
    guard let length = Int64(exactly: size) else { throw BufferError(.badRange, "\(size) bytes") }
    self.size = size
    state = Mutex(State(file: try Self.open(length)))
  }

  deinit { state.withLock { state in _ = Glibc.close(state.file) } }

  private static func open(_ length: Int64) throws(BufferError) -> Int32 {
    let file = cofferdam_fixed_memfd("cofferdam-buffer", length)
    guard file >= 0 else { throw BufferError(.system, "memfd of \(length) bytes: error \(cofferdam_errno())") }
    return file
  }

  /// Nobody has its bytes any more.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  // MARK: The owner's bytes

  /// Reads bytes.
  /// - Parameters:
  ///   - offset: of the first byte.
  ///   - bytes: where they go; as many are read as fit.
  ///   - encrypted: whether the access has the encrypted bit; on a machine that encrypts nothing it does not matter.
  /// - Throws: `.badRange` outside of it, `.noAnswer` when it is closed or a client made it smaller.
  public func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer, encrypted: Bool = false) throws(BufferError) {
    try transfer(offset, bytes.count) { file, vault in
      if encrypted, let vault { return vault.read(file, at: offset, into: bytes) }
      return pread(file, bytes.baseAddress, bytes.count, Int(offset))
    }
  }

  public func read(at offset: UInt64, count: Int, encrypted: Bool = false) throws(BufferError) -> [UInt8] {
    guard count >= 0, UInt64(count) <= size else { throw BufferError(.badRange, "\(count) bytes of \(size)") }
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.lendMutableBytes { (raw) throws(BufferError) in try read(at: offset, into: raw, encrypted: encrypted) }
    return bytes
  }

  public func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64, encrypted: Bool = false) throws(BufferError) {
    try transfer(offset, bytes.count) { file, vault in
      if encrypted, let vault { return vault.write(file, at: offset, from: bytes) }
      vault?.forget(offset, bytes.count)
      return pwrite(file, bytes.baseAddress, bytes.count, Int(offset))
    }
  }

  public func write(_ bytes: [UInt8], at offset: UInt64, encrypted: Bool = false) throws(BufferError) {
    try bytes.lendBytes { (raw) throws(BufferError) in try write(raw, at: offset, encrypted: encrypted) }
  }

  private func transfer(_ offset: UInt64, _ count: Int, _ call: (Int32, LineVault?) -> Int) throws(BufferError) {
    guard offset <= size, UInt64(count) <= size - offset else { throw BufferError(.badRange, "\(count) bytes at \(offset) of \(size)") }
    if count == 0 { return }
    let done = state.withLock { state in state.isClosed ? 0 : call(state.file, state.vault) }
    guard done == count else { throw BufferError(.noAnswer, "\(max(done, 0)) of \(count) bytes at \(offset)") }
  }

  /// Copies all bytes to another of the same size, as a blit does that has both mapped, each with its own bit.
  func copy(to other: Backing, reading isEncrypted: Bool, writing isEncryptedThere: Bool) throws(BufferError) {
    var at: UInt64 = 0
    while at < size {
      let part = try read(at: at, count: Int(min(size - at, 1 << 20)), encrypted: isEncrypted)
      try other.write(part, at: at, encrypted: isEncryptedThere)
      at += UInt64(part.count)
    }
  }

  // MARK: Encryption

  /// The bytes have an address on a machine that encrypts. At the same address again they stay what they are.
  /// - Throws: `.system`.
  func enter(at start: UInt64, _ keys: MemoryKeys) throws(BufferError) {
    let vault = try LineVault(at: start, keys)
    state.withLock { state in if state.vault?.start != start { state.vault = vault } }
  }

  /// Other bytes of the same size, for a copy that somebody has. They are encrypted where these are, under a key of their own.
  /// - Throws: `.system`.
  func companion() throws(BufferError) -> Backing {
    let other = try Backing(size: size)
    if let vault = try state.withLock({ $0.vault })?.companion() { other.state.withLock { $0.vault = vault } }
    return other
  }

  /// Zeros for who reads with the bit. Costs what writing costs, where a file of zeros costs nothing.
  /// - Throws: `.noAnswer`.
  func clearEncrypted() throws(BufferError) {
    let zeros = [UInt8](repeating: 0, count: Int(min(size, 1 << 20)))
    var at: UInt64 = 0
    while at < size {
      let count = Int(min(size - at, UInt64(zeros.count)))
      try write(count == zeros.count ? zeros : Array(zeros[..<count]), at: at, encrypted: true)
      at += UInt64(count)
    }
  }

  // MARK: Sharing

  /// A descriptor for another process, to be closed by the caller. From now on the owner reckons with somebody outside.
  /// - Throws: `.noAnswer` when it is closed, `.system`.
  public func descriptor(writable: Bool) throws(BufferError) -> Int32 {
    let (file, error) = state.withLock { state -> (Int32, Int32) in
      if state.isClosed { return (-1, 0) }
      state.isShared = true
      let copy = writable ? fcntl(state.file, F_DUPFD_CLOEXEC, 0) : cofferdam_open_anew(state.file, O_RDONLY)
      return (copy, copy < 0 ? cofferdam_errno() : 0)
    }
    if file < 0 { throw error == 0 ? BufferError(.noAnswer, "closed") : BufferError(.system, "a descriptor: error \(error)") }
    return file
  }

  /// Maps the file; the caller unmaps. Nil when it is closed or the kernel refuses.
  func map(at address: UnsafeMutableRawPointer, writable: Bool, populated: Bool) -> Bool {
    state.withLock { state in
      guard !state.isClosed else { return false }
      let flags = populated ? COFFERDAM_MAP_SHARED_FIXED_POPULATED : COFFERDAM_MAP_SHARED_FIXED
      return cofferdam_mmap(address, Int(size), writable ? COFFERDAM_PROT_READ_WRITE : COFFERDAM_PROT_READ, flags, state.file, 0) != nil
    }
  }

  /// Takes the pages from everybody who was ever given the descriptor; the owner keeps the content, in a file that nobody has.
  ///
  /// A load from a mapping of the old file raises SIGBUS from here on, in whatever process, and a read of it gives no byte.
  /// - Throws: `.system` where there is no room for the copy. Nothing is taken then.
  func takeFromOthers() throws(BufferError) {
    guard state.withLock({ $0.isShared && !$0.isClosed }) else { return }
    let fresh = try Self.open(Int64(size))
    let failure = state.withLock { state -> Int32 in
      guard Self.copy(state.file, to: fresh, Int(size)) else {
        _ = Glibc.close(fresh)
        return EIO
      }
      _ = ftruncate(state.file, 0)
      _ = Glibc.close(state.file)
      state.file = fresh
      state.isShared = false
      return 0
    }
    if failure != 0 { throw BufferError(.system, "the content could not be kept: error \(failure)") }
  }

  /// Copies what there is; holes stay holes, and what a client cut off reads as zeros.
  private static func copy(_ source: Int32, to target: Int32, _ size: Int) -> Bool {
    var chunk = [UInt8](repeating: 0, count: min(size, 1 << 20))
    var at = Int(cofferdam_next_data(source, 0))
    while at >= 0, at < size {
      let end = max(Int(cofferdam_next_hole(source, off_t(at))), at + 1)
      while at < min(end, size) {
        let wanted = min(chunk.count, min(end, size) - at)
        let got = chunk.withUnsafeMutableBytes { pread(source, $0.baseAddress, wanted, at) }
        if got < 0 { return false }
        if got == 0 { return true }
        guard chunk.withUnsafeBytes({ pwrite(target, $0.baseAddress, got, at) }) == got else { return false }
        at += got
      }
      at = Int(cofferdam_next_data(source, off_t(at)))
    }
    return true
  }

  /// No more bytes for anybody, the owner included; pages go back to the system.
  func close() {
    state.withLock { state in
      guard !state.isClosed else { return }
      state.isClosed = true
      _ = ftruncate(state.file, 0)
    }
  }
}
