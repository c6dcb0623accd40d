import PCI

extension MachineFile.Device {
  /// The host's way to the MSI-X table.
  public enum MessageTable: Hashable, Sendable {
    /// The exported page that shows it.
    case page(UInt8)
    /// No exported page shows it: it is TEE memory, as all that is reported as nothing.
    case hidden(MSIX.Place)
    /// The function has no such capability.
    case absent
  }

  /// The table stands where the function's capability says; VFIO maps what is exported.
  public var messages: MessageTable {
    guard let table = dump.msix?.table else { return .absent }
    let page = pages.firstIndex { $0.bar == table.bar && $0.offset == table.offset & ~0xFFF }
    return page.map { .page(UInt8($0)) } ?? .hidden(table)
  }
}
