import PCI
import Primitives
import Rules
import Testing

import Devices
import SPDM

/// IDE as bytes: what a root port sends reaches the device through the cipher or not at all.
@Suite struct Links {
  struct Ends {
    let device: InProcess
    var requester: Requester<InProcess>
    var root: RootPort
    let address: UInt64
    var nonce: Nonce?
  }

  static func ends(running: Bool = true) async throws -> Ends {
    let device = try InProcess()
    var requester = try await device.opened()
    var keys: [KeyProgram] = []
    for slot in KeySlot.six(.first) {
      let target = KeyTarget(stream: 0, slot: slot, port: 0)
      var random = SeededRandom(seed: UInt64(slot.byte) + 1)
      let bytes = (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }
      let message = try #require(KeyProgram(target, key: Secret(bytes: Array(bytes[..<32])), initial: Secret(bytes: Array(bytes[32...]))))
      #expect(try requester.program(message) == .success)
      try requester.go(target)
      keys.append(message)
    }
    var nonce: Nonce?
    if running {
      nonce = try requester.lock(LockInterface(InProcess.function, stream: 0))
      try requester.start(InProcess.function, nonce: try #require(nonce))
    }
    let bar = try #require(device.device.functions[0].registers.bars.first)
    return Ends(device: device, requester: requester, root: try #require(RootPort(keys)), address: bar.address.rawValue, nonce: nonce)
  }

  static let scratch = CopyEngineRegister.scratch.offset
  static let id = RequesterID(rawValue: 0)

  static func write(_ ends: Ends, _ value: UInt8) -> TransactionPacket {
    .write(requester: id, address: ends.address + scratch, data: [value, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func bytesTravel() async throws {
    var ends = try await Self.ends()
    for value in 1...3 as ClosedRange<UInt8> {
      #expect(ends.device.device.receive(try ends.root.send(Self.write(ends, value), tBit: true)) == .done)
      let question = TransactionPacket.read(requester: Self.id, tag: 7, address: ends.address + Self.scratch, count: 8)
      let sealed = try ends.root.send(question, tBit: true)
      guard case .answered(let answer) = ends.device.device.receive(sealed) else { throw InProcess.Missing() }
      // What is on the link is not what is said.
      #expect(answer.text != [value, 0, 0, 0, 0, 0, 0, 0])
      let expected = TransactionPacket.completion(completer: InProcess.id, requester: Self.id, tag: 7, data: [value, 0, 0, 0, 0, 0, 0, 0])
      #expect(try ends.root.receive(answer) == expected)
      // An answer is opened once.
      #expect(throws: IDEChannel.Failure.check) { try ends.root.receive(answer) }
    }
  }

  /// Each of these is found by the cipher: the stream is insecure and the interface in error, at once.
  @Test(arguments: ["replay", "drop", "swap", "bit of the text", "bit of the header", "T bit", "wrong key", "other sub-stream"])
  func attacks(name: String) async throws {
    var ends = try await Self.ends()
    let first = try ends.root.send(Self.write(ends, 1), tBit: true)
    let second = try ends.root.send(Self.write(ends, 2), tBit: true)
    var attack = first
    switch name {
    case "replay": #expect(ends.device.device.receive(first) == .done)
    case "drop", "swap": attack = second
    case "bit of the text": attack.text[0] ^= 1
    case "bit of the header": attack.header[4] ^= 1
    case "T bit": attack.tBit = false
    case "other sub-stream": attack.subStream = .nonPosted
    default:
      var channel = try #require(IDEChannel(key: [UInt8](repeating: 9, count: 32), initial: [UInt8](repeating: 0, count: 8), subStream: .posted))
      attack = try channel.seal(Self.write(ends, 1), stream: 0, keySet: 0, tBit: true)
    }
    #expect(ends.device.device.receive(attack) == .insecure(.check))
    #expect(ends.device.state == .error && ends.device.device.streams[0]?.isSecure == false)
    #expect(try ends.requester.interfaceState(InProcess.function) == 3)
    // And what is honest comes too late.
    #expect(ends.device.device.receive(first) == .noKey)
    #expect(throws: Refusal.self) { try ends.requester.start(InProcess.function, nonce: try #require(ends.nonce)) }
  }

  /// A write may overtake a read. A read that overtakes a write would see what was before: CVE-2025-9612.
  @Test func readsDoNotPassWrites() async throws {
    var fine = try await Self.ends()
    let early = try fine.root.send(.read(requester: Self.id, tag: 1, address: fine.address, count: 8), tBit: true)
    #expect(fine.device.device.receive(try fine.root.send(Self.write(fine, 5), tBit: true)) == .done)
    guard case .answered = fine.device.device.receive(early) else { throw InProcess.Missing() }

    var ends = try await Self.ends()
    let write = try ends.root.send(Self.write(ends, 5), tBit: true)
    let read = try ends.root.send(.read(requester: Self.id, tag: 1, address: ends.address, count: 8), tBit: true)
    #expect(ends.device.device.receive(read) == .insecure(.order) && ends.device.state == .error)
    #expect(ends.device.device.receive(write) == .noKey)
    // The count is authenticated, and goes round.
    var forged = try await Self.ends()
    _ = try forged.root.send(Self.write(forged, 5), tBit: true)
    var packet = try forged.root.send(.read(requester: Self.id, tag: 1, address: forged.address, count: 8), tBit: true)
    packet.postedBefore = 0
    #expect(forged.device.device.receive(packet) == .insecure(.check))
    var long = try await Self.ends()
    for i in 0..<300 { #expect(long.device.device.receive(try long.root.send(Self.write(long, UInt8(i & 0xFF)), tBit: true)) == .done) }
    guard
      case .answered = long.device.device.receive(try long.root.send(.read(requester: Self.id, tag: 1, address: long.address, count: 8), tBit: true))
    else { throw InProcess.Missing() }
  }

  /// A second K_SET_GO does not begin to count again: what was taken once would open a second time.
  @Test func countingBeginsOnce() async throws {
    var ends = try await Self.ends()
    let packet = try ends.root.send(Self.write(ends, 1), tBit: true)
    #expect(ends.device.device.receive(packet) == .done)
    for slot in KeySlot.six(.first) { try ends.requester.go(KeyTarget(stream: 0, slot: slot, port: 0)) }
    #expect(ends.device.device.receive(try ends.root.send(Self.write(ends, 2), tBit: true)) == .done)
    #expect(ends.device.device.receive(packet) == .insecure(.check))
  }

  /// Where nothing with T=0 goes over a stream, the port neither sends such a packet nor passes one on, and loses no count by it.
  @Test func routingIsThePlatforms() async throws {
    var ends = try await Self.ends(running: false)
    var strict = ends.root
    strict.routing = .trustedOnly
    #expect(throws: IDEChannel.Failure.notRouted) { try strict.send(Self.write(ends, 1), tBit: false) }
    #expect(ends.device.device.receive(try strict.send(Self.write(ends, 1), tBit: true)) == .rejected(.tlpT1Run))
    let sealed = try ends.root.send(Self.write(ends, 1), tBit: true)
    #expect(ends.device.device.receive(sealed) == .insecure(.check))
    var other = try await Self.ends(running: false)
    let read = TransactionPacket.read(requester: Self.id, tag: 1, address: other.address, count: 8)
    guard case .answered(let answer) = other.device.device.receive(try other.root.send(read, tBit: false)) else { throw InProcess.Missing() }
    other.root.routing = .trustedOnly
    #expect(throws: IDEChannel.Failure.notRouted) { try other.root.receive(answer) }
    #expect(StreamRouting.all.carries(tBit: false) && !StreamRouting.trustedOnly.carries(tBit: false))
  }

  /// Behind the cipher are the rules: an honest packet that may not be is refused and nothing breaks.
  @Test func rulesComeSecond() async throws {
    var ends = try await Self.ends(running: false)
    #expect(ends.device.device.receive(try ends.root.send(Self.write(ends, 1), tBit: true)) == .rejected(.tlpT1Run))
    #expect(ends.device.device.receive(try ends.root.send(Self.write(ends, 1), tBit: false)) == .done)
    #expect(ends.device.device.streams[0]?.isSecure == true && ends.device.state == .configUnlocked)
    var running = try await Self.ends()
    #expect(running.device.device.receive(try running.root.send(Self.write(running, 1), tBit: false)) == .rejected(.tlpT0Unlocked))
    let nowhere = TransactionPacket.write(requester: Self.id, address: 0x10, data: [1])
    #expect(running.device.device.receive(try running.root.send(nowhere, tBit: true)) == .unclaimed)
    #expect(running.device.state == .run)
  }

  @Test func sessionEndTakesTheKeys() async throws {
    var ends = try await Self.ends()
    let packet = try ends.root.send(Self.write(ends, 1), tBit: true)
    try ends.requester.end()
    #expect(ends.device.device.receive(packet) == .noKey && ends.device.state == .error)
  }

  /// Counters end: a number is never used twice.
  @Test func exhaustion() throws {
    let last = [UInt8](repeating: 0xFF, count: 8)
    var channel = try #require(IDEChannel(key: [UInt8](repeating: 1, count: 32), initial: last, subStream: .posted))
    let packet = TransactionPacket.write(requester: Self.id, address: 0, data: [])
    _ = try channel.seal(packet, stream: 0, keySet: 0, tBit: false)
    #expect(throws: IDEChannel.Failure.exhausted) { try channel.seal(packet, stream: 0, keySet: 0, tBit: false) }
    #expect(IDEChannel(key: [1], initial: last, subStream: .posted) == nil)
  }

  @Test(arguments: 50..<54) func damaged(seed: Int) async throws {
    var random = SeededRandom(seed: UInt64(seed))
    for _ in 0..<12 {
      var ends = try await Self.ends()
      for _ in 0..<4 {
        var packet = try ends.root.send(Self.write(ends, 1), tBit: true)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: packet.text = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 1: packet.check = Array(packet.check.prefix(Int.random(in: 0..<16, using: &random)))
        case 2: packet.header = Array(packet.header.dropLast(Int.random(in: 1...13, using: &random)))
        case 3: packet.stream = UInt8.random(in: 1...255, using: &random)
        default: packet.keySet ^= 1
        }
        let outcome = ends.device.device.receive(packet)
        #expect(outcome != .done, "seed \(seed): \(packet)")
      }
    }
  }
}
