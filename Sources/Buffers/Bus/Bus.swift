import Primitives
import Synchronization

/// Who answers at which physical address, for the buffers of this process: what a device's request meets behind its translation.
///
/// Threads: any. It is asked under the lock of an importer's page tables, so that a translation and the access that it is for are one.
public final class Bus: Sendable {
  private struct Window {
    var range: AddressRange<HostPhysicalAddress>
    var backing: Backing
    /// Where the window begins in the backing.
    var offset: UInt64
    /// Whether its addresses are the bus's to give to another: not those of a BAR.
    var isMemory: Bool
  }
  private struct State {
    /// By address.
    var windows: [Window] = []
    var frames: SystemFrames
  }
  private let state: Mutex<State>
  /// How the machine encrypts memory.
  public let encryption: MemoryEncryptionMode
  private let keys: MemoryKeys?
  public let topology: Topology
  private let tally = Mutex(HintTally())

  /// - `start`: the first address that `place` may give, of whole pages; below 2^51.
  /// - `encryption`: on a machine that encrypts, every access says whether it has the encrypted bit, and all memory lies below that bit.
  /// - `seed`: what the keys follow from.
  /// - `keepsDecrypted`: bytes of memory that nobody uses and that stay decrypted for the next buffer, at most.
  /// - `topology`: what devices go by that add hints to their requests.
  public init(
    from start: HostPhysicalAddress = HostPhysicalAddress(0x1_0000_0000), encryption: MemoryEncryptionMode = .none, seed: UInt64 = 1,
    keepsDecrypted: UInt64 = 64 << 20, topology: Topology = Topology()
  ) {
    (self.encryption, self.topology) = (encryption, topology)
    keys = encryption == .none ? nil : MemoryKeys(seed: seed)
    let next = min(start.rawValue & ~4095, 1 << 51)
    state = Mutex(State(frames: SystemFrames(from: next, to: encryption.addressLimit, mostKept: keepsDecrypted)))
  }

  /// Gives a backing an address of its own, aligned to the largest page that it could fill.
  /// - Throws: `.noRoom` above 52 bits or at the encrypted bit, `.badRange` for what is not whole pages.
  public func place(_ backing: Backing) throws(BufferError) -> AddressRange<HostPhysicalAddress> { try place(backing, decrypted: false) }

  private func place(_ backing: Backing, decrypted isDecrypted: Bool) throws(BufferError) -> AddressRange<HostPhysicalAddress> {
    let size = backing.size
    guard size > 0, size & 4095 == 0 else { throw BufferError(.badRange, "\(size) bytes are not whole pages") }
    let placed = state.withLock { state -> AddressRange<HostPhysicalAddress>? in
      guard let range = state.frames.take(size, decrypted: isDecrypted) else { return nil }
      Self.insert(Window(range: range, backing: backing, offset: 0, isMemory: true), &state)
      return range
    }
    guard let placed else { throw BufferError(.noRoom, "no \(size) bytes of addresses") }
    if let keys {
      do throws(BufferError) { try backing.enter(at: placed.start.rawValue, keys) } catch {
        remove(backing)
        throw error
      }
    }
    return placed
  }

  /// Memory of the system for a buffer. Where the machine encrypts, and the memory is not to be, its frames were decrypted before, if there are
  /// such. Where it is to be encrypted it has zeros for whoever reads it with the bit.
  /// - Parameter isCleared: false where all of it is written before anybody reads.
  /// - Throws: `.noRoom`, `.badRange`, `.noAnswer`.
  func placeMemory(
    _ backing: Backing, encrypted isEncrypted: Bool, cleared isCleared: Bool = true
  ) throws(BufferError) -> AddressRange<HostPhysicalAddress> {
    let range = try place(backing, decrypted: keys != nil && !isEncrypted)
    guard isEncrypted, isCleared, keys != nil else { return range }
    do throws(BufferError) { try backing.clearEncrypted() } catch {
      remove(backing)
      throw error
    }
    return range
  }

  /// Memory that was decrypted, as it is at this moment: what buffers have of it, what is kept, and how often it was converted.
  public var decryptedPages: DecryptedPages { state.withLock { $0.frames.decrypted } }

  /// Memory is short: what is kept decrypted beyond so many bytes is encrypted again, and anybody's.
  public func shrinkDecryptedPages(to bytes: UInt64 = 0) { state.withLock { $0.frames.shrink(to: bytes) } }

  /// Lets a part of a backing answer at an address that something else decided: a BAR.
  /// - Throws: `.badRange` where somebody answers already, or the part is outside of the backing.
  public func add(_ backing: Backing, at range: AddressRange<HostPhysicalAddress>, from offset: UInt64 = 0) throws(BufferError) {
    let isFree = state.withLock { state in
      guard offset <= backing.size, range.length <= backing.size - offset, !state.windows.contains(where: { $0.range.overlaps(range) }) else {
        return false
      }
      Self.insert(Window(range: range, backing: backing, offset: offset, isMemory: false), &state)
      return true
    }
    if !isFree { throw BufferError(.badRange, "\(range) is taken, or not in the backing") }
    if let keys { try backing.enter(at: range.start.rawValue &- offset, keys) }
  }

  /// From here on nobody answers for that backing. Addresses that `place` gave may be another's.
  public func remove(_ backing: Backing) {
    state.withLock { state in
      for window in state.windows where window.isMemory && window.backing === backing { state.frames.give(window.range) }
      state.windows.removeAll { $0.backing === backing }
    }
  }

  private static func insert(_ window: Window, _ state: inout State) {
    state.windows.insert(window, at: state.windows.partitioningIndex { $0.range.start >= window.range.start })
  }

  /// Reads bytes that lie in one window.
  /// - Parameters:
  ///   - address: of the first byte.
  ///   - count: bytes.
  ///   - encrypted: whether the request has the encrypted bit, by the table that it came through or in its address.
  ///   - hints: what comes with it, of a device that gives any.
  /// - Throws: `.noAnswer` where nobody is, or access was cut.
  public func read(
    _ address: HostPhysicalAddress, count: Int, encrypted: Bool = false, hints: RequestHints? = nil
  ) throws(BufferError) -> [UInt8] {
    let (backing, offset) = try find(address)
    if let hints { tally.withLock { $0.note(hints) } }
    return try backing.read(at: offset, count: count, encrypted: encrypted)
  }

  /// - Throws: `.noAnswer`.
  public func write(
    _ bytes: [UInt8], at address: HostPhysicalAddress, encrypted: Bool = false, hints: RequestHints? = nil
  ) throws(BufferError) {
    let (backing, offset) = try find(address)
    if let hints { tally.withLock { $0.note(hints) } }
    try backing.write(bytes, at: offset, encrypted: encrypted)
  }

  /// The hints of all requests so far that had any.
  public var hintTally: HintTally { tally.withLock { $0 } }

  private func find(_ address: HostPhysicalAddress) throws(BufferError) -> (Backing, UInt64) {
    let found = state.withLock { state -> (Backing, UInt64)? in
      let index = state.windows.partitioningIndex { $0.range.end > address }
      guard index < state.windows.count, state.windows[index].range.contains(address) else { return nil }
      let window = state.windows[index]
      return (window.backing, window.offset + address.rawValue - window.range.start.rawValue)
    }
    guard let found else { throw BufferError(.noAnswer, "nobody answers at \(address)") }
    return found
  }
}
