import Documents
import Memory
import PCI
import Primitives
import Rules
import TEE

extension MachineFile {
  /// The built-in machine: one accelerator, two units of private memory.
  public static func builtIn() throws(DocumentError) -> MachineFile { try MachineFile(BuiltInMachine.document()) }

  /// A machine of a model's size, to run what was found there: built-in accelerators, 4 KiB units, one importer after the other.
  public static func synthetic(bounds: Bounds, parameters: Parameters = Parameters()) throws(DocumentError) -> MachineFile {
    let limit = Bounds.machineLimit
    guard bounds.fits(in: limit), bounds.devices > 0, bounds.pages > 0 else {
      throw DocumentError(
        .outOfRange, at: Position(file: "synthetic"), "no machine has these bounds",
        expected:
          "1 to \(limit.devices) devices, 1 to \(limit.pages) pages, at most \(limit.importers) importers and \(limit.memory) units"
      )
    }
    // A BAR that holds the pages and the engine.
    var size = CopyEngine.barSize
    while size < UInt64(bounds.pages) << 12 { size <<= 1 }
    let text = try BuiltInDump.text()
    var devices: [Device] = []
    for d in 0..<bounds.devices {
      let dump = try ConfigurationSpaceDump(text: text, file: "built-in/\(BuiltInDump.name)", sizes: [0: size])
      let pages = (0..<bounds.pages).map { ExportedPage(bar: 0, offset: UInt64($0) << 12, isTEE: parameters.isTEE($0)) }
      guard let address = RequesterID(bus: d + 1, device: 0, function: 0) else { continue }
      devices.append(
        Device(
          address: address, source: dump.file, digest: sha256(text.utf8), dump: dump, pages: pages, engineBAR: 0,
          firmware: Array(Self.firmwareText.utf8))
      )
    }
    let importers = (0..<bounds.importers).map {
      Importer(name: "importer\($0)", kind: .iommufd, device: $0 % bounds.devices, index: $0)
    }
    func units(_ count: UInt8, at base: UInt64) -> [AddressPlan.Unit] {
      (0..<UInt64(count)).map { AddressPlan.Unit(base: GuestPhysicalAddress(base + $0 << 12), size: .small) }
    }
    return MachineFile(
      name: "synthetic", file: "synthetic", memory: 1 << 28,
      plan: AddressPlan(privateUnits: units(bounds.memory, at: 1 << 28), sharedUnits: units(2, at: 1 << 30)), devices: devices,
      importers: importers, parameters: parameters, policy: EvidencePolicy(measurements: [sha384(Self.firmwareText.utf8)]))
  }
}
