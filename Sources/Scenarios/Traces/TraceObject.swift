import Machine
import Primitives

/// What an event is about, or the lane of a device, whatever way a log writes it: PCI's segment zero may be left out, as lspci does, and
/// hexadecimal digits may be large ones, begin with zeros and have `_` between them.
enum TraceObject: Hashable, Sendable {
  case device(RequesterID)
  case lane(RequesterID)
  case page(RequesterID, ActionNames.Page)
  /// In the guest's space.
  case memory(UInt64)
  /// Not a place: `buffer 0`, the lane of a part of the kernel.
  case other(String)

  init(_ text: String) {
    self = Self.place(text) ?? .other(text.replacing("0000:", with: ""))
  }

  private static func place(_ text: String) -> Self? {
    if text.hasPrefix("gpa ") { return number(text.dropFirst(4)).map { .memory($0 & ~pageMask) } }
    if text.hasPrefix("device:") { return RequesterID(String(text.dropFirst(7))).map(Self.lane) }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let device = RequesterID(parts[0]) else { return nil }
    guard parts.count == 2 else { return .device(device) }
    return page(parts[1]).map { .page(device, $0) }
  }

  /// `BAR0+0x1000`
  private static func page(_ text: String) -> ActionNames.Page? {
    let parts = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].hasPrefix("BAR"), let bar = Int(parts[0].dropFirst(3)), (0...5).contains(bar), let offset = number(parts[1])
    else { return nil }
    return ActionNames.Page(bar: bar, offset: offset & ~pageMask)
  }

  /// A place is a page, wherever in it an address lies.
  private static let pageMask: UInt64 = 0xFFF

  private static func number(_ text: Substring) -> UInt64? {
    guard text.hasPrefix("0x") else { return nil }
    let digits = text.dropFirst(2).replacing("_", with: "")
    // A number may have a sign for Swift, and not here.
    return digits.hasPrefix("+") ? nil : UInt64(digits, radix: 16)
  }
}
