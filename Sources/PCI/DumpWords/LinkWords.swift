/// Words of the capabilities that describe links and times: PCIe 6.0 sections 7.7.3 to 7.7.10, 7.8.2, 7.8.3, 7.9.15.
extension DumpVocabulary {
  static func latencyTolerance(_ at: Int, _ space: ConfigurationSpace) -> Self {
    @Sendable func latency(_ value: UInt64) -> UInt64? { (value & 0x3FF) << (5 * (value >> 10 & 7)) }
    return Self(lines: [
      DumpLine("Max snoop latency:", at: 4, [.number("Max snoop latency", bits: 0...15, scaled: latency)]),
      DumpLine("Max no snoop latency:", at: 6, [.number("Max no snoop latency", bits: 0...15, scaled: latency)]),
    ])
  }

  static func lowPowerSubstates(_ at: Int, _ space: ConfigurationSpace) -> Self {
    func powerOn(_ low: Int, _ register: Int) -> @Sendable (UInt64) -> UInt64? {
      let scale = space.bits(low...(low + 1), at: at + register)
      return { value in scale == 3 ? nil : value * [2, 10, 100][Int(scale)] }
    }
    let states: [DumpWord] = [
      .flag("PCI-PM_L1.2", bit: 0), .flag("PCI-PM_L1.1", bit: 1), .flag("ASPM_L1.2", bit: 2), .flag("ASPM_L1.1", bit: 3),
    ]
    let scale = space.bits(29...31, at: at + 8)
    return Self(lines: [
      DumpLine(
        "L1SubCap:", at: 4,
        states + [
          .flag("L1_PM_Substates", bit: 4), .number("PortCommonModeRestoreTime", bits: 8...15),
          .number("PortTPowerOnTime", bits: 19...23, scaled: powerOn(16, 4)),
        ]),
      DumpLine(
        "L1SubCtl1:", at: 8,
        states + [
          .number("T_CommonMode", bits: 8...15),
          .number("LTR1.2_Threshold", "LTR1.2_Threshhold", bits: 16...25) { scale > 5 ? nil : $0 << (5 * scale) },
        ]), DumpLine("L1SubCtl2:", at: 12, [.number("T_PwrOn", bits: 3...7, scaled: powerOn(0, 12))]),
    ])
  }

  static func secondaryPCIExpress(_ at: Int, _ space: ConfigurationSpace) -> Self {
    let lanes = (0..<16).filter { space.word(at + 8) >> UInt16($0) & 1 != 0 }
    let errors = lanes.isEmpty ? "0" : "LaneErr at lane: " + lanes.map(String.init).joined(separator: " ")
    return Self(lines: [
      DumpLine("LnkCtl3:", at: 4, [.flag("PerformEqu", bit: 0), .flag("LnkEquIntrruptEn", bit: 1)]),
      DumpLine("LaneErrStat:", [.text("LaneErrStat", right: [errors])]),
    ])
  }

  private static let equalization: [DumpWord] = [
    .flag("EquComplete", bit: 0), .flag("EquPhase1", bit: 1), .flag("EquPhase2", bit: 2), .flag("EquPhase3", bit: 3),
    .flag("LinkEquRequest", bit: 4),
  ]
  static let physicalLayer16 = Self(lines: [DumpLine("Phy16Sta:", at: 0x0C, equalization)])
  static let physicalLayer32 = Self(lines: [
    DumpLine(
      "Phy32Cap:", at: 0x04,
      [
        .flag("EqualizationBypass", bit: 0), .flag("NoEqualizationNeeded", bit: 1), .flag("ModTsMode0", bit: 8), .flag("ModTsMode1", bit: 9),
        .flag("ModTsMode2", bit: 10),
      ]),
    DumpLine(
      "Phy32Ctl:", at: 0x08,
      [
        .flag("EqualizationBypassDis", bit: 0), .flag("NoEqualizationNeededDis", bit: 1),
        .choice(
          "Modified TS Usage Mode", bits: 8...10, ["PCI Express", "Training Set Messages", "Alternate Protocol Negotiation"]),
      ]),
    DumpLine(
      "Phy32Sta:", at: 0x0C,
      equalization + [
        .flag("ModTsRecv", bit: 5),
        .choice(
          "Received Enhanced Link Behavior Control", bits: 6...7,
          [
            "Full Equalization required", "Equalization bypass to highest rate support", "No Equalization Needed",
            "Modified TS1/TS2 Ordered Sets supported",
          ]), .flag("TxPrecodeOn", bit: 8), .flag("TxPrecodeReq", bit: 9), .flag("NoEqualizationNeededRecv", bit: 10),
      ]),
  ])
  static let physicalLayer64 = Self(lines: [
    DumpLine(
      "Phy64Sta:", at: 0x0C,
      equalization + [.flag("TxPrecodeOn", bit: 5), .flag("TxPrecodeReq", bit: 6), .flag("NoEqualizationNeededRecv", bit: 7)])
  ])

  static let laneMargining = Self(lines: [
    DumpLine("PortCap:", at: 4, [.flag("Uses Driver", bit: 0)]),
    DumpLine("PortSta:", at: 6, [.flag("MargReady", bit: 0), .flag("MargSoftReady", bit: 1)]),
  ])

  static let timeMeasurement: Self = {
    func granularity(_ name: String, _ none: String, at register: Int) -> DumpLine {
      let spelled = [none] + (1...254).map { "\($0)ns" } + ["Greater than 254ns"]
      return DumpLine(name + ":", at: register, [.choice(name, bits: 8...15, spelled)])
    }
    return Self(lines: [
      DumpLine("PTMCap:", at: 4, [.flag("Requester", bit: 0), .flag("Responder", bit: 1), .flag("Root", bit: 2)]),
      DumpLine("PTMControl:", at: 8, [.flag("Enabled", bit: 0), .flag("RootSelected", bit: 1)]),
      granularity("PTMClockGranularity", "Unimplemented", at: 4), granularity("PTMEffectiveGranularity", "Unknown", at: 8),
    ])
  }()

  /// PCIe 6.0 section 7.7.9.
  static let device3: Self = {
    let width = ["x1", "x2", "x4", "x8", "x16", "", "", "Dynamic"]
    return Self(lines: [
      DumpLine(
        "DevCap3:", at: 4,
        [
          .flag("DMWr Request Routing", bit: 0), .flag("14-Bit Tag Completer", bit: 1), .flag("14-Bit Tag Requester", bit: 2), .flag("L0p", bit: 3),
          .flag("UIO Mem RdWr Completer", bit: 10), .flag("UIO Mem RdWr Requester", bit: 11),
        ]),
      DumpLine(
        "DevCtl3:", at: 8,
        [
          .flag("DMWr Requester", bit: 0), .flag("DMWr Egress Blocking", bit: 1), .flag("14-Bit Tag Requester", bit: 2), .flag("L0p", bit: 3),
          .choice("Target Link Width", bits: 4...6, width), .flag("UIO Mem RdWr Requester", bit: 7),
          .flag("UIO Request 256B Boundary", bit: 8, inverted: true),
        ]),
      DumpLine(
        "DevSta3:", at: 12,
        [.choice("Initial Link Width", bits: 0...2, width), .flag("Segment Captured", bit: 3), .flag("Remote L0p", bit: 4)]),
    ])
  }()
}
