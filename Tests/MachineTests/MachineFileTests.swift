import Documents
import Foundation
import Machine
import PCI
import Primitives
import Rules
import TEE
import Testing

/// Machine files: what they mean, and that nothing in them traps.
struct MachineFileTests {
  private func read(_ text: String) throws -> MachineFile { try MachineFile(Document(text: text, file: "machine.yaml")) }

  private func refusal(_ text: String) -> DocumentError? {
    do { _ = try read(text) } catch let error as DocumentError { return error } catch {}
    return nil
  }

  @Test func theBuiltInFile() throws {
    let file = try MachineFile.builtIn()
    #expect(file.bounds == Bounds(devices: 1, pages: 4, importers: 1, memory: 2))
    #expect(file.parameters.nonTEEPages == 0b1100)
    #expect(file.policy.measurements == [sha384(file.devices[0].firmware)])
    #expect(file.banks.count == 2)
  }

  @Test func mistakesHaveAPlace() throws {
    let text = try BuiltInMachine.text()
    func with(_ old: String, _ new: String) -> DocumentError? {
      let changed = text.replacingOccurrences(of: old, with: new)
      #expect(changed != text)
      return refusal(changed)
    }
    let unknown = with("barSizes", "barSize")
    #expect(unknown?.code == .unknownKey && unknown?.suggestion == "barSizes" && unknown?.position.line == 12)
    #expect(with("address: 01:00.0", "address: 01:40.0")?.code == .wrongType)
    #expect(with("{0: 64KiB}", "{0: 60KiB}")?.code == .outOfRange)
    #expect(with("{0: 64KiB}", "{0: 8KiB}")?.code == .contradiction)
    #expect(with("size: 2MiB, base: 0x1000_0000", "size: 1MiB, base: 0x1000_0000")?.code == .outOfRange)
    #expect(with("0x1000_0000", "0x1000_1000")?.code == .outOfRange)
    #expect(with("0x4000_0000", "0x1020_0000")?.code == .contradiction)
    #expect(with("memory: 4GiB", "memory: 128MiB") == nil)
    #expect(with("count: 2, size: 2MiB", "count: 64, size: 2MiB") == nil)
    #expect(with("memory: 4GiB", "memory: 4MiB")?.code == .outOfRange)
    #expect(with("offset: 0x2000, pages: 2", "offset: 0x1000, pages: 2")?.code == .contradiction)
    #expect(with("offset: 0x2000, pages: 2", "offset: 0x2000, pages: 65")?.code == .outOfRange)
    #expect(with("bar: 0", "bar: 3")?.code == .contradiction)
    #expect(with("builtin: accelerator", "lspci: nowhere.txt")?.code == .missingFile)
    #expect(with("builtin: accelerator", "builtin: acelerator")?.suggestion == "accelerator")
    #expect(with("kind: iommufd", "kind: iomufd")?.suggestion == "iommufd")
    #expect(with("device: 01:00.0", "device: 02:00.0")?.code == .unknownWord)
  }

  /// A table that is locked is TEE memory, whatever the file says of its page.
  @Test func theMessageTableAndTheStream() throws {
    let text = try BuiltInMachine.text()
    func with(_ line: String) -> String {
      text.replacingOccurrences(of: "  dmaMayBeAcceptedInRun: false", with: "  dmaMayBeAcceptedInRun: false\n  \(line)")
    }
    let locked = try read(with("lockMSIX: true")), beside = try read(with("streamRouting: t1-only"))
    #expect(locked.parameters.locksMessages && locked.parameters.nonTEEPages == 0b1000)
    #expect(locked.devices[0].pages.map(\.isTEE) == [true, true, true, false])
    #expect(beside.routing == .trustedOnly && !beside.parameters.locksMessages && beside.parameters.nonTEEPages == 0b1100)
    #expect(try read(text).routing == .all)
    #expect(refusal(with("streamRouting: t1only"))?.suggestion == "t1-only" && refusal(with("lockMsix: true"))?.suggestion == "lockMSIX")
  }

  /// The built-in dump with a line or two changed, in a machine file beside it.
  private func machine(dump change: (String) -> String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "dumps-\(UInt64.random(in: 0...UInt64.max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "card.txt")
    try Data(change(BuiltInDump.text()).utf8).write(to: file)
    let text = try BuiltInMachine.text().replacingOccurrences(of: "builtin: accelerator", with: "lspci: \(file.path)")
    // Which pages are lent follows from the dump.
    let (start, end) = (try #require(text.range(of: "    interface:")), try #require(text.range(of: "    firmware:")))
    return text.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: "")
  }
  private static func moved(_ table: String, _ pending: String) -> (String) -> String {
    { text in
      func bytes(_ digits: String) -> String {
        stride(from: 6, through: 0, by: -2).map { String(Array(digits)[$0...($0 + 1)]) }.joined(separator: " ")
      }
      return text.replacing("offset=00002000", with: "offset=" + table).replacing("offset=00002800", with: "offset=" + pending)
        .replacing("80 00 20 00 00 00 28 00 00", with: "80 \(bytes(table)) \(bytes(pending))")
    }
  }
  /// The capability is taken out of list and text.
  private static func withoutMessages(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.filter { !$0.contains("MSI-X:") && !$0.contains("Vector table:") && !$0.contains("PBA:") }.joined(separator: "\n")
      .replacing("\n70: 10 b0", with: "\n70: 10 00")
  }

  @Test func theTableIsWhereTheDumpHasIt() throws {
    let file = try read(machine(dump: Self.moved("00006000", "00007000")))
    #expect(file.devices[0].pages.map(\.offset) == [0, 0x1000, 0x3000, 0x6000] && file.devices[0].messages == .page(3))
    #expect(try MachineFile.builtIn().devices[0].messages == .page(2))
    let collision = try #require(refusal(machine(dump: Self.moved("00000000", "00004000"))))
    #expect(collision.code == .contradiction && collision.message.contains("where the engine has its registers"))
    let bare = try read(machine(dump: Self.withoutMessages))
    #expect(bare.devices[0].messages == .absent)
  }

  /// Interrupts go through the table at its new place, and the VMM's write finds it; without a capability it is told why.
  @Test func messagesGoThroughTheTable() throws {
    func ready(_ file: MachineFile) throws -> Machine {
      let m = try Machine(file, book())
      m.createVM()
      m.connect(0)
      m.open(0)
      m.export(0)
      return m
    }
    let moved = try ready(read(machine(dump: Self.moved("00006000", "00007000"))))
    let function = moved.hardware.functions[0]
    #expect(function.load(bar: 0, offset: 0x6000, width: 4) == 0xFEE0_0000 && function.load(bar: 0, offset: 0x2000, width: 4) == 0)
    #expect(moved.vmmWrites(.messages, 0).outcome == .ok)
    let bare = try ready(read(machine(dump: Self.withoutMessages)))
    let refused = bare.vmmWrites(.messages, 0)
    #expect(refused.outcome == .refused && refused.args.contains { $0.value == "the function has no MSI-X capability" })
  }

  @Test func theEnginesRegistersAreTEEMemory() throws {
    let text = try BuiltInMachine.text()
    let open = text.replacingOccurrences(of: "tee: true", with: "tee: false")
    #expect(open != text)
    let error = try #require(refusal(open))
    #expect(error.code == .contradiction && error.position.line != nil && error.expectation.contains("tee: true"))
  }

  @Test func devicesMustLookAlike() throws {
    let device = """
        - builtin: accelerator
          address: 02:00.0
          interface: {bar: 0, ranges: [{offset: 0, pages: 1, tee: true}]}
      importers:
      """
    let text = try BuiltInMachine.text().replacingOccurrences(of: "importers:", with: device)
    #expect(refusal(text)?.code == .contradiction)
  }

  @Test func importersAreDealtToTheirDevices() throws {
    let text = try BuiltInMachine.text()
      .replacingOccurrences(
        of: "importers:",
        with: "  - {builtin: accelerator, address: 02:00.0}\nimporters:\n  - {name: b, kind: rdma, device: 01:00.0}")
    let file = try read(text)
    #expect(file.importers.map(\.index) == [0, 2])
    #expect(file.bounds.importers == 3)
    let m = try Machine(file, try book())
    #expect(m.setUp() == nil)
    #expect(m.hardware.page(0, 0) != m.hardware.page(1, 0))
    #expect(m.goPrivate(1) == nil)
    #expect(m.privateUse(1, payload(100)).failure == nil)
    #expect(m.audit() == [])
  }

  @Test func aWrongDigestStopsTheGuest() throws {
    var file = try MachineFile.builtIn()
    file.devices[0].firmware.append(0)
    let m = try Machine(file, try book())
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == "attest: measurement 0 is not the expected one")
    #expect(m.world[interface: 0] == .configLocked)
  }

  /// A dump whose 64-bit BARs print their upper half as a region of its own, and no sizes.
  @Test func aRealDumpRuns() throws {
    let data = packageRoot.appendingPathComponent("../shared/data/pci/cap-ide.txt")
    guard FileManager.default.fileExists(atPath: data.path) else { return }
    let dump = try ConfigurationSpaceDump(text: TextFile.text(at: data.path), file: "cap-ide.txt")
    let bar = try #require(dump.bars.first { $0.isMemory })
    let text = try BuiltInMachine.text()
      .replacingOccurrences(of: "builtin: accelerator", with: "lspci: \(data.path)")
      .replacingOccurrences(of: "bar: 0", with: "bar: \(bar.index)").replacingOccurrences(
        of: "{0: 64KiB}", with: "{\(bar.index): 64KiB}")
    let m = try Machine(try read(text), try book())
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == nil)
    #expect(m.privateUse(0, payload(4096)).failure == nil)
    #expect(m.reset(0).end == .completed)
    #expect(m.audit() == [])
  }

  /// The machine file names the device, the dump has the line that is to blame.
  @Test func aDeviceThatCannotBeConfidentialIsRefused() throws {
    let dump = try BuiltInDump.text().replacing("FLReset+ SlotPowerLimit 0W TEE-IO+", with: "FLReset- SlotPowerLimit 0W TEE-IO-")
      .replacing("22 80 00 50", with: "22 80 00 00")
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).txt")
    try Data(dump.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let error = refusal(try BuiltInMachine.text().replacing("builtin: accelerator", with: "lspci: \(file.path)"))
    #expect(error?.code == .contradiction && error?.position == Position(file: file.path, line: 12))
    #expect(error?.path == "devices[0].lspci of machine.yaml:10:12")
    #expect(error?.message.contains("no function-level reset; no TEE-IO") == true)
  }

  /// lspci may find a card asleep; the machine starts with one that answers.
  @Test func aCardThatSleptIsAwake() throws {
    let dump = try BuiltInDump.text().replacing("Status: D0", with: "Status: D3").replacing("40: 01 70 03 00 08", with: "40: 01 70 03 00 0b")
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).txt")
    try Data(dump.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let m = try Machine(try read(try BuiltInMachine.text().replacing("builtin: accelerator", with: "lspci: \(file.path)")), try book())
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == nil)
    #expect(m.privateUse(0, payload(4096)).failure == nil)
    #expect(m.audit() == [])
  }

  @Test func keysAndNumbersHaveOneForm() throws {
    func with(_ old: String, _ new: String) throws -> DocumentError? { refusal(try BuiltInMachine.text().replacing(old, with: new)) }
    #expect(try with("{0: 64KiB}", "{0: 64KiB, 00: 32KiB}")?.code == .unknownKey)
    #expect(try with("{0: 64KiB}", "{+0: 64KiB}")?.code == .unknownKey)
    #expect(try with("address: 01:00.0", "address: +1:00.0")?.code == .wrongType)
    #expect(try with("585eac", "+85eac")?.code == .wrongType)
    #expect(try with("builtin: accelerator", "lspci: /")?.code == .notAFile)
    #expect(try with("{0: 64KiB}", "{0: 16KiB}")?.path == "devices[0].builtin of machine.yaml:10:14")
    #expect(try with("builtin: accelerator", "builtin: accelerator\n    function: 01:00.0")?.code == .contradiction)
  }

  /// Each device of the built-in kind is a dump to be read: too many are counted first.
  @Test func manyDevicesAreCountedBeforeTheyAreRead() throws {
    let text = try BuiltInMachine.text()
    let many = text.replacing("devices:\n", with: "devices:\n" + String(repeating: "  - {builtin: accelerator, address: nowhere}\n", count: 8))
    #expect(refusal(many)?.code == .outOfRange)
  }

  @Test func noTextTraps() throws {
    let base = Array(try BuiltInMachine.text().utf8)
    var random = SeededRandom(seed: 3)
    var read = 0
    for _ in 0..<600 {
      var bytes = base
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 32...126, using: &random)
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(UInt8.random(in: 48...57, using: &random), at: at)
        default:
          bytes.replaceSubrange(
            at..<min(bytes.count, at + 12), with: Array("0xffff_ffff_ffff".utf8.prefix(Int.random(in: 1...16, using: &random))))
        }
      }
      guard let text = String(validating: bytes, as: UTF8.self), let file = try? self.read(text) else { continue }
      read += 1
      if read % 16 == 0 { _ = try? Machine(file) }
    }
    #expect(read > 20)
  }
}
