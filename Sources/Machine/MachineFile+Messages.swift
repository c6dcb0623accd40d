import PCI
import Primitives

extension MachineFile.Device {
  /// Whether the host's CPU has a way to the MSI-X table.
  public enum Messages: Hashable, Sendable {
    /// The exported page that shows it.
    case page(UInt8)
    /// Why it has none.
    case unreachable(String)
  }

  /// The table stands where the function's capability says; VFIO maps what is exported.
  public var messages: Messages {
    guard let table = dump.msix?.table else { return .unreachable("the function has no MSI-X capability") }
    if let page = pages.firstIndex(where: { $0.bar == table.bar && $0.offset == table.offset & ~0xFFF }) { return .page(UInt8(page)) }
    return .unreachable("the MSI-X table is at \(hexadecimal(table.offset)) in BAR\(table.bar), which is not exported")
  }
}
