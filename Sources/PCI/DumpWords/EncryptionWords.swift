/// Words of the mailbox and of link encryption: PCIe 6.0 sections 7.9.24 and 7.9.26.
extension DumpVocabulary {
  static let dataObjectExchange = Self(lines: [
    DumpLine("DOECap:", at: 0x04, [.flag("IntSup", bit: 0), .number("IntMsgNum", bits: 1...11), .hex("Interrupt Message Number", bits: 1...11)]),
    DumpLine("DOECtl:", at: 0x08, [.flag("IntEn", bit: 1)]),
    // pciutils 3.9 takes bits 0 and 1 for the error.
    DumpLine(
      "DOESta:", at: 0x0C,
      [.flag("Busy", bit: 0), .flag("IntSta", bit: 1), .flag("Error", bit: 2).asRemark, .flag("ObjectReady", bit: 31)]),
  ])

  static func integrityAndEncryption(_ ide: IntegrityAndEncryption, _ space: ConfigurationSpace) -> Self {
    var lines = [capabilities(ide), DumpLine("IDECtl:", at: 0x08, [.flag("FTEn", bit: 2)])]
    for stream in 0..<ide.linkStreams { lines += link(stream, at: 0x0C + 8 * stream) }
    for (stream, block) in ide.selectiveBlocks.enumerated() { lines += selective(stream, at: block, ide.offset, space) }
    return Self(lines: lines, families: ["LinkIDE#", "SelectiveIDE#"])
  }

  private static func capabilities(_ ide: IntegrityAndEncryption) -> DumpLine {
    DumpLine(
      "IDECap:", at: 0x04,
      [
        .text("Lnk", right: ["\(ide.linkStreams)"]), .text("Sel", right: ["\(ide.selectiveStreams)"]), .flag("FlowThru", bit: 2),
        .flag("PartHdr", bit: 3), .flag("Aggr", bit: 4), .flag("PCPC", "PCRC", bit: 5), .flag("IDE_KM", bit: 6), .flag("SelCfg", bit: 7),
        algorithm(8...12), .number("TCs", bits: 13...15) { $0 + 1 }, .flag("TeeLim", bit: 24), .flag("XT", bit: 25),
      ])
  }

  private static func algorithm(_ bits: ClosedRange<Int>) -> DumpWord {
    DumpWord(
      names: ["Alg='"], bits: bits, register: nil,
      form: .choice({ [$0 == 0 ? "AES-GCM-256-96b" : "reserved"] }, among: ["AES-GCM-256-96b", "reserved"]))
  }

  /// What both kinds of stream have in their control register. Whether one runs is a state of the moment that no machine starts
  /// with, and in a dump that goes round (pciutils' own) the text has it wrong: told, and no reason to refuse a device. Of a
  /// link's stream, lspci prints its `En` again where it says `PCRC`.
  private static let control: [DumpWord] = [
    .flag("En", bit: 0).asRemark, .flag("XT", bit: 1), aggregation("NPR", 2...3), aggregation("PR", 4...5), aggregation("CPL", 6...7),
    .choice("HdrEnc", bits: 10...13, ["no", "17:2", "25:2", "33:2", "41:2"]), algorithm(14...18), .number("TC", bits: 19...21),
    .number("ID", bits: 24...31),
  ]
  private static func aggregation(_ name: String, _ bits: ClosedRange<Int>) -> DumpWord { .choice(name, bits: bits, ["-", "2", "4", "8"]) }
  /// The first lspci that knew streams took 1 for secure.
  private static let states = ["insecure", "reserved|secure", "secure"]

  private static func link(_ stream: Int, at register: Int) -> [DumpLine] {
    [
      DumpLine("LinkIDE#\(stream) Ctl:", at: register, control),
      DumpLine("LinkIDE#\(stream) Sta:", at: register + 4, [.choice("Status", bits: 0...3, states), .flag("RecvChkFail", bit: 31)]),
    ]
  }

  private static func selective(_ stream: Int, at block: Int, _ offset: Int, _ space: ConfigurationSpace) -> [DumpLine] {
    let name = "SelectiveIDE#\(stream)", register = block - offset
    var lines = [
      DumpLine(name + " Cap:", at: register, [.number("RID#", bits: 0...3)]),
      DumpLine(
        name + " Ctl:", at: register + 4,
        control + [.flag("PCRC", bit: 8), .flag("CFG", bit: 9), .flag("TeeLim", bit: 23), .present("Default", bit: 22)]),
      DumpLine(name + " Sta:", at: register + 8, [.choice("Sta:", bits: 0...3, states), .flag("RecvChkFail", bit: 31)]),
      DumpLine(
        name + " RID:", at: register + 12,
        [.flag("Valid", bit: 32), .hex("Base", bits: 40...55), .hex("Limit", bits: 8...23), .hex("SegBase", bits: 56...63)]),
    ]
    for association in 0..<Int(space.byte(block) & 0xF) {
      let at = register + 20 + 12 * association
      let low = space.long(offset + at)
      let limit = UInt64(space.long(offset + at + 4)) << 32 | UInt64(low >> 20) << 20 | 0xF_FFFF
      let base = UInt64(space.long(offset + at + 8)) << 32 | UInt64(low >> 8 & 0xFFF) << 20
      lines.append(
        DumpLine(
          "\(name) RID#\(association):", at: at,
          [.flag("Valid", bit: 0), .hex("Base", bits: 0...0) { _ in base }, .hex("Limit", bits: 0...0) { _ in limit }]))
    }
    return lines
  }
}
