import Primitives

/// What `cofferdam device show` says about a dump: what was read, and what is wrong with it.
///
/// Encoded with sorted keys it is the command's JSON; `text` is its form for people, in 80 columns.
public struct DeviceReport: Codable, Hashable, Sendable {
  public struct Window: Codable, Hashable, Sendable {
    public let index: Int
    /// `64-bit prefetchable memory`
    public let kind: String
    public let address: String
    /// Bytes, where known.
    public let size: UInt64?
  }
  public struct Structure: Codable, Hashable, Sendable {
    /// As lspci prints it: `40`, `100 v2`.
    public let place: String
    public let name: String
    /// One line, empty where nothing of ours is decided by it.
    public let detail: String
  }
  public struct Finding: Codable, Hashable, Sendable {
    public let severity: DumpProblem.Severity
    public let code: DumpProblem.Code
    public let place: String
    public let message: String
    public let expected: String
  }

  public let file: String
  public let address: String
  public let vendor: String
  public let device: String
  public let deviceClass: String
  public let revision: Int
  /// Bytes of configuration space.
  public let bytes: Int
  public let command: [String]
  public let windows: [Window]
  public let capabilities: [Structure]
  public let functionLevelReset: Bool
  public let teeIO: Bool
  public let linkStreams: Int
  public let selectiveStreams: Int
  public let mailboxes: Int
  public let problems: [Finding]

  /// No error among the problems.
  public var isUsable: Bool { !problems.contains { $0.severity == .error } }

  public init(_ dump: ConfigurationSpaceDump) {
    let (space, walk) = (dump.space, dump.capabilities)
    (file, address, bytes) = (dump.file, dump.name, space.bytes.count)
    vendor = padded(UInt64(space.vendorID), 4)
    device = padded(UInt64(space.deviceID), 4)
    deviceClass = padded(UInt64(space.classCode), 4)
    revision = bytes == 0 ? 0 : Int(space.revision)
    command =
      bytes == 0
      ? [] : CommandRegister.names.enumerated().filter { space.command.rawValue >> UInt16($0.offset) & 1 != 0 }.map(\.element)
    windows = dump.bars.map {
      Window(
        index: $0.index, kind: $0.kind.description, address: $0.isAssigned ? $0.address.description : "unassigned", size: $0.size)
    }
    capabilities = walk.capabilities.map { Structure(place: $0.place, name: $0.id.description, detail: $0.detail(in: space)) }
    let express = walk[.pciExpress].map { PCIExpress($0, in: space) }
    let features = walk[.advancedFeatures].map { AdvancedFeatures($0, in: space) }
    functionLevelReset = express?.functionLevelReset ?? features?.functionLevelReset ?? false
    teeIO = express?.teeIO ?? false
    let ide = walk[.integrityAndEncryption].map { IntegrityAndEncryption($0, in: space) }
    (linkStreams, selectiveStreams) = (ide?.linkStreams ?? 0, ide?.selectiveStreams ?? 0)
    mailboxes = walk.all(.dataObjectExchange).count
    problems = dump.problems.map {
      Finding(
        severity: $0.severity, code: $0.code, place: $0.position.description, message: $0.message, expected: $0.expectation)
    }
  }
}

extension BaseAddressRegister.Kind: CustomStringConvertible {
  public var description: String {
    switch self {
    case .io: "I/O ports"
    case .memory32(let prefetchable): "32-bit \(prefetchable ? "prefetchable " : "")memory"
    case .memory64(let prefetchable): "64-bit \(prefetchable ? "prefetchable " : "")memory"
    }
  }
}

extension Capability {
  /// What matters about it here, in one line.
  package func detail(in space: ConfigurationSpace) -> String {
    func yes(_ value: Bool) -> String { value ? "+" : "-" }
    switch id {
    case .powerManagement:
      let power = PowerManagement(self, in: space)
      return "\(power.state), NoSoftRst\(yes(power.noSoftReset))"
    case .pciExpress:
      let express = PCIExpress(self, in: space)
      return "v\(express.version), FLR\(yes(express.functionLevelReset)), TEE-IO\(yes(express.teeIO))"
    case .msix:
      let msix = MSIX(self, in: space)
      return "\(msix.count) vectors, table BAR\(msix.table.bar)+\(hex(Int(msix.table.offset))), "
        + "PBA BAR\(msix.pendingBits.bar)+\(hex(Int(msix.pendingBits.offset)))"
    case .advancedFeatures: return "FLR\(yes(AdvancedFeatures(self, in: space).functionLevelReset))"
    case .singleRootIOV:
      let virtual = SingleRootIOV(self, in: space)
      return "\(virtual.enabledFunctions) of \(virtual.totalFunctions) functions, Enable\(yes(virtual.isEnabled))"
    case .dataObjectExchange:
      let mailbox = DataObjectExchange(self, in: space)
      return "Busy\(yes(mailbox.isBusy)), Error\(yes(mailbox.hasError)), ObjectReady\(yes(mailbox.objectReady))"
    case .integrityAndEncryption:
      let ide = IntegrityAndEncryption(self, in: space)
      return "link streams \(ide.linkStreams), selective \(ide.selectiveStreams), IDE_KM\(yes(ide.keyManagement)), "
        + "TeeLim\(yes(ide.teeLimited))"
    case .processAddressSpace:
      let spaces = ProcessAddressSpace(self, in: space)
      return "\(spaces.width) bits, Enable\(yes(spaces.isEnabled))"
    case .addressTranslation: return "Enable\(yes(AddressTranslation(self, in: space).isEnabled))"
    case .resizableBAR:
      return ResizableBARs(self, in: space).windows.map { "BAR\($0.bar) \(readable($0.size))" }.joined(separator: ", ")
    default: return ""
    }
  }
}
