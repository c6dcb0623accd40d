/// Words of the PCI Express capability: PCIe 6.0 section 7.5.3.
extension DumpVocabulary {
  static func express(_ at: Int, _ space: ConfigurationSpace) -> Self {
    let port = UInt8(space.byte(at + 2) >> 4)
    var lines = [deviceCapabilities(at, space), deviceControl, deviceStatus] + second
    // Root complex integrated endpoints and event collectors have no link: what lspci prints of one it has from elsewhere (CXL).
    if port != 9, port != 10 { lines += expressLink(at, space, port) }
    return Self(title: title, lines: lines + slot(at, space) + root)
  }

  private static let title: [DumpWord] = [
    .number("(v", bits: 0...3, at: 2),
    .choice(
      names: (0...15).map { "Express (v\($0))" } + ["Express"], bits: 4...7, at: 2,
      [
        "Endpoint", "Legacy Endpoint", "", "", "Root Port", "Upstream Port", "Downstream Port", "PCI-Express to PCI/PCI-X Bridge|PCI/PCI-X Bridge",
        "PCI/PCI-X to PCI-Express Bridge|PCI/PCI-X to PCI-Express Bridge", "Root Complex Integrated Endpoint", "Root Complex Event Collector",
      ], otherwise: "Unknown type"),
    .flag("(Slot", bit: 8, at: 2), .number("IntMsgNum", bits: 9...13, at: 2), .hex("MSI", bits: 9...13, at: 2),
    .present("FLIT Mode Supported", bit: 15, at: 2),
  ]

  static let latenciesL0s = ["<64ns", "<128ns", "<256ns", "<512ns", "<1us", "<2us", "<4us", "unlimited"]
  static let latenciesL1 = ["<1us", "<2us", "<4us", "<8us", "<16us", "<32us", "<64us", "unlimited"]

  private static func deviceCapabilities(_ at: Int, _ space: ConfigurationSpace) -> DumpLine {
    DumpLine(
      "DevCap:", at: 0x04,
      [
        .number("MaxPayload", bits: 0...2) { 128 << $0 }, .number("PhantFunc", bits: 3...4) { 1 << $0 - 1 }, .flag("ExtTag", bit: 5),
        .choice("Latency L0s", bits: 6...8, latenciesL0s), .choice(", L1", bits: 9...11, latenciesL1), .flag("AttnBtn", bit: 12),
        .flag("AttnInd", bit: 13), .flag("PwrInd", bit: 14), .flag("RBE", bit: 15),
        .text("SlotPowerLimit", right: watts(value: space.bits(18...25, at: at + 4), scale: space.bits(26...27, at: at + 4))),
        .flag("FLReset", bit: 28), .flag("TEE-IO", bit: 30),
      ])
  }

  /// 1 to 0.001 W a unit; the uppermost values of the first scale stand for more (PCIe 6.0 section 7.5.3.9), which elder versions of
  /// lspci did not know. `75W` now, `75.000W` then, and before that `75.000000`.
  private static func watts(value: UInt64, scale: UInt64) -> [String] {
    if scale == 0, value == 0xFF { return [">600W", "255.000W", "255.000000"] }
    let units: [UInt64] = [1000, 100, 10, 1]
    var amounts = [value * units[Int(scale)]]
    if scale == 0, value >= 0xF0 { amounts.append((250 + 25 * (value - 0xF0)) * 1000) }
    return amounts.flatMap { amount in
      let (whole, digits) = (amount / 1000, String(String(1000 + amount % 1000).dropFirst()))
      let short = digits.reversed().drop { $0 == "0" }.reversed()
      return ["\(whole)\(short.isEmpty ? "" : "." + String(short))W", "\(whole).\(digits)W", "\(whole).\(digits)000"]
    }
  }

  private static let deviceControl = DumpLine(
    "DevCtl:", at: 0x08,
    [
      .flag("CorrErr", "Correctable", bit: 0), .flag("NonFatalErr", "Non-Fatal", bit: 1), .flag("FatalErr", "Fatal", bit: 2),
      .flag("UnsupReq", "Unsupported", bit: 3), .flag("RlxdOrd", bit: 4), .number("MaxPayload", bits: 5...7) { 128 << $0 },
      .flag("ExtTag", bit: 8), .flag("PhantFunc", bit: 9), .flag("AuxPwr", bit: 10), .flag("NoSnoop", bit: 11),
      .number("MaxReadReq", bits: 12...14) { 128 << $0 }, .flag("FLReset", "BrConfRtry", bit: 15),
    ])
  private static let deviceStatus = DumpLine(
    "DevSta:", at: 0x0A,
    [
      .flag("CorrErr", bit: 0), .flag("NonFatalErr", "UncorrErr", bit: 1), .flag("FatalErr", bit: 2), .flag("UnsupReq", "UnsuppReq", bit: 3),
      .flag("AuxPwr", bit: 4), .flag("TransPend", bit: 5),
    ])

  private static let second: [DumpLine] = [
    DumpLine(
      "DevCap2:", at: 0x24,
      [
        .choice(
          "Completion Timeout:", bits: 0...3,
          [
            "Not Supported", "Range A", "Range B", "Range AB", "", "", "Range BC", "Range ABC", "", "", "", "", "", "", "Range BCD", "Range ABCD",
          ], otherwise: "Unknown"),
        .flag("TimeoutDis", bit: 4), .flag("ARIFwd", bit: 5), .flag("NROPrPrP", bit: 10), .flag("LTR", bit: 11),
        .choice("LN System CLS", bits: 14...15, ["Not Supported", "64byte cachelines", "128byte cachelines", "Reserved"]),
        .flag("10BitTagComp", bit: 16), .flag("10BitTagReq", bit: 17),
        .choice("OBFF", bits: 18...19, ["Not Supported", "Via message", "Via WAKE#", "Via message/WAKE#"]), .flag("ExtFmt", bit: 20),
        .flag("EETLPPrefix", bit: 21), .number("MaxEETLPPrefixes", bits: 22...23) { $0 == 0 ? 4 : $0 },
        .choice(
          "EmergencyPowerReduction", bits: 24...25, ["Not Supported", "Dev Specific", "Form Factor Dev Specific", "Reserved"]),
        .flag("EmergencyPowerReductionInit", bit: 26), .flag("FRS", bit: 31), .flag("TPHComp", bit: 12), .flag("ExtTPHComp", bit: 13),
      ]),
    DumpLine(
      "AtomicOpsCap:", at: 0x24, [.flag("Routing", bit: 6), .flag("32bit", bit: 7), .flag("64bit", bit: 8), .flag("128bitCAS", bit: 9)]),
    DumpLine(
      "DevCtl2:", at: 0x28,
      [
        .choice(
          "Completion Timeout:", bits: 0...3,
          [
            "50us to 50ms", "50us to 100us", "1ms to 10ms", "", "", "16ms to 55ms", "65ms to 210ms", "", "", "260ms to 900ms", "1s to 3.5s", "",
            "", "4s to 13s", "17s to 64s",
          ], otherwise: "Unknown")
      ] + deviceControl2),
    DumpLine("AtomicOpsCtl:", at: 0x28, [.flag("ReqEn", bit: 6), .flag("EgressBlck", bit: 7)] + deviceControl2),
  ]
  /// The lines behind `AtomicOpsCtl:`, which has a beginning of its own, go on about the same register.
  private static let deviceControl2: [DumpWord] = [
    .flag("TimeoutDis", bit: 4), .flag("ARIFwd", bit: 5), .flag("IDOReq", bit: 8), .flag("IDOCompl", bit: 9), .flag("LTR", bit: 10),
    .flag("EmergencyPowerReductionReq", bit: 11), .flag("10BitTagReq", bit: 12),
    .choice("OBFF", bits: 13...14, ["Disabled", "Via message A", "Via message B", "Via WAKE#"]), .flag("EETLPPrefixBlk", bit: 15),
  ]

  private static func slot(_ at: Int, _ space: ConfigurationSpace) -> [DumpLine] {
    let number = space.bits(19...31, at: at + 0x14)
    let limit = watts(value: space.bits(7...14, at: at + 0x14), scale: space.bits(15...16, at: at + 0x14))
    let indicator = ["Unknown", "On", "Blink", "Off"]
    return [
      DumpLine(
        "SltCap:", at: 0x14,
        [
          .flag("AttnBtn", bit: 0), .flag("PwrCtrl", bit: 1), .flag("MRL", bit: 2), .flag("AttnInd", bit: 3), .flag("PwrInd", bit: 4),
          .flag("Surprise", "Surpise", bit: 5), .flag("HotPlug", bit: 6), .text("PowerLimit", right: limit), .flag("Interlock", bit: 17),
          .flag("NoCompl", bit: 18), .text("Slot #", right: [String(number), padded(number, 1)]),
        ]),
      DumpLine(
        "SltCtl:", at: 0x18,
        [
          .flag("AttnBtn", bit: 0), .flag("PwrFlt", bit: 1), .flag("MRL", bit: 2), .flag("PresDet", bit: 3), .flag("CmdCplt", bit: 4),
          .flag("HPIrq", bit: 5), .choice("AttnInd", bits: 6...7, indicator), .choice("PwrInd", bits: 8...9, indicator),
          .flag("Power", bit: 10), .flag("Interlock", bit: 11), .flag("LinkChg", bit: 12),
        ]),
      DumpLine(
        "SltSta:", at: 0x1A,
        [
          .flag("AttnBtn", bit: 0), .flag("PowerFlt", bit: 1), .flag("CmdCplt", bit: 4), .flag("MRL", bit: 5), .flag("PresDet", bit: 6),
          .flag("Interlock", bit: 7),
        ]),
      DumpLine("Changed:", at: 0x1A, [.flag("MRL", bit: 2), .flag("PresDet", bit: 3), .flag("LinkState", bit: 8)]),
    ]
  }

  /// Not `RootCap:`, of which elder versions of lspci printed another bit.
  private static let root: [DumpLine] = [
    DumpLine(
      "RootCtl:", at: 0x1C,
      [
        .flag("ErrCorrectable", bit: 0), .flag("ErrNon-Fatal", bit: 1), .flag("ErrFatal", bit: 2), .flag("PMEIntEna", bit: 3),
        .flag("CRSVisible", bit: 4),
      ]),
    DumpLine("RootSta:", at: 0x20, [.hex("ReqID", bits: 0...15), .flag("PMEStatus", bit: 16), .flag("PMEPending", bit: 17)]),
  ]
}
