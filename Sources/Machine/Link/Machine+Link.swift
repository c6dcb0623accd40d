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

  /// A load over the device's link; ones where no packet opened.
  func load(_ target: HostPhysicalAddress, width: Int, _ d: UInt8, tBit: Bool) -> UInt64 {
    let ones: UInt64 = width >= 8 ? .max : (1 << UInt64(8 * max(width, 0))) - 1
    guard case .protected = path(d, tBit: tBit), let link = links[Int(d)] else { return hardware.load(target, width: width) }
    let data = link.hostReads(target.rawValue, width, tBit: tBit) {
      let value = self.hardware.load(target, width: width)
      return (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
    guard let data, data.count == width else {
      lostOnLink(d, "a load at \(target)")
      return ones
    }
    return data.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A store over the device's link; lost where no packet opened.
  func store(_ target: HostPhysicalAddress, width: Int, _ value: UInt64, _ d: UInt8, tBit: Bool) {
    var value = value
    if case .protected = path(d, tBit: tBit), let link = links[Int(d)] {
      let data = (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
      guard let opened = link.hostWrites(target.rawValue, data, tBit: tBit), opened.count == width else {
        return lostOnLink(d, "a store at \(target)")
      }
      value = opened.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    _ = hardware.store(target, width: width, value)
  }

  /// Nobody was on the link: what does not open then is a defect of this program, and said in every run.
  func lostOnLink(_ d: UInt8, _ what: String) {
    guard book.law == Law() else { return }
    troubles.append("\(what) of \(id(d)) did not open at the other end of its link")
  }
}
