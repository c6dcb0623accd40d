import Memory
import PCI
import Primitives
import Rules

/// The device's own side of TDISP: what LOCK, STOP and REPORT do inside it. Its state is the rules' `interface`.
public struct DeviceSecurityManager {
  let hardware: Hardware
  let module: TDXModule

  public init(_ hardware: Hardware, _ module: TDXModule) { (self.hardware, self.module) = (hardware, module) }

  /// A relayed message has reached device `d` and been answered.
  ///
  /// - Parameter handsOver: the report goes to the module in the process, and in no message.
  public func answer(_ d: UInt8, _ effect: Effect, handsOver: Bool) {
    guard effect.changed(.answer, Int(d)), effect.after[answer: d] != .errorResponse else { return }
    switch effect.after[request: d] {
    case .stop: if !effect.law.isDropped(.stopScrubs) { hardware.functions[Int(d)].engine.scrub() }
    case .report: if handsOver { module.reports[Int(d)] = report(of: d, offset: module.reportingOffset).bytes }
    default: break
    }
  }

  /// The report of device `d`: its exported pages as ranges, page numbers obfuscated by the offset that came with LOCK, in bytes.
  public func report(of d: UInt8, offset: Int64) -> InterfaceReport {
    let function = hardware.functions[Int(d)]
    var ranges: [InterfaceReport.MMIORange] = []
    let order = function.pages.indices.sorted {
      (function.pages[$0].bar, function.pages[$0].offset) < (function.pages[$1].bar, function.pages[$1].offset)
    }
    for p in order {
      let page = function.pages[p]
      guard let number = obfuscated(d, UInt8(p), offset) else { continue }
      let attributes = attributes(of: page, function)
      if let last = ranges.last, last.bar == UInt16(page.bar), last.attributes == attributes,
        last.firstPage + UInt64(last.pageCount) == number
      {
        ranges[ranges.count - 1].pageCount += 1
      } else {
        ranges.append(InterfaceReport.MMIORange(firstPage: number, pageCount: 1, attributes: attributes, bar: UInt16(page.bar)))
      }
    }
    return InterfaceReport(ranges: ranges)
  }

  /// The page number under which the guest knows page `p`.
  public func obfuscated(_ d: UInt8, _ p: UInt8) -> UInt64? { obfuscated(d, p, module.reportingOffset) }

  private func obfuscated(_ d: UInt8, _ p: UInt8, _ offset: Int64) -> UInt64? {
    guard let range = AddressRange(start: hardware.page(d, p), length: PageSize.small.bytes) else { return nil }
    return InterfaceReport.MMIORange(range, bar: 0, attributes: [], reportingOffset: offset)?.firstPage
  }

  /// What the device measures of itself.
  public func measurements(of d: UInt8) -> [[UInt8]] { [sha384(hardware.functions[Int(d)].firmware)] }

  /// SHA-384 of vendor, device, class, revision and capabilities: what stays the same over resets and BAR assignments.
  public func deviceInfo(of d: UInt8) -> [UInt8] {
    let registers = hardware.functions[Int(d)].registers
    var writer = WireWriter()
    writer.integer(registers.space.vendorID)
    writer.integer(registers.space.deviceID)
    writer.integer(registers.space.classCode)
    writer.integer(registers.space.revision)
    for capability in registers.capabilities.capabilities { writer.integer(UInt16(truncatingIfNeeded: capability.offset)) }
    return sha384(writer.bytes)
  }

  private func attributes(of page: BusFunction.Page, _ function: BusFunction) -> InterfaceReport.MMIORange.Attributes {
    InterfaceReport.attributes(bar: page.bar, page.offset, isTEE: page.isTEE, msix: function.registers.msix)
  }
}
