/// The words of the header: PCI 3.0 section 6.2, PCIe 6.0 section 7.5.1. Regions and identifiers are `DumpCheck`'s own, since the
/// kernel may have printed them.
extension DumpVocabulary {
  static func header(_ space: ConfigurationSpace) -> Self {
    let mastery = DumpLine(
      "Latency:",
      [
        .number("Latency", bits: 0...7, at: 0x0D), .number("Cache Line Size", bits: 0...7, at: 0x0C) { $0 * 4 },
        .text("Latency: \(space.byte(0x0D))", right: grant(space), wrong: []),
      ])
    var lines = [
      DumpLine("Control:", at: 0x04, CommandRegister.names.enumerated().map { .flag($0.element, bit: $0.offset) }),
      DumpLine("Status:", at: 0x06, status + [.flag("Cap", bit: 4), .flag("UDF", bit: 6), .flag(">SERR", bit: 14), .flag("INTx", bit: 3)]),
      mastery, DumpLine("Interrupt:", at: 0x3D, [.choice("pin", bits: 0...7, ["?", "A", "B", "C", "D"])]),
      DumpLine("BIST result:", at: 0x0F, [.hex("BIST result", bits: 0...3)]),
      DumpLine("BIST is running", at: 0x0F, [.present("BIST is running", bit: 6)]),
    ]
    if space.headerType == .bridge { lines += bridge }
    return Self(lines: lines)
  }

  /// Both status registers of a bridge have these.
  private static let status: [DumpWord] = [
    .flag("66MHz", bit: 5), .flag("FastB2B", bit: 7), .flag("ParErr", bit: 8),
    .choice("DEVSEL", bits: 9...10, ["fast", "medium", "slow", "??"]), .flag(">TAbort", bit: 11), .flag("<TAbort", bit: 12),
    .flag("<MAbort", bit: 13), .flag("<PERR", bit: 15),
  ]

  /// ` (250ns min, 500ns max)`, which an endpoint has where its registers are not zero.
  private static func grant(_ space: ConfigurationSpace) -> [String] {
    let (minimum, maximum) = (Int(space.byte(0x3E)) * 250, Int(space.byte(0x3F)) * 250)
    guard space.headerType == .endpoint, minimum + maximum > 0 else { return [] }
    let parts = [minimum > 0 ? "\(minimum)ns min" : "", maximum > 0 ? "\(maximum)ns max" : ""].filter { !$0.isEmpty }
    return ["(" + parts.joined(separator: ", ") + ")"]
  }

  private static let bridge = [
    DumpLine(
      "Bus:", at: 0x18,
      [
        .hex("primary", bits: 0...7), .hex("secondary", bits: 8...15), .hex("subordinate", bits: 16...23),
        .number("sec-latency", bits: 24...31),
      ]),
    DumpLine("Secondary status:", at: 0x1E, status + [.flag("<SERR", bit: 14)]),
    DumpLine(
      "BridgeCtl:", at: 0x3E,
      [
        .flag("Parity", bit: 0), .flag("SERR", bit: 1), .flag("NoISA", bit: 2), .flag("VGA", bit: 3), .flag("VGA16", bit: 4),
        .flag("MAbort", bit: 5), .flag(">Reset", bit: 6), .flag("FastB2B", bit: 7), .flag("PriDiscTmr", bit: 8),
        .flag("SecDiscTmr", bit: 9), .flag("DiscTmrStat", bit: 10), .flag("DiscTmrSERREn", bit: 11),
      ]),
  ]
}
