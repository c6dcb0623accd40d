import Foundation
import Documents
import Primitives
import Testing

import PCI

/// Thousands of damaged dumps: each is read or refused, none harms the process, and every reader of the result copes.
@Suite struct DumpFuzzing {
  /// The head of the built-in dump (it has 256 bytes and all the text) and the whole.
  static let corpus = [Dumps.text.components(separatedBy: "\n100: ")[0] + "\n", Dumps.text]

  @Test(arguments: 0..<4) func damagedText(seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    let whole = seed == 0
    let original = Array(Self.corpus[whole ? 1 : 0].utf8)
    for _ in 0..<(whole ? 100 : 400) {
      var bytes = original
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...127, using: &random)
        case 1: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...40, using: &random)))
        default:
          bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 60)], at: Int.random(in: 0...bytes.count, using: &random))
        }
      }
      exercise(String(decoding: bytes, as: UTF8.self))
    }
  }

  /// The bytes of the function change and the form stays, so that the walks and decoders see nonsense.
  @Test(arguments: 4..<8) func damagedBytes(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let dump = try BuiltInDump.read()
    for _ in 0..<1000 {
      var bytes = dump.space.bytes
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let interesting = [0x06, 0x0E, 0x34, 0x41, 0x72, 0xB2, 0x102, 0x103, 0x14A, 0x204, 0x205, 0x206, 0x20C]
        let at =
          Bool.random(using: &random)
          ? interesting[Int.random(in: 0..<interesting.count, using: &random)] : Int.random(in: 0..<0x240, using: &random)
        bytes[at] = UInt8.random(in: 0...255, using: &random)
      }
      let space = ConfigurationSpace(bytes: Array(bytes.prefix(Bool.random(using: &random) ? 4096 : 256)))
      let walk = CapabilityWalk(space)
      let bars = BaseAddressRegister.decode(space, sizes: [0: UInt64.random(in: 0...UInt64.max, using: &random), 5: 1 << 40])
      _ = BARFault.check(bars, sizes: [0: 1, 9: 2]).map(\.description)
      _ = WriteMasks(space, capabilities: walk, bars: bars)
      for capability in walk.capabilities { _ = (capability.detail(in: space), capability.size(in: space)) }
    }
  }

  private func exercise(_ text: String) {
    for address in ConfigurationSpaceDump.addresses(in: text).prefix(2) {
      guard let dump = try? ConfigurationSpaceDump(text: text, file: "fuzz", address: address) else { continue }
      #expect(!DeviceReport(dump).text.isEmpty)
      var registers = FunctionRegisters(dump)
      for offset in stride(from: 0, to: 256, by: 4) { registers.write(offset, width: 4, .max) }
      registers.functionLevelReset()
    }
  }
}
