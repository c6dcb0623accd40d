import Machine
import Primitives
import Rules

/// What the numbers of the rules stand for in one machine: names and addresses, for logs and maps.
public struct MachineShape: Hashable, Sendable {
  public struct Device: Hashable, Sendable {
    /// `0000:01:00.0`
    public var id: String
    /// In the guest's space.
    public var slot: UInt64
    public var pages: [Page]
  }
  public struct Page: Hashable, Sendable {
    public var bar: Int
    /// From the start of the BAR, in bytes.
    public var offset: UInt64
    public var isTEE: Bool
  }
  /// A piece of guest memory, in the guest's space.
  public struct Unit: Hashable, Sendable {
    public var base: UInt64, size: UInt64
  }

  public var name: String
  public var devices: [Device]
  public var privateUnits: [Unit]
  public var sharedUnits: [Unit]
  public var importers: [String]

  init(_ file: MachineFile) {
    name = file.name
    devices = file.devices.enumerated().map { d, device in
      Device(
        id: device.address.description, slot: file.plan.slot(UInt8(truncatingIfNeeded: d)).rawValue,
        pages: device.pages.map { Page(bar: $0.bar, offset: $0.offset, isTEE: $0.isTEE) })
    }
    privateUnits = file.plan.privateUnits.map { Unit(base: $0.base.rawValue, size: $0.size.bytes) }
    sharedUnits = file.plan.sharedUnits.map { Unit(base: $0.base.rawValue, size: $0.size.bytes) }
    importers = (0..<file.bounds.importers).map { i in file.importers.first { $0.index == i }?.name ?? "importer \(i)" }
  }

  init(name: String, devices: [Device], privateUnits: [Unit], sharedUnits: [Unit], importers: [String]) {
    (self.name, self.devices, self.privateUnits, self.sharedUnits, self.importers) = (name, devices, privateUnits, sharedUnits, importers)
  }
}
