import Memory
import PCI
import Primitives
import Rules

/// The device's own side of TDISP: what LOCK, STOP and REPORT do inside it. Its state is the rules' `interface`.
public struct DeviceSecurityManager {
  let hardware: Hardware
  let module: TDXModule

  /// LOCK takes the MSI-X table with it.
  let locksMessages: Bool

  public init(_ hardware: Hardware, _ module: TDXModule, locksMessages: Bool) {
    (self.hardware, self.module, self.locksMessages) = (hardware, module, locksMessages)
  }

  /// A relayed message has reached device `d` and been answered.
  ///
  /// - Parameter handsOver: the report goes to the module in the process, and in no message.
  public func answer(_ d: UInt8, _ effect: Effect, handsOver: Bool) {
    guard effect.changed(.answer, Int(d)), effect.after[answer: d].isFromDevice, effect.after[answer: d] != .errorResponse else { return }
    switch effect.after[request: d] {
    case .stop: if !effect.law.isDropped(.stopScrubs) { hardware.functions[Int(d)].engine.scrub() }
    case .report: if handsOver { module.reports[Int(d)] = report(of: d, offset: module.reportingOffset).bytes }
    default: break
    }
  }

  /// The report of device `d`: its exported pages as ranges, page numbers obfuscated by the offset that came with LOCK, in bytes. None
  /// where its windows are away.
  public func report(of d: UInt8, offset: Int64) -> InterfaceReport {
    let function = hardware.functions[Int(d)]
    return InterfaceReport(of: function.registers, pages: function.pages, locksMessages: locksMessages, reportingOffset: offset)
      ?? InterfaceReport(ranges: [])
  }

  /// The page number under which the guest knows page `p`.
  public func obfuscated(_ d: UInt8, _ p: UInt8) -> UInt64? { obfuscated(d, p, module.reportingOffset) }

  private func obfuscated(_ d: UInt8, _ p: UInt8, _ offset: Int64) -> UInt64? {
    guard let range = AddressRange(start: hardware.page(d, p), length: PageSize.small.bytes) else { return nil }
    return InterfaceReport.MMIORange(range, bar: 0, attributes: [], reportingOffset: offset)?.firstPage
  }

  /// What the device measures of itself.
  public func measurements(of d: UInt8) -> [[UInt8]] { [sha384(hardware.functions[Int(d)].firmware)] }

  /// Who the device is: what stays the same over resets and BAR assignments.
  public func deviceInfo(of d: UInt8) -> [UInt8] { hardware.functions[Int(d)].registers.identityDigest }
}
