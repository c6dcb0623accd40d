/// Words of the capabilities that say who may reach whom, and by which number: ACS, ARI, ATS, PASID, PRI, SR-IOV (PCIe 6.0
/// sections 7.7.11, 7.8.8, 10.5, 7.8.9, 9.3.3).
extension DumpVocabulary {
  static let accessControl: Self = {
    let services: [DumpWord] = [
      .flag("SrcValid", bit: 0), .flag("TransBlk", bit: 1), .flag("ReqRedir", bit: 2), .flag("CmpltRedir", bit: 3), .flag("UpstreamFwd", bit: 4),
      .flag("EgressCtrl", bit: 5), .flag("DirectTrans", bit: 6),
    ]
    return Self(lines: [DumpLine("ACSCap:", at: 4, services), DumpLine("ACSCtl:", at: 6, services)])
  }()

  static let alternativeRouting = Self(lines: [
    DumpLine("ARICap:", at: 4, [.flag("MFVC", bit: 0), .flag("ACS", bit: 1), .number("Next Function", bits: 8...15)]),
    DumpLine("ARICtl:", at: 6, [.flag("MFVC", bit: 0), .flag("ACS", bit: 1), .number("Function Group", bits: 4...6)]),
  ])

  static let addressTranslation = Self(lines: [
    DumpLine("ATSCap:", at: 4, [.hex("Invalidate Queue Depth", bits: 0...4)]),
    DumpLine("ATSCtl:", at: 6, [.flag("Enable", bit: 15), .hex("Smallest Translation Unit", bits: 0...4)]),
  ])

  static let processAddressSpace = Self(lines: [
    DumpLine("PASIDCap:", at: 4, [.flag("Exec", bit: 1), .flag("Priv", bit: 2), .hex("Max PASID Width", bits: 8...12)]),
    DumpLine("PASIDCtl:", at: 6, [.flag("Enable", bit: 0), .flag("Exec", bit: 1), .flag("Priv", bit: 2)]),
  ])

  static let pageRequest = Self(lines: [
    DumpLine("PRICtl:", at: 4, [.flag("Enable", bit: 0), .flag("Reset", bit: 1)]),
    DumpLine("PRISta:", at: 6, [.flag("RF", bit: 0), .flag("UPRGI", bit: 1), .flag("Stopped", bit: 8), .flag("PASID", bit: 15)]),
    DumpLine(
      "Page Request Capacity:", at: 8, [.hex("Page Request Capacity", bits: 0...31), .hex("Page Request Allocation", bits: 32...63)]),
  ])

  static func singleRootIOV(_ at: Int, _ space: ConfigurationSpace) -> Self {
    Self(lines: singleRootIOV + virtualRegions(at, space), families: ["Region "])
  }

  private static let singleRootIOV: [DumpLine] = [
    DumpLine(
      "IOVCap:", at: 0x04,
      [
        .flag("Migration", bit: 0), .flag("10BitTagReq", bit: 2), .number("IntMsgNum", bits: 21...31),
        .hex("Interrupt Message Number", bits: 21...31),
      ]),
    DumpLine(
      "IOVCtl:", at: 0x08,
      [
        .flag("Enable", bit: 0), .flag("Migration", bit: 1), .flag("Interrupt", bit: 2), .flag("MSE", bit: 3), .flag("ARIHierarchy", bit: 4),
        .flag("10BitTagReq", bit: 5),
      ]), DumpLine("IOVSta:", at: 0x0A, [.flag("Migration", bit: 0)]),
    DumpLine(
      "Initial VFs:", at: 0x0C,
      [
        .number("Initial VFs", bits: 0...15), .number("Total VFs", bits: 16...31), .number("Number of VFs", bits: 32...47),
        .hex("Function Dependency Link", bits: 48...55),
      ]),
    DumpLine(
      "VF offset:", at: 0x14, [.number("VF offset", bits: 0...15), .number("stride", bits: 16...31), .hex("Device ID", bits: 48...63)]),
    DumpLine(
      "Supported Page Size:", at: 0x1C, [.hex("Supported Page Size", bits: 0...31), .hex("System Page Size", bits: 32...63)]),
    DumpLine("VF Migration:", at: 0x3C, [.hex("offset", bits: 0...31) { $0 & ~7 }, .hex("BIR", bits: 0...2)]),
  ]

  /// `Region 0: Memory at 000001fff8000000 (64-bit, prefetchable)`: unlike those of the function itself, read from the registers.
  private static func virtualRegions(_ at: Int, _ space: ConfigurationSpace) -> [DumpLine] {
    var lines: [DumpLine] = []
    var index = 0
    while index < 6 {
      defer { index += 1 }
      let register = 0x24 + 4 * index
      let low = space.long(at + register)
      guard low != 0, low != .max else { continue }
      let label = "Region \(index):", is64 = low >> 1 & 3 == 2
      if is64 { index += 1 }
      let kind = "(\(low >> 1 & 3 == 0 ? "32" : "64")-bit, \(low & 8 != 0 ? "" : "non-")prefetchable)"
      lines.append(
        DumpLine(
          label, at: register,
          [.hex("at", bits: 0...(is64 ? 63 : 31)) { $0 & ~0xF }, .text("at " + digits(low, is64, space, at + register), right: [kind])]))
    }
    return lines
  }

  private static func digits(_ low: UInt32, _ is64: Bool, _ space: ConfigurationSpace, _ at: Int) -> String {
    (is64 ? padded(UInt64(space.long(at + 4)), 8) : "") + padded(UInt64(low & ~0xF), 8)
  }
}
