import Testing

/// Programs that hand what is one importer's to another do not compile. Where no compiler reads the built modules they cannot be tried, and are
/// skipped; `COFFERDAM_TYPECHECK` in the environment makes that a failure.
@Suite(.enabled(if: Typecheck.isPossible || Typecheck.isRequired, "no swiftc that reads the built modules")) struct AddressTypeTests {
  @Test func whatIsOneImportersIsHandedToNoOther() throws {
    let head = [
      "import Buffers",
      // An importer of one's own, whose requests are the address's, too.
      "final class NIC: Importer { let name = \"nic\", terms = ImporterTerms.rdma }",
      "extension DMAAddress where I == NIC { func send() {} }",
      "func share(",
      "  _ one: IOMMUDomain, _ other: IOMMUDomain, _ wide: RDMADevice, _ narrow: RDMADevice, _ nic: NIC, _ buffer: Buffer) throws {",
      "let mine = one.address(0x1000), key = try wide.register(buffer).key",
    ]
    let good = [
      "let mapped = try mine.map(buffer)", "try mapped.start.write([1])", "_ = try other.address(0x1000).read(count: 1)",
      "_ = try key.read(at: 0, count: 1)", "_ = mine == other.address(0x1000)",
      "let direct = try buffer.attach(wide, as: Revocable.self).map()", "_ = direct.address(of: 0)?.advanced(by: 1)",
      "nic.address(0x1000).send()",
    ]
    let bad = [
      // Nobody but the address takes it, a domain of the same type as little as another importer.
      "_ = try other.read(mine, count: 1)",
      "try other.write([1], at: mine)",
      "_ = try other.map(buffer, at: mine)",
      "_ = other.address(mine)",
      "let foreign: DMAAddress<RDMADevice> = mine",
      "_ = try wide.address(0x1000).map(buffer)",
      "mine.send()",
      // Nobody but an importer and its mappings makes one.
      "_ = DMAAddress(0x1000, of: other)",
      "_ = DMAAddress(importer: other, rawValue: mine.rawValue)",
      "var moved = mine; moved.importer = other",
      // An address of the bus is none of a domain's.
      "_ = try buffer.attach(one, as: Revocable.self).map().address(of: 0)",
      "_ = try buffer.attach(one, as: Revocable.self).map().addressList(longest: 4096)",
      // And so it is with the keys of regions.
      "_ = try narrow.read(key, at: 0, count: 1)",
      "try narrow.write([1], key, at: 0)",
      "_ = try narrow.postWrite([1], key, at: 0)",
      "_ = RDMADevice.Key(value: key.value, device: narrow)",
    ]
    #expect(try Typecheck.wrongLines(of: head + good + ["}"]) == [])
    // One at a time, so that no error hides behind another.
    for line in bad { #expect(try Typecheck.wrongLines(of: head + good + [line, "}"]) == [head.count + good.count + 1], "\(line)") }
  }
}
