import PCI
import Primitives
import Rules
import SPDM

/// Packets that reach the device over its link.
extension ServedDevice {
  public enum Reception: Hashable, Sendable {
    /// A write was done.
    case done
    /// The completion of a read.
    case answered(IDEPacket)
    /// The rules say that it does not reach the page: UR, or dropped unseen. PCIe 6.0 section 11.2.3.
    case rejected(Guard)
    /// No window of the function is there.
    case unclaimed
    /// The cipher did not open it, or it passed a write; the stream is insecure from here on. PCIe 6.0 section 6.33.6.
    case insecure(IDEChannel.Failure)
    /// No key is in use for it.
    case noKey
  }

  /// What became of a packet at the cipher, before anybody asked what it wants.
  public enum Opened: Hashable, Sendable {
    case packet(TransactionPacket, set: KeySlot.KeySet)
    case noKey
    case insecure(IDEChannel.Failure)
  }

  /// A packet on a protected stream. First the cipher, then the rules: what does not open is nobody's request.
  public mutating func receive(_ packet: IDEPacket) -> Reception {
    switch open(packet) {
    case .packet(let opened, let set): perform(opened, tBit: packet.tBit, stream: packet.stream, set: set)
    case .noKey: .noKey
    case .insecure(let why): .insecure(why)
    }
  }

  /// Opens a packet and does nothing that it asks for. One that does not open, or passed a write, is the end of its stream.
  public mutating func open(_ packet: IDEPacket) -> Opened {
    guard let kind = KeySlot.SubStream(rawValue: packet.subStream.rawValue) else { return .noKey }
    let slot = KeySlot(set: packet.keySet & 1 == 0 ? .first : .second, direction: .receive, subStream: kind)
    let opened: TransactionPacket?
    do {
      opened = try streams[packet.stream]?.withChannel(slot) { (channel: inout IDEChannel) throws(IDEChannel.Failure) in try channel.open(packet) }
    } catch {
      breakStream(packet.stream)
      return .insecure(error)
    }
    guard let opened else { return .noKey }
    guard streams[packet.stream]?.takesInOrder(packet, slot.set) == true else {
      breakStream(packet.stream)
      return .insecure(.order)
    }
    return .packet(opened, set: slot.set)
  }

  /// A packet of the device's own, or its answer; nil where no key is in use for it.
  public mutating func seal(_ packet: TransactionPacket, stream: UInt8, tBit: Bool, set: KeySlot.KeySet = .first) -> IDEPacket? {
    guard let kind = KeySlot.SubStream(rawValue: packet.subStream.rawValue) else { return nil }
    let sealed = try? streams[stream]?.withChannel(KeySlot(set: set, direction: .transmit, subStream: kind)) {
      (channel: inout IDEChannel) throws(IDEChannel.Failure) in try channel.seal(packet, stream: stream, keySet: set.rawValue, tBit: tBit)
    }
    return sealed ?? nil
  }

  /// Insecure: its keys are gone, and what was bound to it is in error at once.
  mutating func breakStream(_ stream: UInt8) {
    streams[stream]?.wipe()
    becameInsecure(stream)
  }

  /// Where a request ends, by windows and pages and T bits.
  public enum Judgement: Hashable, Sendable {
    case taken(function: Int, bar: Int, offset: UInt64)
    case rejected(Guard)
    case unclaimed
  }

  /// What the device makes of a request that was opened; nothing is done. PCIe 6.0 section 11.2.3.
  public func judge(_ packet: TransactionPacket, tBit: Bool, stream: UInt8) -> Judgement {
    let address: UInt64
    switch packet {
    case .write(_, let to, _): address = to
    case .read(_, _, let from, _): address = from
    // The device asked nothing.
    case .completion: return .unclaimed
    }
    for i in functions.indices {
      guard functions[i].registers.decodesMemory,
        let bar = functions[i].registers.bars.first(where: { $0.range?.contains(HostPhysicalAddress(address)) == true })
      else { continue }
      let offset = address - bar.address.rawValue
      let isTEE = functions[i].isTEE(bar: bar.index, offset: offset)
      let request = MemoryRequest(isTEEPage: isTEE, tBit: tBit, isOnBoundStream: functions[i].terms?.stream == stream)
      if let why = functions[i].interface.receive(request, under: law).refusal { return .rejected(why) }
      return .taken(function: i, bar: bar.index, offset: offset)
    }
    return .unclaimed
  }

  private mutating func perform(_ packet: TransactionPacket, tBit: Bool, stream: UInt8, set: KeySlot.KeySet) -> Reception {
    switch judge(packet, tBit: tBit, stream: stream) {
    case .rejected(let why): return .rejected(why)
    case .unclaimed: return .unclaimed
    case .taken(let i, let bar, let offset):
      switch packet {
      case .write(_, _, let data):
        functions[i].store(bar, offset, data)
        return .done
      case .read(let requester, let tag, _, let count):
        let data = functions[i].load(bar, offset, Int(min(count, UInt32(TransactionPacket.dataLimit))))
        let completion = TransactionPacket.completion(completer: functions[i].id, requester: requester, tag: tag, data: data)
        guard let sealed = seal(completion, stream: stream, tBit: tBit, set: set) else { return .noKey }
        return .answered(sealed)
      case .completion: return .unclaimed
      }
    }
  }
}

extension ServedFunction {
  /// In eights, then in ones of zero: registers are of eight bytes, and what is no register reads as zero.
  func load(_ bar: Int, _ offset: UInt64, _ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let value = engine.read(bar: bar, offset + UInt64(bytes.count), width: 8)
      bytes += (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
    return Array(bytes.prefix(count))
  }

  /// Whole registers only, as a driver writes them.
  mutating func store(_ bar: Int, _ offset: UInt64, _ data: [UInt8]) {
    for start in stride(from: 0, to: data.count - data.count % 8, by: 8) {
      let value = (0..<8).reduce(UInt64(0)) { $0 | UInt64(data[start + $1]) << (8 * UInt64($1)) }
      _ = engine.write(bar: bar, offset + UInt64(start), width: 8, value)
    }
  }
}
