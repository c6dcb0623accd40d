import Primitives
import Testing

import SPDM

/// Thousands of damaged messages: each is read or refused, and what is read is a message that can be written and read.
@Suite struct MessageFuzzing {
  static func damaged(_ original: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      guard !bytes.isEmpty else { break }
      // Lengths and counts are at the front.
      let end = Bool.random(using: &random) ? min(bytes.count, 48) : bytes.count
      let at = Int.random(in: 0..<end, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][Int.random(in: 0..<5, using: &random)]
      case 3: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...9, using: &random)))
      default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 9)], at: at)
      }
    }
    return bytes
  }

  @Test(arguments: 0..<8) func damagedMessages(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let samples = try Samples.all()
    var read = 0
    for _ in 0..<2500 {
      let sample = samples[Int.random(in: 0..<samples.count, using: &random)]
      let bytes = Self.damaged(sample.bytes, &random)
      // Sometimes in another form than it was written in.
      let form = Bool.random(using: &random) ? sample.form : samples[Int.random(in: 0..<samples.count, using: &random)].form
      _ = try? MessageCatalogue.read(padded: bytes, form: form)
      guard let message = try? MessageCatalogue.read(bytes, form: form) else { continue }
      read += 1
      let header = try MessageHeader(of: bytes)
      let again = message.bytes(version: header.version)
      #expect(again.count == bytes.count, "seed \(seed): \(bytes)")
      #expect(try MessageCatalogue.read(again, form: form).bytes(version: header.version) == again, "seed \(seed): \(bytes)")
      if let message = message as? KeyExchange { _ = try? SecuredMessageVersions(message.opaque) }
      if let message = message as? Algorithms { _ = try? AlgorithmSuite(message) }
      if let message = message as? Digests { for i in 0..<8 { _ = CertificateSlot(UInt8(i)).map { message[$0] } } }
    }
    // Damage that nothing notices is in fields of any value; that some is read shows that the test gets past the door.
    #expect(read > 100)
  }

  /// Chains, opaque elements, objects, discovery and records.
  @Test(arguments: 8..<12) func damagedFrames(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let certificate: [UInt8] = [0x30, 0x81, 0x80] + Samples.random(0x80, 1)
    let blob = try #require(UnverifiedChain.blob(root: certificate, certificates: [certificate, [0x30, 2, 5, 0]], hash: .sha384))
    #expect(try UnverifiedChain(blob: blob, hash: .sha384).certificates == [certificate, [0x30, 2, 5, 0]])
    let opaque = try SecuredMessageVersions.supported([0x1100, 0x1200]).opaque().bytes
    let object = try #require(DOEObject(.securedSPDM, Samples.random(50, 2)).bytes)
    let keys = RecordKeys(cipher: .aes256GCM, key: Secret(bytes: Samples.random(32, 3)), iv: Secret(bytes: Samples.random(12, 4)))
    let fresh = RecordChannel(session: SessionID(rawValue: 0xFFFF_FFFE), keys: keys)
    var sender = fresh
    let record = try sender.seal(Samples.random(60, 5))
    for _ in 0..<1000 {
      if let chain = try? UnverifiedChain(blob: Self.damaged(blob, &random), hash: .sha384) {
        #expect(chain.certificates.reduce(52) { $0 + $1.count } <= 0xFFFF)
      }
      if let data = try? OpaqueData(Self.damaged(opaque, &random)), let elements = try? OpaqueElements(data) {
        #expect(try elements.opaque().bytes.count == data.bytes.count)
        _ = try? SecuredMessageVersions(data)
      }
      let damagedObject = Self.damaged(object, &random)
      if let read = try? DOEObject(damagedObject) { #expect(read.bytes?.count == damagedObject.count) }
      _ = try? DOEDiscovery(damagedObject.prefix(4)).answer()
      _ = try? DOEDiscovery.Answer(damagedObject.prefix(4))
      let damagedRecord = Self.damaged(record, &random)
      var receiver = fresh
      // A record that is another one never opens, whatever became of it; the bytes of padding behind it are not its own.
      if (try? receiver.open(damagedRecord)) != nil { #expect(damagedRecord.starts(with: record)) }
    }
  }
}
