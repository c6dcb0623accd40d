import Devices
import PCI
import Primitives
import Rules
import SPDM
import TEE

/// The links of a machine's devices. Where a stream is ready, what processors and device say to each other goes over it as packets.
extension Machine {
  /// A key was taken by the device; the root port has it, too.
  func keyTaken(_ key: KeyProgram, by d: UInt8) { rootKeys[Int(d)].append(key) }

  /// The stream's keys are all in use, or it protects nothing any more.
  func followLink(_ d: UInt8, _ effect: Effect) {
    guard effect.changed(.stream, Int(d)) || effect.changed(.streamIsInsecure, Int(d)) else { return }
    let isReady = effect.after[stream: d] == .ready && !effect.after.flag(.streamIsInsecure, d)
    if isReady {
      links[Int(d)] = MachineLink(self, d, rootKeys[Int(d)], file.routing)
    } else {
      links[Int(d)] = nil
    }
    if effect.after[stream: d] == .absent { rootKeys[Int(d)] = [] }
  }

  /// Which way a request takes. With T=1 there is no way beside a stream.
  func path(_ d: UInt8, tBit: Bool) -> LinkPath {
    guard evidenceSource == .session else { return .plain }
    guard let link = links[Int(d)] else { return tBit ? .cut : .plain }
    return link.carries(tBit: tBit) ? .protected(link) : .plain
  }

  /// Packets that were opened at the other end of the device's link, since its stream was made ready.
  public func packets(of d: UInt8) -> UInt64 { links[Int(d)]?.packets ?? 0 }

  /// Another key in a slot of the root port than in the device's: for tests of what that comes to.
  package func replaceRootKey(_ slot: KeySlot, of d: UInt8) {
    let keys = rootKeys[Int(d)].map { key in
      guard key.target.slot == slot else { return key }
      return KeyProgram(key.target, key: Secret(bytes: [UInt8](repeating: 0xA5, count: KeyProgram.keyByteCount)), initial: key.initial) ?? key
    }
    links[Int(d)] = MachineLink(self, d, keys, file.routing)
  }

  /// A packet of the root port reaches the device, which opens it and does nothing yet.
  func deliver(_ packet: IDEPacket, to d: UInt8) -> ServedDevice.Opened? { ends[Int(d)]?.device.open(packet) }

  /// Over the device's link where a stream carries it, and there, or not at all: a load by a processor, or by a peer, of which the platform is
  /// taken to hang each device on a root port of its own. Below a common switch that does not redirect, a peer's request would reach the
  /// device beside the stream, with T=0 in effect as well (PCIe 6.0 sections 6.12.3 and 11.2.3).
  ///
  /// - Returns: ones where no packet opened, or the device does not take it.
  func load(_ target: HostPhysicalAddress, width: Int, _ d: UInt8, tBit: Bool, by requester: RequesterID = MachineLink.host, isRejected: Bool = false)
    -> UInt64
  {
    let ones: UInt64 = width >= 8 ? .max : (1 << UInt64(8 * max(width, 0))) - 1
    guard case .protected = path(d, tBit: tBit), let link = links[Int(d)] else { return isRejected ? ones : hardware.load(target, width: width) }
    let data = link.reads(requester, target.rawValue, width, tBit: tBit) { question in
      self.compare(question, tBit: tBit, d, isRejected: isRejected)
      guard !isRejected else { return [] }
      let value = self.hardware.load(target, width: width)
      return (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
    guard let data, data.count == (isRejected ? 0 : width) else {
      lostOnLink(d, "a load at \(target)")
      return ones
    }
    return isRejected ? ones : data.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The same for a store; lost where no packet opened, or the device does not take it.
  func store(
    _ target: HostPhysicalAddress, width: Int, _ value: UInt64, _ d: UInt8, tBit: Bool, by requester: RequesterID = MachineLink.host,
    isRejected: Bool = false
  ) {
    var value = value
    if case .protected = path(d, tBit: tBit), let link = links[Int(d)] {
      let data = (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
      guard let opened = link.writes(requester, target.rawValue, data, tBit: tBit), case .write(_, _, let found) = opened else {
        return lostOnLink(d, "a store at \(target)")
      }
      compare(opened, tBit: tBit, d, isRejected: isRejected)
      value = found.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    if !isRejected { _ = hardware.store(target, width: width, value) }
  }

  /// The device has the packet, and makes of it by its own windows, pages and state what the rules made of the request. A page that reaches
  /// nobody comes to no link.
  private func compare(_ packet: TransactionPacket, tBit: Bool, _ d: UInt8, isRejected: Bool) {
    follow(d, world)
    let found = ends[Int(d)]?.device.judge(packet, tBit: tBit, stream: Self.stream)
    let agrees = if case .taken? = found { !isRejected } else if case .rejected? = found { isRejected } else { false }
    guard !agrees else { return }
    let (rules, device) = (isRejected ? "reject" : "allow", found.map { "\($0)" } ?? "nobody there")
    differ(d, world, "the rules \(rules) a request with T=\(tBit ? 1 : 0) at \(id(d)), the device makes of it: \(device)")
  }

  /// An interrupt on its way to the host: a posted write of four bytes, behind whatever the device wrote before. PCIe 6.0 section 6.1.4.
  /// False where it does not arrive.
  func deliver(_ message: InterruptMessage, from d: UInt8, tBit: Bool) -> Bool {
    switch path(d, tBit: tBit) {
    case .plain: return true
    case .cut: return false
    case .protected(let link):
      var data = (0..<4).map { UInt8(truncatingIfNeeded: message.data >> (8 * UInt32($0))) }
      let sent = data
      let arrives = data.withUnsafeMutableBytes { link.deviceWrites($0, at: message.address, tBit: tBit) } && data == sent
      if !arrives { lostOnLink(d, "an interrupt") }
      return arrives
    }
  }

  /// Nobody was on the link: what does not open then is a defect of this program, and said in every run.
  func lostOnLink(_ d: UInt8, _ what: String) {
    guard book.law == Law() else { return }
    troubles.append("\(what) of \(id(d)) did not open at the other end of its link")
  }
}
