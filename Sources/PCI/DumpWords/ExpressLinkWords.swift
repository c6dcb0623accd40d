/// Words of the link in the PCI Express capability: PCIe 6.0 sections 7.5.3.6 to 7.5.3.8 and 7.5.3.18 to 7.5.3.20.
extension DumpVocabulary {
  private static let speeds = ["", "2.5GT/s", "5GT/s", "8GT/s", "16GT/s", "32GT/s", "64GT/s", "", "128GT/s"]
  private static let deEmphasis = ["-6dB", "-3.5dB"]

  static func expressLink(_ at: Int, _ space: ConfigurationSpace, _ port: UInt8) -> [DumpLine] {
    let (capable, current) = (space.long(at + 0x0C), space.word(at + 0x12))
    func state(_ name: String, _ value: UInt16, _ ability: UInt16, _ spell: (UInt16) -> [String]) -> DumpWord {
      let verdicts = value < ability ? ["", " (downgraded)"] : value == ability ? ["", " (ok)"] : [" (overdriven)", " (strange)"]
      let all = ["", " (ok)", " (downgraded)", " (overdriven)", " (strange)"]
      let spelled = spell(value)
      return .text(name, right: spelled.flatMap { text in verdicts.map { text + $0 } }, wrong: spelled.flatMap { text in all.map { text + $0 } })
    }
    return [
      DumpLine(
        "LnkCap:", at: 0x0C,
        [
          .choice("Speed", bits: 0...3, speeds, otherwise: "unknown"), .number("Width x", bits: 4...9),
          .choice("ASPM", bits: 10...11, ["not supported", "L0s", "L1", "L0s L1"], otherwise: "unknown"),
          .choice("Latency L0s", "Latency L0", bits: 12...14, latenciesL0s), .choice("Latency L1", ", L1", bits: 15...17, latenciesL1),
          .flag("ClockPM", bit: 18), .flag("Surprise", "Suprise", bit: 19), .flag("LLActRep", bit: 20), .flag("BwNot", bit: 21),
          .flag("ASPMOptComp", bit: 22), .number("Port #", bits: 24...31),
        ]),
      DumpLine(
        "LnkCtl:", at: 0x10,
        [
          .choice("ASPM", bits: 0...1, ["Disabled", "L0s Enabled", "L1 Enabled", "L0s L1 Enabled"]), .number("RCB", bits: 3...3) { 64 << $0 },
          .flag("LnkDisable", "Disabled", bit: 4), .flag("Retrain", bit: 5), .flag("CommClk", bit: 6), .flag("ExtSynch", bit: 7),
          .flag("ClockPM", bit: 8), .flag("AutWidDis", bit: 9), .flag("BWInt", bit: 10), .flag("AutBWInt", bit: 11), .flag("FltModeDis", bit: 13),
        ]),
      DumpLine(
        "LnkSta:", at: 0x12,
        [
          state("Speed", current & 0xF, UInt16(capable & 0xF)) {
            [speeds.indices.contains(Int($0)) ? speeds[Int($0)] : "", "unknown"].filter { !$0.isEmpty }
          },
          state("Width", current >> 4 & 0x3F, UInt16(capable >> 4 & 0x3F)) { ["x\($0)"] }, .flag("TrErr", bit: 10), .flag("Train", bit: 11),
          .flag("SlotClk", bit: 12), .flag("DLActive", bit: 13), .flag("BWMgmt", bit: 14), .flag("ABWMgmt", bit: 15),
        ]),
      DumpLine(
        "LnkCap2:", at: 0x2C,
        [
          .text("Supported Link Speeds", right: supportedSpeeds(space.bits(1...7, at: at + 0x2C))), .flag("Crosslink", bit: 8),
          .flag("Retimer", bit: 23), .flag("2Retimers", bit: 24), .flag("DRS", bit: 31),
        ]), linkControl2, linkStatus2,
      DumpLine(
        "DownstreamComp:", at: 0x32,
        [
          .choice(
            "DownstreamComp", bits: 12...14,
            [
              "Link Down - Not Determined", "Link Down - Not Present", "Link Down - Present", "", "Link Up - Present",
              "Link Up - Present and DRS Received",
            ], otherwise: "Reserved")
        ]),
    ]
  }

  /// A device supports all speeds below its best. An elder lspci knows none beyond its age.
  private static func supportedSpeeds(_ vector: UInt64) -> [String] {
    let names = ["2.5GT/s", "2.5-5GT/s", "2.5-8GT/s", "2.5-16GT/s", "2.5-32GT/s", "2.5-64GT/s", "2.5-128GT/s"]
    return names.indices.last { vector >> UInt64($0) & 1 != 0 }.map { [names[$0]] } ?? ["Unknown", "RsvdP"]
  }

  private static let linkControl2 = DumpLine(
    "LnkCtl2:", at: 0x30,
    [
      .choice("Target Link Speed", bits: 0...3, ["2.5GT/s"] + speeds.dropFirst(), otherwise: "Unknown"), .flag("EnterCompliance", bit: 4),
      .flag("SpeedDis", bit: 5), .choice("Selectable De-emphasis", bits: 6...6, deEmphasis),
      .choice(
        "Transmit Margin", bits: 7...9,
        ["Normal Operating Range", "800-1200mV(full-swing)/400-700mV(half-swing)"]
          + Array(repeating: "200-400mV(full-swing)/100-200mV(half-swing)", count: 4), otherwise: "Unknown"),
      .flag("EnterModifiedCompliance", bit: 10), .flag("ComplianceSOS", bit: 11),
      .choice("Compliance De-emphasis", bits: 12...12, deEmphasis),
      .choice(
        "Compliance Preset/De-emphasis", bits: 12...15,
        [
          "-6dB de-emphasis, 0dB preshoot", "-3.5dB de-emphasis, 0dB preshoot", "-4.4dB de-emphasis, 0dB preshoot",
          "-2.5dB de-emphasis, 0dB preshoot", "0dB de-emphasis, 0dB preshoot", "0dB de-emphasis, 1.9dB preshoot",
          "0dB de-emphasis, 2.5dB preshoot", "-6.0dB de-emphasis, 3.5dB preshoot", "-3.5dB de-emphasis, 3.5dB preshoot",
          "0dB de-emphasis, 3.5dB preshoot",
        ], otherwise: "Unknown"),
    ])
  private static let linkStatus2 = DumpLine(
    "LnkSta2:", at: 0x32,
    [
      .choice("Current De-emphasis Level", bits: 0...0, deEmphasis), .flag("EqualizationComplete", bit: 1), .flag("EqualizationPhase1", bit: 2),
      .flag("EqualizationPhase2", bit: 3), .flag("EqualizationPhase3", bit: 4), .flag("LinkEqualizationRequest", bit: 5),
      .flag("Retimer", bit: 6), .flag("2Retimers", bit: 7),
      .choice("CrosslinkRes", bits: 8...9, ["unsupported", "Upstream Port", "Downstream Port", "incomplete"]), .flag("FltMode", bit: 10),
      .flag("DRS", bit: 15),
    ])
}
