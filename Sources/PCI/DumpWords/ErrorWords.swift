/// Words of Advanced Error Reporting (PCIe 6.0 section 7.8.4) and Downstream Port Containment (section 7.9.14).
extension DumpVocabulary {
  static func advancedErrorReporting(_ at: Int, _ space: ConfigurationSpace) -> Self {
    let log = (0..<4).map { padded(UInt64(space.long(at + 0x1C + 4 * $0)), 8) }.joined(separator: " ")
    return Self(lines: errors + [DumpLine("HeaderLog:", [.text("HeaderLog", right: [log])])] + root)
  }

  private static let uncorrectable: [DumpWord] = [
    .flag("DLP", bit: 4), .flag("SDES", bit: 5), .flag("TLP", bit: 12), .flag("FCP", bit: 13), .flag("CmpltTO", bit: 14),
    .flag("CmpltAbrt", bit: 15), .flag("UnxCmplt", bit: 16), .flag("RxOF", bit: 17), .flag("MalfTLP", bit: 18), .flag("ECRC", bit: 19),
    .flag("UnsupReq", bit: 20), .flag("ACSViol", bit: 21), .flag("UncorrIntErr", bit: 22), .flag("BlockedTLP", bit: 23),
    .flag("AtomicOpBlocked", bit: 24), .flag("TLPBlockedErr", bit: 25), .flag("PoisonTLPBlocked", bit: 26),
    .flag("DMWrReqBlocked", bit: 27), .flag("IDECheck", bit: 28), .flag("MisIDETLP", bit: 29), .flag("PCRC_CHECK", bit: 30),
    .flag("TLPXlatBlocked", bit: 31),
  ]
  private static let correctable: [DumpWord] = [
    .flag("RxErr", bit: 0), .flag("BadTLP", bit: 6), .flag("BadDLLP", bit: 7), .flag("Rollover", bit: 8), .flag("Timeout", bit: 12),
    .flag("AdvNonFatalErr", "NonFatalErr", bit: 13), .flag("CorrIntErr", bit: 14), .flag("HeaderOF", bit: 15),
  ]

  private static let errors: [DumpLine] = [
    DumpLine("UESta:", at: 0x04, uncorrectable), DumpLine("UEMsk:", at: 0x08, uncorrectable), DumpLine("UESvrt:", at: 0x0C, uncorrectable),
    DumpLine("CESta:", at: 0x10, correctable), DumpLine("CEMsk:", at: 0x14, correctable),
    DumpLine(
      "AERCap:", at: 0x18,
      [
        .hex("First Error Pointer", bits: 0...4), .flag("ECRCGenCap", "GenCap", bit: 5), .flag("ECRCGenEn", "CGenEn", bit: 6),
        .flag("ECRCChkCap", "ChkCap", bit: 7), .flag("ECRCChkEn", "ChkEn", bit: 8), .flag("MultHdrRecCap", bit: 9),
        .flag("MultHdrRecEn", bit: 10), .flag("TLPPfxPres", bit: 11), .flag("HdrLogCap", bit: 12),
      ]),
  ]

  private static let root: [DumpLine] = [
    DumpLine("RootCmd:", at: 0x2C, [.flag("CERptEn", bit: 0), .flag("NFERptEn", bit: 1), .flag("FERptEn", bit: 2)]),
    DumpLine(
      "RootSta:", at: 0x30,
      [
        .flag("CERcvd", bit: 0), .flag("MultCERcvd", bit: 1), .flag("UERcvd", bit: 2), .flag("MultUERcvd", bit: 3),
        .flag("FirstFatal", bit: 4), .flag("NonFatalMsg", bit: 5), .flag("FatalMsg", bit: 6), .number("IntMsgNum", "IntMsg", bits: 27...31),
      ]),
    DumpLine("ErrorSrc:", at: 0x34, [.hex("ERR_COR", bits: 0...15), .hex("ERR_FATAL/NONFATAL", bits: 16...31)]),
  ]

  static let downstreamPortContainment = Self(lines: [
    DumpLine(
      "DpcCap:", at: 0x04,
      [
        .number("IntMsgNum", "INT Msg #", bits: 0...4), .flag("RPExt", bit: 5), .flag("PoisonedTLP", bit: 6), .flag("SwTrigger", bit: 7),
        .number("RP PIO Log", bits: 8...11), .flag("DL_ActiveErr", bit: 12),
      ]),
    DumpLine(
      "DpcCtl:", at: 0x06,
      [
        .hex("Trigger", bits: 0...1), .flag("Cmpl", bit: 2), .flag("INT", bit: 3), .flag("ErrCor", bit: 4), .flag("PoisonedTLP", bit: 5),
        .flag("SwTrigger", bit: 6), .flag("DL_ActiveErr", bit: 7),
      ]),
    DumpLine(
      "DpcSta:", at: 0x08,
      [
        .flag("Trigger", bit: 0), .hex("Reason", bits: 1...2), .flag("INT", bit: 3), .flag("RPBusy", bit: 4), .hex("TriggerExt", bits: 5...6),
        .hex("ErrPtr", bits: 8...12),
      ]), DumpLine("Source:", at: 0x0A, [.hex("Source", bits: 0...15)]),
  ])
}
