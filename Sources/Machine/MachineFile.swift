import Documents
import Memory
import PCI
import Primitives
import Rules
import TEE

/// The description of a machine: what is plugged in, what the guest has, what it insists on. Read from YAML, or made for a
/// model's bounds.
public struct MachineFile: Sendable {
  public struct Device: Sendable {
    public var address: RequesterID
    /// The dump's file, or `built-in/accelerator.txt`.
    public var source: String
    /// SHA-256 of that file as it was read.
    public var digest: [UInt8]
    public var dump: ConfigurationSpaceDump
    public var pages: [ExportedPage]
    /// The BAR with the copy engine.
    public var engineBAR: Int
    public var firmware: [UInt8]
    /// MSI-X at power-on; nil as the dump has it.
    public var msix: Bool?
  }

  public struct Importer: Hashable, Sendable {
    public var name: String
    public var kind: Kind
    public var device: UInt8
    /// Its number in the rules, where importer `i` imports from device `i % devices`.
    public var index: UInt8
  }

  /// What an importer is; it decides nothing yet but its name in the log.
  public enum Kind: String, CaseIterable, Hashable, Sendable { case iommufd, rdma, gpu, nvme, video }

  public var name: String
  /// Where it was read.
  public var file: String
  /// RAM in bytes.
  public var memory: UInt64
  public var plan: AddressPlan
  public var devices: [Device]
  public var importers: [Importer]
  public var parameters: Parameters
  public var policy: EvidencePolicy
  /// Which requests go over a device's stream.
  public var routing = StreamRouting.all
  /// The most bytes of an interface report that the module asks for at once. TDISP leaves it to the requester's room (PCIe 6.0 section
  /// 11.3.11); how much a module has is in no public text (inferred), and so little that every report comes in several portions is ours.
  public var reportPortion: UInt16 = 32

  /// The rules' size of this machine.
  public var bounds: Bounds {
    Bounds(
      devices: UInt8(truncatingIfNeeded: devices.count), pages: UInt8(truncatingIfNeeded: devices.first?.pages.count ?? 1),
      importers: (importers.map(\.index).max() ?? 0) + (importers.isEmpty ? 0 : 1),
      memory: UInt8(truncatingIfNeeded: plan.privateUnits.count))
  }

  /// RAM as the address map has it: 2 GiB below the hole for 32-bit BARs, the rest above 4 GiB.
  public var banks: [PhysicalMemory.Bank] {
    let low = min(memory, 1 << 31)
    var banks = [PhysicalMemory.Bank(start: HostPhysicalAddress(0), length: low)]
    if memory > low { banks.append(PhysicalMemory.Bank(start: HostPhysicalAddress(1 << 32), length: memory - low)) }
    return banks.compactMap { $0 }
  }

  public static let firmwareText = "cofferdam accelerator firmware 1.0\n"
}
