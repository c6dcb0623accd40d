import Glibc
import Synchronization

/// Another process, from the owner's side: what it was given, and what it owes.
///
/// However it ends, with a farewell or with SIGKILL, its end of the socket closes: `channel.receive` says so, and `end` gives back what it held
/// and signals its fences with `.producerDied`. A process that it left behind with a copy of the socket keeps that from being seen.
public final class Client: Sendable {
  public let name: String
  public let channel: Channel

  private struct State: ~Copyable {
    var holds: [Held] = []
    /// Nil once it has ended: nothing is given to it then, and nothing owed.
    var fences: FenceProducer?
  }
  /// An array takes no handles.
  private final class Held: Sendable {
    let handle: BufferHandle, name: String
    init(_ handle: consuming BufferHandle, _ name: String) {
      self.handle = handle
      self.name = name
      self.handle.buffer.enterClaim(of: name)
    }
    deinit { handle.buffer.endClaim(of: name) }
  }
  private let state: Mutex<State>

  /// - `timeout`: nanoseconds after which a fence of the client's counts as lost.
  public init(_ name: String, _ channel: Channel, timeout: UInt64 = 10_000_000_000) {
    (self.name, self.channel) = (name, channel)
    state = Mutex(State(fences: FenceProducer(driver: "client", timeline: name, timeout: timeout)))
  }

  /// Sends buffers, as many in a message as fit, and keeps them for the client until it lets go.
  /// - Parameters:
  ///   - buffers: of which it gets descriptors.
  ///   - writable: whether it may write.
  ///   - timeout: nanoseconds; a client that does not read keeps nobody longer than that.
  /// - Throws: what `Buffer.descriptor` does, `.system` if the client is gone, `.late` if it does not read. What went in messages before is given.
  public func give(_ buffers: [Buffer], writable: Bool = true, timeout: UInt64 = 10_000_000_000) throws(BufferError) {
    let end = MonotonicTime.now.advanced(by: timeout)
    var rest = buffers[...]
    while !rest.isEmpty {
      let batch = rest.prefix(Channel.mostDescriptors)
      rest = rest.dropFirst(batch.count)
      var files: [Int32] = []
      defer { for file in files { close(file) } }
      for buffer in batch { files.append(try buffer.descriptor(writable: writable)) }
      var claims: [Held] = []
      for buffer in batch {
        guard let handle = buffer.handle() else { throw BufferError(.revoked, "it is released", buffer: buffer.label) }
        claims.append(Held(handle, "client \(name)"))
      }
      let lives = state.withLock { state in
        if state.fences != nil { state.holds += claims }
        return state.fences != nil
      }
      guard lives else { throw BufferError(.system, "the client \(name) is gone") }
      do throws(BufferError) {
        try channel.send(Parcel.encode(batch.map { Parcel.Item(name: $0.label, size: $0.size, isWritable: writable) }), files, until: end)
      } catch {
        // The kernel took all of the message or nothing. Claims end without our lock.
        let kept = claims
        state.withLock { state in state.holds.removeAll { held in kept.contains { $0 === held } } }
        throw error
      }
    }
  }

  /// The client says that it is done with a buffer: one of the claims that it has on it is given back.
  /// - Returns: false if it has none.
  @discardableResult public func takeBack(_ buffer: Buffer) -> Bool {
    let gone = state.withLock { state -> Held? in
      guard let index = state.holds.lastIndex(where: { $0.handle.buffer === buffer }) else { return nil }
      return state.holds.remove(at: index)
    }
    // The last claim releases the buffer, without our lock.
    return gone != nil
  }

  /// A fence that the client owes. A `FencePort` signals it when the client says so, if it was opened there before any later one.
  /// - Returns: a fence that has failed already if the client is gone.
  public func owedFence() -> Fence {
    state.withLock { state in
      switch state.fences {
      case .some(let producer): producer.emit()
      case .none: Fence.failed(.producerDied)
      }
    }
  }

  /// How many buffers it holds.
  public var holdCount: Int { state.withLock { $0.holds.count } }

  /// It is gone: what it held is given back, and what it owed is signalled with an error.
  public func end() {
    var gone: [Held] = []
    var fences: FenceProducer?
    state.withLock { state in
      swap(&gone, &state.holds)
      fences = state.fences.take()
    }
    // Signals and releases run without our lock.
    if let fences { fences.abandon(.producerDied) }
    gone.removeAll()
  }

  deinit { end() }
}
