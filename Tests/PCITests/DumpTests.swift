import Foundation
import Documents
import Primitives
import Testing

import PCI

/// The built-in dump, and what damage to it is called.
@Suite struct Dumps {
  static let text = (try? BuiltInDump.text()) ?? ""

  static func codes(_ text: String, sizes: [Int: UInt64] = [:]) -> [DumpProblem.Code] {
    guard let dump = try? ConfigurationSpaceDump(text: text, file: "d", sizes: sizes) else { return [] }
    return dump.problems.filter { $0.severity == .error }.map(\.code)
  }

  /// The text with bytes changed at an offset.
  static func patched(_ offset: Int, _ bytes: [UInt8], in text: String = text) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let row = offset & ~15
    guard let at = lines.firstIndex(where: { $0.hasPrefix(padded(UInt64(row), 2) + ": ") }) else { return "" }
    var words = lines[at].split(separator: " ").map(String.init)
    for (i, byte) in bytes.enumerated() { words[1 + offset - row + i] = padded(UInt64(byte), 2) }
    lines[at] = words.joined(separator: " ")
    return lines.joined(separator: "\n")
  }

  @Test func builtIn() throws {
    let dump = try BuiltInDump.read()
    #expect(dump.problems == [])
    #expect(dump.address == RequesterID(bus: 1, device: 0, function: 0))
    #expect(dump.space.classCode == 0x1200 && dump.space.bytes.count == 4096)
    #expect(
      dump.bars == [
        BaseAddressRegister(
          index: 0, kind: .memory64(prefetchable: true), address: HostPhysicalAddress(0x38_0000_0000), size: CopyEngine.barSize)
      ])
    let registers = FunctionRegisters(dump)
    #expect(registers.supportsFunctionLevelReset && registers.express?.teeIO == true)
    #expect(registers.msix?.table.bar == 0 && registers.msix?.table.offset == 0x2000)
    #expect(registers.msix?.count == 16)
    #expect(dump.capabilities[.dataObjectExchange] != nil)
    let ide = IntegrityAndEncryption(try #require(dump.capabilities[.integrityAndEncryption]), in: dump.space)
    #expect(ide.selectiveStreams == 1 && ide.selectiveBlocks == [0x20C] && ide.size == 0x2C)
  }

  @Test(
    arguments: [
      (0x41, [0x40], DumpProblem.Code.capabilityLoop), (0x41, [0x72], .capabilityMisaligned), (0x34, [0x20], .capabilityOutOfRange),
      (0x41, [0x44], .capabilityOverlap), (0x102, [0x02, 0x10], .capabilityLoop), (0x102, [0x82, 0x0F], .capabilityOutOfRange),
      (0x102, [0xA2, 0x14], .capabilityMisaligned), (0x102, [0xC2, 0x10], .capabilityOverlap), (0xB0, [0xFF], .capabilityAllOnes),
      (0x00, [0xEF], .contradictsHeader), (0x0B, [0x13], .contradictsHeader), (0x08, [2], .contradictsHeader),
      (0x04, [0x04], .contradictsControl), (0x15, [1], .contradictsRegion), (0x10, [0x04], .contradictsRegion),
      (0x40, [9], .contradictsCapability), (0x40, [2], .contradictsCapability), (0x77, [0x40], .contradictsCapability),
      (0x77, [0x10], .contradictsCapability),
      (0x1A2, [1], .contradictsCapability), (0xB4, [1], .contradictsCapability), (0x1A2, [0x02, 0], .contradictsCapability),
      (0, [0xFF, 0xFF, 0xFF, 0xFF], .deviceGone), (0x11, [0x10], .barMisaligned),
      (0x23, [0x10], .contradictsRegion), (0x24, [0x04], .barImpossible), (0x24, [0x06, 0, 0, 0x10], .barImpossible),
    ] as [(Int, [UInt8], DumpProblem.Code)]) func damage(offset: Int, bytes: [UInt8], code: DumpProblem.Code)
  {
    #expect(Self.codes(Self.patched(offset, bytes)).contains(code))
  }

  @Test func form() {
    let cut = Self.text.components(separatedBy: "fc0: ")[0]
    #expect(Self.codes(cut) == [.cutDump])
    #expect(Self.codes(String(Self.text.dropLast(20))) == [.cutDump])
    #expect(Self.codes(Self.text.replacing("\n20: 00", with: "\n20: 0g")) == [.notHexadecimal])
    #expect(Self.codes(Self.text.replacing("\n20: ", with: "\n30: ")) == [.wrongOffset])
    #expect(Self.codes(Self.text.components(separatedBy: "\n00: ")[0]) == [.noBytes])
    // 256 bytes under a text that knows more.
    #expect(Self.codes(Self.text.components(separatedBy: "100: ")[0]).contains(.cutDump))
  }

  @Test func otherFormsOfTheSameText() {
    let header = "01:00.0 Class 1200: Device ffee:0c0f (rev 01)"
    let named = "0000:01:00.0 Processing accelerators [1200]: Nobody [Inc] Thing (rev b0) [ffee:0c0f] (rev 01)"
    #expect(Self.codes(Self.text.replacing("\n", with: "\r\n")) == [])
    #expect(Self.codes(Self.text.replacing(header, with: named)) == [])
    #expect(Self.codes("$ lspci -vvvxxxx\n" + Self.text.replacing("\t", with: "        ")) == [])
    #expect(Self.codes(Self.text.replacing(header, with: named.replacing("0c0f", with: "0c1f"))) == [.contradictsHeader])
    #expect(Self.codes(Self.text.replacing("Cap+", with: "Cap-")) == [.contradictsControl])
    #expect(Self.codes(Self.text.replacing("Status: D0", with: "Status: D3")) == [.contradictsCapability])
    #expect(Self.codes(Self.text.replacing("Device ffee:0001", with: "Device ffee:0002")) == [.contradictsHeader])
    #expect(Self.codes(Self.text.replacing("Count=16", with: "Count=8")) == [.contradictsCapability])
    #expect(Self.codes(Self.text.replacing("[size=64K]", with: "[size=8K]")) == [.contradictsCapability, .contradictsCapability])
  }

  @Test func windows() {
    #expect(Self.codes(Self.text, sizes: [0: 0x2_0000]).contains(.contradictsRegion))
    #expect(Self.codes(Self.text, sizes: [3: 4096]).contains(.barOverlap) == false)
    #expect(Self.codes(Self.text, sizes: [1: 4096]) == [.barImpossible])
    #expect(Self.codes(Self.text, sizes: [0: 3000]).contains(.barImpossible))
    let second = Self.patched(0x18, [0x0C, 0x80, 0, 0, 0x38], in: Self.text)
    #expect(Self.codes(second, sizes: [2: 0x8000]).contains(.barOverlap))
    #expect(Self.codes(second, sizes: [2: 0x1_0000]).contains(.barMisaligned))
  }

  /// What a size can be: a power of two that 64 bits hold and of which the address is a multiple.
  @Test(arguments: ["99999999G", "18446744073709551616", "99999999999T", "3K", "0", "64KB", "-1", "", "64K junk", "16777216T"])
  func sizesInTheText(size: String) {
    let changed = Self.text.replacing("[size=64K]", with: "[size=\(size)]")
    #expect(!Self.codes(changed, sizes: [0: 0x1_0000]).isEmpty, "against the machine file")
    #expect(!Self.codes(changed).isEmpty, "alone")
  }

  @Test func romsAndWhatIsDisabled() {
    func rom(_ line: String, _ bytes: [UInt8] = [0, 0, 0x80, 0xFE]) -> [DumpProblem.Code] {
      Self.codes(Self.patched(0x30, bytes, in: Self.text.replacing("\tCapabilities: [40]", with: "\tExpansion ROM at \(line)\n\tCapabilities: [40]")))
    }
    #expect(rom("fe800000 [disabled] [size=256K]") == [] && rom("fe800000 [disabled]") == [] && rom("fe800000 [virtual] [disabled]") == [])
    #expect(rom("fe800000 [disabled] [size=3K]") == [.contradictsRegion] && rom("fe800000 [disabled] [size=1G]") == [.contradictsRegion])
    #expect(rom("fe810000 [disabled]") == [.contradictsRegion] && rom("fe810000 [virtual] [disabled]") == [])
    #expect(rom("fe800000 [disabled]", [1, 0, 0x80, 0xFE]) == [.contradictsRegion] && rom("fe800000 [size=8M]", [1, 0, 0x80, 0xFE]) == [])
    #expect(Self.codes(Self.text.replacing("[size=64K]", with: "[disabled] [size=64K]")) == [.contradictsRegion])
  }

  /// Spellings of other versions say the same; words that nobody knows say nothing.
  @Test func otherSpellings() {
    for (new, old) in [
      ("IntMsgNum 0", "MSI 00"), ("CorrErr- NonFatalErr- FatalErr- UnsupReq-\n", "Report errors: Correctable- Non-Fatal- Fatal- Unsupported-\n"),
      ("LnkDisable-", "Disabled- Retrain-"), ("Speed 32GT/s, Width x16\n\t\t\tTrErr-", "Speed 32GT/s (ok), Width x16 (ok), TrErr-"),
      ("SlotPowerLimit 0W", "SlotPowerLimit 0.000W"), ("ECRCGenCap- ECRCGenEn-", "GenCap- CGenEn-"), ("AdvNonFatalErr", "NonFatalErr"),
      ("Enable+ Count=16 Masked-", "Enable+ Mask- TabSize=16"), ("SelectiveIDE#0 Ctl", "[210]SelectiveIDE#0 Ctl"),
      ("RBE+", "RBE+ Novel- Other+ Thing=9"),
    ] {
      let changed = Self.text.replacing(new, with: old)
      #expect(changed != Self.text && Self.codes(changed) == [], "\(old)")
    }
    for (right, wrong) in [
      ("MSI 00", "MSI 01"), ("Report errors: Correctable-", "Report errors: Correctable+"), ("Speed 32GT/s (ok)", "Speed 32GT/s (downgraded)"),
    ] {
      let changed = Self.text.replacing("IntMsgNum 0", with: "MSI 00").replacing("DevCtl:\tCorrErr-", with: "DevCtl:\tReport errors: Correctable-")
        .replacing("LnkSta:\tSpeed 32GT/s,", with: "LnkSta:\tSpeed 32GT/s (ok),")
      #expect(Self.codes(changed) == [] && Self.codes(changed.replacing(right, with: wrong)) == [.contradictsCapability], "\(wrong)")
    }
  }

  /// A stream or a window more than the bytes have, and one that runs.
  @Test func linesTooMany() throws {
    let line = "\t\tSelectiveIDE#0 Sta: insecure RecvChkFail-\n"
    #expect(Self.codes(Self.text.replacing(line, with: line + line.replacing("#0", with: "#1"))) == [.contradictsCapability])
    let running = try ConfigurationSpaceDump(text: Self.text.replacing("Ctl: En- XT-", with: "Ctl: En+ XT-"), file: "d")
    #expect(Self.codes(Self.text.replacing("SelectiveIDE#0 Ctl", with: "[214]SelectiveIDE#0 Ctl")) == [.contradictsCapability])
    #expect(running.problems.map(\.severity) == [.remark] && running.problems.first?.message.contains("SelectiveIDE#0 Ctl En+") == true)
  }

  @Test func placesOfErrors() throws {
    let broken = Self.patched(0x41, [0x40])
    let error = #expect(throws: DocumentError.self) { try ConfigurationSpaceDump(text: broken, file: "a.txt").checked() }
    let line = Self.text.split(separator: "\n").firstIndex { $0.hasPrefix("40: ") }.map { $0 + 1 }
    #expect(error?.position == Position(file: "a.txt", line: line))
    #expect(error?.description.contains("loops: 0x40 comes a second time") == true)
  }

  @Test func choosingAFunction() throws {
    let two = Self.text + Self.text.replacing("01:00.0 Class", with: "0000:02:00.1 Class")
    func code(_ address: RequesterID?, _ text: String) -> DocumentError.Code? {
      do throws(DocumentError) {
        _ = try ConfigurationSpaceDump(text: text, file: "d", address: address)
        return nil
      } catch {
        return error.code
      }
    }
    #expect(code(nil, two) == .contradiction && code(nil, "hello\n") == .syntax && code(nil, "") == .syntax)
    #expect(code(RequesterID("02:00.1"), two) == nil && code(RequesterID("03:00.0"), two) == .missingKey)
    #expect(code(RequesterID("01:00.0"), Self.text + Self.text) == .duplicateKey)
  }
}
