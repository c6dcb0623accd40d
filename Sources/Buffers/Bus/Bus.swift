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
  }
  private struct State {
    /// By address.
    var windows: [Window] = []
    /// Addresses that were given back, by length.
    var free: [AddressRange<HostPhysicalAddress>] = []
    var next: UInt64
  }
  private let state: Mutex<State>
  /// How the machine encrypts memory.
  public let encryption: MemoryEncryptionMode
  private let keys: MemoryKeys?

  /// - `start`: the first address that `place` may give, of whole pages; below 2^51.
  /// - `encryption`: on a machine that encrypts, every access says whether it has the encrypted bit, and all memory lies below that bit.
  /// - `seed`: what the keys follow from.
  public init(from start: HostPhysicalAddress = HostPhysicalAddress(0x1_0000_0000), encryption: MemoryEncryptionMode = .none, seed: UInt64 = 1) {
    self.encryption = encryption
    keys = encryption == .none ? nil : MemoryKeys(seed: seed)
    state = Mutex(State(next: min(start.rawValue & ~4095, 1 << 51)))
  }

  /// Gives a backing an address of its own, aligned to the largest page that it could fill.
  /// - Throws: `.noRoom` above 52 bits or at the encrypted bit, `.badRange` for what is not whole pages.
  public func place(_ backing: Backing) throws(BufferError) -> AddressRange<HostPhysicalAddress> {
    let size = backing.size
    guard size > 0, size & 4095 == 0 else { throw BufferError(.badRange, "\(size) bytes are not whole pages") }
    let alignment = PageSize.allCases.last { $0.bytes <= size } ?? .small
    let limit = encryption.addressLimit
    let placed = state.withLock { state -> AddressRange<HostPhysicalAddress>? in
      if let index = state.free.firstIndex(where: { $0.length == size }) {
        let range = state.free.remove(at: index)
        Self.insert(Window(range: range, backing: backing, offset: 0), &state)
        return range
      }
      let start = (state.next + alignment.bytes - 1) & ~(alignment.bytes - 1)
      guard size <= limit, start <= limit - size,
        let range = AddressRange(start: HostPhysicalAddress(start), length: size)
      else { return nil }
      state.next = start + size
      Self.insert(Window(range: range, backing: backing, offset: 0), &state)
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

  /// The same, with zeros for whoever reads them with the encrypted bit, where that is asked for.
  /// - Throws: `.noRoom`, `.badRange`, `.noAnswer`.
  func place(_ backing: Backing, clearingEncrypted isEncrypted: Bool) throws(BufferError) -> AddressRange<HostPhysicalAddress> {
    let range = try place(backing)
    guard isEncrypted, keys != nil else { return range }
    do throws(BufferError) { try backing.clearEncrypted() } catch {
      remove(backing)
      throw error
    }
    return range
  }

  /// Lets a part of a backing answer at an address that something else decided: a BAR.
  /// - Throws: `.badRange` where somebody answers already, or the part is outside of the backing.
  public func add(_ backing: Backing, at range: AddressRange<HostPhysicalAddress>, from offset: UInt64 = 0) throws(BufferError) {
    let isFree = state.withLock { state in
      guard offset <= backing.size, range.length <= backing.size - offset, !state.windows.contains(where: { $0.range.overlaps(range) }) else {
        return false
      }
      Self.insert(Window(range: range, backing: backing, offset: offset), &state)
      return true
    }
    if !isFree { throw BufferError(.badRange, "\(range) is taken, or not in the backing") }
    if let keys { try backing.enter(at: range.start.rawValue &- offset, keys) }
  }

  /// From here on nobody answers for that backing.
  /// - `reuse`: whether the addresses may be given to another.
  public func remove(_ backing: Backing, reuse: Bool = true) {
    state.withLock { state in
      if reuse { state.free += state.windows.filter { $0.backing === backing }.map(\.range) }
      state.windows.removeAll { $0.backing === backing }
    }
  }

  private static func insert(_ window: Window, _ state: inout State) {
    var low = 0, high = state.windows.count
    while low < high {
      let middle = (low + high) / 2
      if state.windows[middle].range.start < window.range.start { low = middle + 1 } else { high = middle }
    }
    state.windows.insert(window, at: low)
  }

  /// Reads bytes that lie in one window.
  /// - Parameters:
  ///   - address: of the first byte.
  ///   - count: bytes.
  ///   - encrypted: whether the request has the encrypted bit, by the table that it came through or in its address.
  /// - Throws: `.noAnswer` where nobody is, or access was cut.
  public func read(_ address: HostPhysicalAddress, count: Int, encrypted: Bool = false) throws(BufferError) -> [UInt8] {
    let (backing, offset) = try find(address)
    return try backing.read(at: offset, count: count, encrypted: encrypted)
  }

  /// - Throws: `.noAnswer`.
  public func write(_ bytes: [UInt8], at address: HostPhysicalAddress, encrypted: Bool = false) throws(BufferError) {
    let (backing, offset) = try find(address)
    try backing.write(bytes, at: offset, encrypted: encrypted)
  }

  private func find(_ address: HostPhysicalAddress) throws(BufferError) -> (Backing, UInt64) {
    let found = state.withLock { state -> (Backing, UInt64)? in
      var low = 0, high = state.windows.count
      while low < high {
        let middle = (low + high) / 2
        if state.windows[middle].range.end <= address { low = middle + 1 } else { high = middle }
      }
      guard low < state.windows.count, state.windows[low].range.contains(address) else { return nil }
      let window = state.windows[low]
      return (window.backing, window.offset + address.rawValue - window.range.start.rawValue)
    }
    guard let found else { throw BufferError(.noAnswer, "nobody answers at \(address)") }
    return found
  }
}
