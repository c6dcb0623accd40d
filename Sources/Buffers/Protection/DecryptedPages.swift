import Primitives
import Synchronization

/// Pages that were decrypted before, and wait to be used again: a conversion changes the kernel's own tables and flushes caches and TLBs,
/// so it is done for many pages at a time and seldom.
///
/// Threads: any. The conversion runs under the pool's own lock, which is the last of all.
public final class DecryptedPages: Sendable {
  /// Makes a range shared, or private again (`set_memory_decrypted`, `set_memory_encrypted`).
  public typealias Conversion = @Sendable (AddressRange<HostPhysicalAddress>, _ decrypt: Bool) -> Void

  private struct State {
    var ready: [HostPhysicalAddress] = []
    var fresh: [AddressRange<HostPhysicalAddress>]
    var conversions = 0
    var lent = Set<HostPhysicalAddress>()
  }
  private let state: Mutex<State>
  private let batch: UInt64
  private let convert: Conversion

  /// - Parameters:
  ///   - ranges: encrypted memory to take pages from, of whole pages.
  ///   - batch: pages that are converted at once.
  ///   - convert: makes them shared, or private again.
  public init(from ranges: [AddressRange<HostPhysicalAddress>], batch: UInt64 = 512, _ convert: @escaping Conversion) {
    state = Mutex(State(fresh: ranges.reversed()))
    (self.batch, self.convert) = (min(max(batch, 1), 1 << 18), convert)
  }

  /// A page that is decrypted. Nil when there is no memory left.
  public func take() -> HostPhysicalAddress? {
    state.withLock { state in
      if state.ready.isEmpty { refill(&state) }
      guard let page = state.ready.popLast() else { return nil }
      state.lent.insert(page)
      return page
    }
  }

  /// Gives a page back, still decrypted.
  /// - Returns: false for one that was not lent: nothing happens then.
  @discardableResult public func give(_ page: HostPhysicalAddress) -> Bool {
    state.withLock { state in
      guard state.lent.remove(page) != nil else { return false }
      state.ready.append(page)
      return true
    }
  }

  private func refill(_ state: inout State) {
    guard let range = state.fresh.popLast() else { return }
    let length = min(range.length & ~4095, batch * 4096)
    guard length > 0, let taken = AddressRange(start: range.start, length: length) else { return }
    if let rest = AddressRange(start: taken.end, length: range.length - length), rest.length >= 4096 { state.fresh.append(rest) }
    convert(taken, true)
    state.conversions += 1
    // The lowest page is handed out first.
    for at in stride(from: length, to: 0, by: -4096) { state.ready.append(HostPhysicalAddress(taken.start.rawValue + at - 4096)) }
  }

  /// Encrypts what waits, page by page: memory is short.
  /// - Returns: how many pages it was.
  @discardableResult public func shrink() -> Int {
    state.withLock { state in
      let pages = state.ready
      state.ready = []
      for page in pages {
        guard let range = AddressRange(start: page, length: 4096) else { continue }
        convert(range, false)
        state.conversions += 1
        state.fresh.append(range)
      }
      return pages.count
    }
  }

  /// Conversions so far, either way.
  public var conversions: Int { state.withLock { $0.conversions } }
}
