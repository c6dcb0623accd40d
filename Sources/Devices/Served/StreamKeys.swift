import PCI
import SPDM

/// The keys of one IDE stream at the device's port: what was programmed, over which session, and what is in use. PCIe 6.0 section
/// 6.33.3.
///
/// A key belongs to the session over which it came and goes with it.
public struct StreamKeys: Sendable {
  public struct Entry: Sendable {
    public let session: SessionName
    public let key: Secret
    public let initial: Secret
    /// The packets that it protects, counted from K_SET_GO on.
    fileprivate(set) var channel: IDEChannel?
    public fileprivate(set) var life: KeyLife
    /// K_SET_GO was said.
    public var isInUse: Bool { life == .inUse }
  }

  private var entries: [KeySlot: Entry] = [:]
  /// Posted requests that were taken under a set.
  private var posted: [KeySlot.KeySet: PostedCount] = [:]
  /// The link lost or refused a packet, or the stream was taken out of use: it protects nothing until it is made anew, whatever keys
  /// are programmed into it. PCIe 6.0 section 6.33.6.
  public private(set) var hasFailed = false

  public init() {}

  public subscript(slot: KeySlot) -> Entry? { entries[slot] }
  public var isEmpty: Bool { entries.isEmpty }

  private func isOwn(_ slot: KeySlot, _ session: SessionName) -> Bool { entries[slot]?.session == session }
  private func life(_ slot: KeySlot) -> KeyLife { entries[slot]?.life ?? .absent }

  /// A key in use is not overwritten: the other set is there for that. So is one of another session.
  public mutating func program(_ message: KeyProgram, over session: SessionName) -> KeyProgramAck.Status {
    var life = life(message.target.slot)
    guard life.program(isOwn: isOwn(message.target.slot, session)).isAccepted else { return .unsupportedValue }
    entries[message.target.slot] = Entry(session: session, key: message.key, initial: message.initial, life: life)
    return .success
  }

  /// False where there is no key of this session to be used. A key that is in use already goes on counting where it is.
  public mutating func go(_ slot: KeySlot, over session: SessionName) -> Bool {
    var life = life(slot)
    switch life.go(isOwn: isOwn(slot, session)) {
    case .refused(.goOnce): return true
    case .refused: return false
    case .accepted:
      guard let there = entries[slot] else { return false }
      entries[slot]?.life = life
      entries[slot]?.channel = IDEChannel(there.key, there.initial, slot.subStream)
      if slot.direction == .receive, slot.subStream == .posted { posted[slot.set] = PostedCount() }
      return true
    }
  }

  /// The key is gone. False where there was none in use of this session.
  public mutating func stop(_ slot: KeySlot, over session: SessionName) -> Bool {
    var life = life(slot)
    guard life.stop(isOwn: isOwn(slot, session)).isAccepted else { return false }
    entries[slot] = nil
    return true
  }

  /// A session's keys are wiped with it. Whether any was in use.
  public mutating func end(_ session: SessionName) -> Bool {
    let gone = entries.filter { $0.value.session == session }
    for slot in gone.keys { entries[slot] = nil }
    return gone.values.contains(where: \.isInUse)
  }

  /// Works with the channel of a key in use; nil where there is none.
  mutating func withChannel<Result>(_ slot: KeySlot, _ body: (inout IDEChannel) throws(IDEChannel.Failure) -> Result) throws(IDEChannel.Failure)
    -> Result?
  {
    guard var channel = entries[slot]?.channel else { return nil }
    // Kept whatever becomes of it: a failure leaves the counter where it was.
    defer { entries[slot]?.channel = channel }
    return try body(&channel)
  }

  /// Whether a packet that opened comes in its turn among the posted ones; one of these is counted.
  mutating func takesInOrder(_ packet: IDEPacket, _ set: KeySlot.KeySet) -> Bool {
    if packet.subStream == .posted { posted[set, default: PostedCount()].advance() }
    return packet.subStream == .posted || posted[set, default: PostedCount()].takes(after: packet.postedBefore).isAccepted
  }

  public mutating func wipe() { (entries, posted, hasFailed) = ([:], [:], false) }
  mutating func fail() { hasFailed = true }
  /// How many keys there are, in use or not.
  public var count: Int { entries.count }

  /// Whether all six of a key set are in use, over this session. PCIe 6.0 section 11.3.8.
  public func isSecure(over session: SessionName) -> Bool {
    !hasFailed
      && KeySlot.KeySet.allCases.contains { set in
        KeySlot.six(set).allSatisfy { slot in entries[slot].map { $0.isInUse && $0.session == session } ?? false }
      }
  }

  /// Whether the stream protects anything: all six of a set, over any one session.
  public var isSecure: Bool { Set(entries.values.map(\.session)).contains { isSecure(over: $0) } }
}
