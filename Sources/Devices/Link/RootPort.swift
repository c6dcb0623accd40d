import PCI
import SPDM

extension IDEChannel {
  /// With a key as IDE_KM carries it.
  init?(_ key: Secret, _ initial: Secret, _ subStream: KeySlot.SubStream) {
    guard let subStream = IDESubStream(rawValue: subStream.rawValue) else { return nil }
    let field = initial.withUnsafeBytes { Array($0) }
    let made = key.withUnsafeBytes { IDEChannel(key: Array($0), initial: field, subStream: subStream) }
    guard let made else { return nil }
    self = made
  }
}

/// The other end of a device's link: it has the keys that were programmed into the device, each the other way round.
public struct RootPort: Sendable {
  public let stream: UInt8
  public var routing: StreamRouting
  private let keySet: KeySlot.KeySet
  private var outgoing: [KeySlot.SubStream: IDEChannel] = [:]
  private var incoming: [KeySlot.SubStream: IDEChannel] = [:]
  private var posted = PostedCount()

  /// Nil unless these are the six keys of one set of one stream.
  public init?(_ keys: [KeyProgram], routing: StreamRouting = .all) {
    guard let first = keys.first?.target, Set(keys.map(\.target.slot)) == Set(KeySlot.six(first.slot.set)),
      keys.allSatisfy({ $0.target.stream == first.stream })
    else { return nil }
    (stream, keySet, self.routing) = (first.stream, first.slot.set, routing)
    for key in keys {
      let channel = IDEChannel(key.key, key.initial, key.target.slot.subStream)
      if key.target.slot.direction == .receive {
        outgoing[key.target.slot.subStream] = channel
      } else {
        incoming[key.target.slot.subStream] = channel
      }
    }
  }

  /// `notRouted`, and no count is used, where the platform sends such a packet beside the stream.
  public mutating func send(_ packet: TransactionPacket, tBit: Bool) throws(IDEChannel.Failure) -> IDEPacket {
    guard routing.carries(tBit: tBit) else { throw .notRouted }
    guard let kind = KeySlot.SubStream(rawValue: packet.subStream.rawValue), var channel = outgoing[kind] else { throw .malformed }
    let sealed = try channel.seal(packet, stream: stream, keySet: keySet.rawValue, tBit: tBit, postedBefore: posted.value)
    outgoing[kind] = channel
    if kind == .posted { posted.advance() }
    return sealed
  }

  public mutating func receive(_ packet: IDEPacket) throws(IDEChannel.Failure) -> TransactionPacket {
    guard packet.stream == stream, let kind = KeySlot.SubStream(rawValue: packet.subStream.rawValue), var channel = incoming[kind] else {
      throw .malformed
    }
    let opened = try channel.open(packet)
    incoming[kind] = channel
    // It was the device's, and counts; the host bridge does not pass it on.
    guard routing.carries(tBit: packet.tBit) else { throw .notRouted }
    return opened
  }
}
