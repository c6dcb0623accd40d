import Devices
import PCI
import Primitives
import SPDM
import TEE

/// One device's link under the keys of its stream: the root port, which has what the module programmed, and the device, which has what
/// arrived. Nothing of it is in a log: keys are drawn anew in every run.
final class MachineLink: ProtectedLink {
  private unowned let machine: Machine
  private let d: UInt8
  private var root: RootPort
  private var tag: UInt16 = 0
  /// Packets that were opened at their other end.
  private(set) var packets: UInt64 = 0

  /// Nil unless these are the six keys of one set.
  init?(_ machine: Machine, _ d: UInt8, _ keys: [KeyProgram], _ routing: StreamRouting) {
    guard let root = RootPort(keys, routing: routing) else { return nil }
    (self.machine, self.d, self.root) = (machine, d, root)
  }

  /// The host bridge, for which the processors speak.
  static let host = RequesterID(rawValue: 0)

  func carries(tBit: Bool) -> Bool { root.routing.carries(tBit: tBit) }

  // MARK: what processors and peers ask of the device

  /// A read of the device's windows, which `answer` carries out there, or to which it says no: then the completion is without data. Nil where
  /// a packet did not open.
  func reads(_ requester: RequesterID, _ address: UInt64, _ count: Int, tBit: Bool, _ answer: (TransactionPacket) -> [UInt8]) -> [UInt8]? {
    tag &+= 1
    let question = TransactionPacket.read(requester: requester, tag: tag, address: address, count: UInt32(truncatingIfNeeded: count))
    guard let asked = down(question, tBit), asked == question else { return nil }
    let completion = TransactionPacket.completion(completer: machine.id(d), requester: requester, tag: tag, data: answer(asked))
    guard case .completion(_, requester, tag, let data)? = up(completion, tBit) else { return nil }
    return data
  }

  /// A write to the device's windows: what came out there.
  func writes(_ requester: RequesterID, _ address: UInt64, _ data: [UInt8], tBit: Bool) -> TransactionPacket? {
    let packet = TransactionPacket.write(requester: requester, address: address, data: data)
    guard let opened = down(packet, tBit), case .write(requester, address, let found) = opened, found.count == data.count else { return nil }
    return opened
  }

  // MARK: what the device asks of memory

  func deviceReads(_ bytes: UnsafeMutableRawBufferPointer, at address: UInt64, tBit: Bool) -> Bool {
    inPackets(bytes, at: address) { piece, at in
      tag &+= 1
      let question = TransactionPacket.read(requester: machine.id(d), tag: tag, address: at, count: UInt32(piece.count))
      guard up(question, tBit) == question else { return nil }
      let completion = TransactionPacket.completion(completer: Self.host, requester: machine.id(d), tag: tag, data: Array(piece))
      guard case .completion(_, _, tag, let data)? = down(completion, tBit) else { return nil }
      return data
    }
  }

  func deviceWrites(_ bytes: UnsafeMutableRawBufferPointer, at address: UInt64, tBit: Bool) -> Bool {
    inPackets(bytes, at: address) { piece, at in
      guard case .write(_, at, let data)? = up(.write(requester: machine.id(d), address: at, data: Array(piece)), tBit) else { return nil }
      return data
    }
  }

  /// As many packets as it takes, none over a boundary of what one may carry; what came out takes the place of what went in.
  private func inPackets(
    _ bytes: UnsafeMutableRawBufferPointer, at address: UInt64, _ carry: (UnsafeRawBufferPointer, UInt64) -> [UInt8]?
  ) -> Bool {
    let limit = TransactionPacket.dataLimit
    var done = 0
    while done < bytes.count {
      let at = address &+ UInt64(done)
      let piece = UnsafeMutableRawBufferPointer(rebasing: bytes[done..<min(bytes.count, done + limit - Int(at % UInt64(limit)))])
      guard let opened = carry(UnsafeRawBufferPointer(piece), at), opened.count == piece.count else { return false }
      piece.copyBytes(from: opened)
      done += piece.count
    }
    return true
  }

  // MARK: one packet

  /// From the root port to the device. What does not open breaks the stream at the device.
  private func down(_ packet: TransactionPacket, _ tBit: Bool) -> TransactionPacket? {
    guard let sealed = seal(packet, tBit) else { return nil }
    guard case .packet(let opened, _)? = machine.deliver(sealed, to: d) else { return nil }
    packets += 1
    return opened
  }

  /// From the device to the root port.
  private func up(_ packet: TransactionPacket, _ tBit: Bool) -> TransactionPacket? {
    guard let sealed = machine.ends[Int(d)]?.device.seal(packet, stream: Machine.stream, tBit: tBit), let opened = try? root.receive(sealed)
    else { return nil }
    packets += 1
    return opened
  }

  /// The next packet of the root port, sealed: for `down`, and for whoever sits on the link.
  func seal(_ packet: TransactionPacket, _ tBit: Bool) -> IDEPacket? { try? root.send(packet, tBit: tBit) }
}
