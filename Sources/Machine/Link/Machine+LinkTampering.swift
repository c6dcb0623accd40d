import Devices
import PCI
import Primitives
import Rules
import SPDM
import TEE

/// What somebody who sits on the link can do with a packet. PCIe 6.0 section 6.33.5.
public enum LinkTampering: String, CaseIterable, Hashable, Sendable {
  /// A bit of the text is another.
  case flip
  /// The T bit of the prefix is another.
  case flipTBit = "flip-t-bit"
  /// It comes twice.
  case replay
  /// It does not come, and the next one does.
  case drop
  /// The next one comes before it.
  case swap
  /// One is made up, under a key of one's own.
  case forge
}

extension Machine {
  /// Somebody sits on the link of device `d`, between two packets of the root port that change nothing: writes to a register without meaning.
  /// An attempt is one event with what the device made of it; that the stream is insecure then is an event of its own.
  @discardableResult
  public func tamperLink(_ how: LinkTampering, _ d: UInt8) -> Event {
    func ignored(_ reason: String) -> Event {
      note(
        "host", lane(d), "link \(how.rawValue)", object: id(d).description, .ignored, code: "nothing",
        args: [Event.Argument("reason", reason)])
    }
    guard let link = links[Int(d)], let page = enginePage(.registers, of: d) else { return ignored("no stream protects this link") }
    let tBit = world[interface: d] == .run
    guard link.carries(tBit: tBit) else { return ignored("what has no T bit goes beside the stream") }
    let address = hardware.page(d, page).rawValue + CopyEngineRegister.scratch.offset
    let packet = TransactionPacket.write(requester: RequesterID(rawValue: 0), address: address, data: [UInt8](repeating: 0, count: 8))
    guard let first = link.seal(packet, tBit), let second = link.seal(packet, tBit) else { return lost(how, d, nil) }
    var arriving = [first]
    switch how {
    case .flip: arriving[0].text[0] ^= 1
    case .flipTBit: arriving[0].tBit.toggle()
    case .replay: arriving = [first, first]
    case .drop, .swap: arriving = [second]
    case .forge:
      var own = IDEChannel(key: [UInt8](repeating: 0x5A, count: 32), initial: [UInt8](repeating: 0, count: 8), subStream: .posted)
      if let made = try? own?.seal(packet, stream: Self.stream, keySet: 0, tBit: tBit) { arriving = [made] }
    }
    var last: ServedDevice.Opened?
    for packet in arriving { last = deliver(packet, to: d) }
    let event = lost(how, d, last)
    attempt(.streamInsecure(device: d))
    return event
  }

  /// That a packet opens which should not is a defect of this program, and said in every run.
  private func lost(_ how: LinkTampering, _ d: UInt8, _ opened: ServedDevice.Opened?) -> Event {
    guard case .insecure(let why)? = opened else {
      troubles.append("\(how.rawValue) on the link of \(id(d)) went unseen")
      return note("host", lane(d), "link \(how.rawValue)", object: id(d).description)
    }
    return note(
      "host", lane(d), "link \(how.rawValue)", object: id(d).description, .refused, code: why.rawValue,
      args: [Event.Argument("refused-by", "device")])
  }
}
