import Memory
import Primitives
import Testing

/// The table in the documentation of `MemoryEncryption`, cell by cell.
@Suite struct MemoryEncryptionTests {
  let at = HPA(0x4_0000)

  @Test func theOwnerReadsWhatItWrote() throws {
    let encryption = try someEncryption()
    // Lengths and offsets on, before and after the borders of lines, pages and staging buffers.
    for (offset, count) in [(0, 64), (0, 4096), (5, 3), (60, 10), (63, 130), (1, 70_000), (0, 131_072)] as [(UInt64, Int)] {
      let start = HPA(at.rawValue + offset)
      try encryption.scrub(range(at.rawValue, 0x24000), as: alice)
      #expect(try encryption.write(plaintext(count), at: start, as: alice) == .clean)
      #expect(try encryption.read(at: start, count: count, as: alice) == MemoryRead(bytes: plaintext(count), outcome: .clean))
      // The neighbours are as they were.
      #expect(try encryption.read(at: at, count: Int(offset), as: alice).bytes == bytes(0, Int(offset)))
      #expect(try encryption.read(at: HPA(start.rawValue + UInt64(count)), count: 100, as: alice).bytes == bytes(0, 100))
    }
  }

  @Test func onTheBusThereIsOnlyCiphertext() throws {
    let encryption = try someEncryption()
    let secret = plaintext(8192)
    _ = try encryption.write(secret, at: at, as: alice)
    let seen = try encryption.ciphertext(range(at.rawValue, 8192))
    for start in stride(from: 0, to: 8192, by: 16) { #expect(seen[start..<start + 16] != secret[start..<start + 16]) }
    #expect(try encryption.memory.firstOccurrence(of: Array(secret.prefix(8))) == nil)
    // The same bytes again: another version, so another ciphertext everywhere. And another place, another ciphertext.
    _ = try encryption.write(secret, at: at, as: alice)
    let again = try encryption.ciphertext(range(at.rawValue, 8192))
    for start in stride(from: 0, to: 8192, by: 16) { #expect(seen[start..<start + 16] != again[start..<start + 16]) }
    _ = try encryption.write(bytes(0, 128), at: at, as: alice)
    let zeros = try encryption.ciphertext(range(at.rawValue, 128))
    let blocks = stride(from: 0, to: 128, by: 16).map { (start: Int) -> [UInt8] in Array(zeros[start..<start + 16]) }
    #expect(Set(blocks).count == 8)
  }

  @Test func ciphertextIsAFunctionOfKeyAndOrder() throws {
    func run() throws -> [UInt8] {
      let encryption = try someEncryption()
      _ = try encryption.write(plaintext(200), at: HPA(0x1008), as: alice)
      _ = try encryption.write(plaintext(64), at: HPA(0x2000), as: bob)
      return try encryption.ciphertext(range(0x1000, 0x2000))
    }
    #expect(try run() == run())
  }

  @Test func aHostReadIsZerosWithoutPoison() throws {
    let encryption = try someEncryption()
    _ = try encryption.write(plaintext(64), at: HPA(at.rawValue + 64), as: alice)
    _ = try encryption.write(bytes(9, 64), at: at, as: .shared)
    let seen = try encryption.read(at: at, count: 192, as: .shared)
    #expect(seen.bytes == bytes(9, 64) + bytes(0, 128))
    #expect(seen.outcome == .masked(at: at.rawValue + 64))
    #expect(try encryption.read(at: HPA(at.rawValue + 64), count: 64, as: alice).outcome == .clean)
  }

  @Test func aHostWriteTakesTheLineAndTheOwnerMeetsPoison() throws {
    let encryption = try someEncryption()
    _ = try encryption.write(plaintext(256), at: at, as: alice)
    // Eight bytes in the second line: those land, the rest of the line is what was on the bus.
    let raw = try encryption.ciphertext(range(at.rawValue, 256))
    #expect(try encryption.write(bytes(0x55, 8), at: HPA(at.rawValue + 72), as: .shared) == .clean)
    #expect(encryption.state(ofLineAt: HPA(at.rawValue + 64)).owner == .shared)
    #expect(encryption.state(ofLineAt: at).owner == alice)
    var expected = raw
    expected.replaceSubrange(72..<80, with: bytes(0x55, 8))
    #expect(try encryption.ciphertext(range(at.rawValue, 256)) == expected)

    let read = try encryption.read(at: at, count: 256, as: alice)
    #expect(read.outcome == .poisoned(at: at.rawValue + 64))
    #expect(read.bytes == plaintext(64) + bytes(0, 64) + plaintext(256).suffix(128))
    // Poison stays for every reader, until a whole line is written.
    #expect(try encryption.read(at: HPA(at.rawValue + 64), count: 1, as: alice).outcome == .poisoned(at: at.rawValue + 64))
    #expect(try encryption.read(at: HPA(at.rawValue + 64), count: 1, as: .shared).outcome == .poisoned(at: at.rawValue + 64))
    #expect(try encryption.write([1], at: HPA(at.rawValue + 70), as: alice) == .poisoned(at: at.rawValue + 64))
    #expect(try encryption.write(bytes(3, 64), at: HPA(at.rawValue + 64), as: alice) == .clean)
    #expect(try encryption.read(at: at, count: 256, as: alice).bytes[64..<128] == bytes(3, 64)[...])
  }

  @Test func anotherKeyPoisonsAndSeesNothing() throws {
    let encryption = try someEncryption()
    _ = try encryption.write(plaintext(64), at: at, as: alice)
    #expect(try encryption.read(at: at, count: 64, as: bob) == MemoryRead(bytes: bytes(0, 64), outcome: .poisoned(at: at.rawValue)))
    #expect(encryption.state(ofLineAt: at).isPoisoned)
    #expect(try encryption.write(bytes(2, 64), at: at, as: bob) == .clean)
    #expect(encryption.state(ofLineAt: at).owner == bob)
    #expect(try encryption.read(at: at, count: 64, as: bob).bytes == bytes(2, 64))
    // Untouched memory belongs to nobody, so a private read of it is a mismatch too.
    #expect(try encryption.read(at: HPA(0x9000), count: 8, as: bob).outcome == .poisoned(at: 0x9000))
    // The partial ends of a private write to memory without owner are read first, and poison; its whole lines are written.
    #expect(try encryption.write(plaintext(130), at: HPA(0xA03F), as: bob) == .poisoned(at: 0xA000))
    #expect(try encryption.read(at: HPA(0xA040), count: 64, as: bob).outcome == .clean)
    #expect(encryption.state(ofLineAt: HPA(0xA0C0)).isPoisoned)
  }

  @Test func scrubbingStartsAPageAnew() throws {
    let encryption = try someEncryption()
    _ = try encryption.write(plaintext(64), at: at, as: alice)
    _ = try encryption.read(at: at, count: 64, as: bob)
    try encryption.scrub(range(at.rawValue, pageBytes), as: bob)
    #expect(try encryption.read(at: at, count: 4096, as: bob) == MemoryRead(bytes: bytes(0, 4096), outcome: .clean))
    #expect(try encryption.ciphertext(range(at.rawValue, 4096)) != bytes(0, 4096))
    #expect(!encryption.isUntouched(try range(0, largeBytes)))
    try encryption.scrub(range(at.rawValue, pageBytes), as: .shared)
    #expect(encryption.isUntouched(try range(0, largeBytes)))
    #expect(try encryption.read(at: at, count: 4096, as: .shared).bytes == bytes(0, 4096))
    let page = try range(at.rawValue + 8, pageBytes, in: HPA.self)
    #expect(refusal { () throws(MemoryError) in try encryption.scrub(page, as: bob) } == .misaligned)
  }

  @Test func withoutAKeyNothingDecrypts() throws {
    let encryption = try someEncryption()
    _ = try encryption.write(plaintext(64), at: at, as: alice)
    encryption.removeKey(alice)
    #expect(!encryption.hasKey(alice))
    #expect(refusal { () throws(MemoryError) in _ = try encryption.read(at: at, count: 64, as: alice) } == .unknownKey)
    try encryption.setKey(alice, bytes: bytes(0x77, 16))
    #expect(try encryption.read(at: at, count: 64, as: alice).bytes != plaintext(64))
    #expect(refusal { () throws(MemoryError) in try encryption.setKey(.shared, bytes: bytes(0, 16)) } == .badKey)
    #expect(refusal { () throws(MemoryError) in try encryption.setKey(bob, bytes: bytes(0, 15)) } == .badKey)
    #expect(refusal { () throws(MemoryError) in _ = try encryption.read(at: HPA(1 << 50), count: 1, as: .shared) } == .notMemory)
    #expect(refusal { () throws(MemoryError) in _ = try encryption.read(at: at, count: .max, as: .shared) } == .notMemory)
    #expect(refusal { () throws(MemoryError) in _ = try encryption.read(at: at, count: -1, as: .shared) } == .notMemory)
  }

  @Test func otherPlatformsDifferWhereTheySay() throws {
    let snp = try someEncryption(.sevSNP)
    _ = try snp.write(plaintext(64), at: at, as: alice)
    let seen = try snp.read(at: at, count: 64, as: .shared)
    #expect(seen == MemoryRead(bytes: try snp.ciphertext(range(at.rawValue, 64)), outcome: .masked(at: at.rawValue)))
    #expect(try snp.write([1], at: at, as: .shared) == .faulted(at: at.rawValue))
    #expect(try snp.read(at: at, count: 64, as: alice).bytes == plaintext(64))
    let garbage = try snp.read(at: at, count: 64, as: bob)
    #expect(garbage.outcome == .clean && garbage.bytes != plaintext(64))

    let cca = try someEncryption(.cca)
    _ = try cca.write(plaintext(64), at: HPA(at.rawValue + 64), as: alice)
    _ = try cca.write(bytes(1, 64), at: at, as: .shared)
    let stopped = try cca.read(at: at, count: 128, as: .shared)
    #expect(stopped == MemoryRead(bytes: bytes(1, 64) + bytes(0, 64), outcome: .faulted(at: at.rawValue + 64)))

    var erratum = EncryptionPolicy.tdx
    erratum.partialSharedWritePoisons = true
    let early = try someEncryption(erratum)
    _ = try early.write(plaintext(64), at: at, as: alice)
    _ = try early.write([1], at: at, as: .shared)
    #expect(early.state(ofLineAt: at).isPoisoned)
  }

  /// Random accesses under three keys against a model of one byte array and one owner a line.
  @Test func randomAccessesAgreeWithAModel() throws {
    let encryption = try someEncryption()
    var random = SeededRandom(seed: 99)
    let size = 4 * 4096
    let base = largeBytes - UInt64(size) / 2
    var content = bytes(0, size)
    var owner = [KeyID](repeating: .shared, count: size / 64)
    for _ in 0..<400 {
      let start = Int(random.next() % UInt64(size)) & ~63
      let count = min(size - start, (1 + Int(random.next() % 40)) * 64)
      let key = KeyID(rawValue: UInt16(random.next() % 3))
      let lines = start / 64..<(start + count) / 64
      if random.next() & 1 == 0 {
        let value = bytes(UInt8(truncatingIfNeeded: random.next()), count)
        #expect(try encryption.write(value, at: HPA(base + UInt64(start)), as: key) == .clean)
        content.replaceSubrange(start..<start + count, with: value)
        for line in lines { owner[line] = key }
      } else if key == .shared || lines.allSatisfy({ owner[$0] == key }) {
        let expected = lines.flatMap { (line: Int) -> [UInt8] in
          owner[line] == key ? Array(content[line * 64..<line * 64 + 64]) : bytes(0, 64)
        }
        #expect(try encryption.read(at: HPA(base + UInt64(start)), count: count, as: key).bytes == expected)
      }
    }
  }
}
