import Documents
import Primitives
import Testing

import PCI

/// What a function lacks to be assigned confidentially: each need taken away alone.
@Suite struct ConfidentialTests {
  /// The built-in dump's bytes under its header line: no decoded text that could contradict them.
  static let plain = Dumps.text.split(separator: "\n").filter { !$0.hasPrefix("\t") }.joined(separator: "\n") + "\n"

  static func missing(_ text: String, _ address: String? = nil) throws -> [String] {
    let dump = try ConfigurationSpaceDump(text: text, file: "d", address: address.flatMap { RequesterID($0) })
    #expect(dump.problems.allSatisfy { $0.severity == .remark }, "\(dump.problems)")
    return dump.problems.filter { $0.code == .notConfidential }.map(\.expectation)
  }

  @Test(
    arguments: [
      (0x77, [0x40], "DevCap FLReset+"), (0x77, [0x10], "DevCap TEE-IO+, bit 30"), (0x34, [0x70], "a Power Management capability"),
      (0x41, [0xB0], "a PCI Express endpoint"), (0x1A2, [0x02, 0x00], "Integrity & Data Encryption"),
      (0x14A, [0x01, 0x20], "Data Object Exchange"), (0x204, [0x40], "IDECap Sel=1 or more"), (0x204, [0x02], "IDECap IDE_KM+"),
    ] as [(Int, [UInt8], String)]) func eachNeedAlone(offset: Int, bytes: [UInt8], expected: String) throws
  {
    let text = Dumps.patched(offset, bytes, in: Self.plain)
    #expect(try Self.missing(text) == [expected])
    let error = #expect(throws: DocumentError.self) { try ConfigurationSpaceDump(text: text, file: "d").checkedForConfidentialUse() }
    #expect(error?.position.line != nil && error?.description.contains("cannot be a confidential device") == true)
  }

  @Test func whatHasAllIsAccepted() throws {
    #expect(try Self.missing(Self.plain) == [] && Self.missing(Dumps.text) == [])
    _ = try ConfigurationSpaceDump(text: Self.plain, file: "d").checkedForConfidentialUse()
  }

  @Test func severalAreToldTogether() throws {
    let error = #expect(throws: DocumentError.self) {
      try ConfigurationSpaceDump(text: Dumps.patched(0x77, [0], in: Self.plain), file: "d").checkedForConfidentialUse()
    }
    #expect(error?.message == "0000:01:00.0 cannot be a confidential device: no function-level reset; no TEE-IO, so no TDISP")
    #expect(error?.position == Position(file: "d", line: 9), "the line with Device Capabilities")
  }

  @Test func aDumpMadeWithoutRootShowsTooLittle() throws {
    let short = Self.plain.split(separator: "\n").prefix(17).joined(separator: "\n") + "\n"
    #expect(try Self.missing(short) == ["4096 bytes, as lspci -xxxx prints as root"])
  }

  /// IDE and the mailbox are in function 0 for all functions of a device.
  @Test func functionZeroKeepsThemForTheOthers() throws {
    let bare = Dumps.patched(0x14A, [0x01, 0x00], in: Self.plain).replacing("01:00.0 Class", with: "01:00.1 Class")
    let wanted = ["Data Object Exchange", "Integrity & Data Encryption"].map { $0 + ", here or in function 0 in the same file" }
    #expect(try Self.missing(bare) == wanted)
    #expect(try Self.missing(Self.plain + bare, "01:00.1") == [])
    #expect(try Self.missing(Self.plain.replacing("01:00.0 Class", with: "02:00.0 Class") + bare, "01:00.1") == wanted)
  }
}
