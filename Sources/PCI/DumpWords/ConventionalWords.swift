/// Words of the capabilities below 0x100, but for PCI Express.
extension DumpVocabulary {
  /// PCIe 6.0 section 7.5.2; the bridge's byte is of PCI PM 1.2.
  static let powerManagement = Self(
    title: [.number("version", bits: 0...2, at: 2)],
    lines: [
      DumpLine(
        "Flags:", at: 2,
        [
          .flag("PMEClk", bit: 3), .flag("DSI", bit: 5), .flag("D1", bit: 9), .flag("D2", bit: 10),
          .number("AuxCurrent", bits: 6...8) { [0, 55, 100, 160, 220, 270, 320, 375][Int($0)] },
          .flag("PME(D0", bit: 11), .flag(",D1", bit: 12), .flag(",D2", bit: 13), .flag(",D3hot", bit: 14), .flag(",D3cold", bit: 15),
        ]),
      DumpLine(
        "Status:", at: 4,
        [
          .number("Status: D", bits: 0...1), .flag("NoSoftRst", bit: 3), .flag("PME-Enable", bit: 8), .number("DSel", bits: 9...12),
          .number("DScale", bits: 13...14), .flag("PME", bit: 15),
        ]),
      DumpLine("Bridge:", at: 6, [.flag("PM", bit: 7), .flag("B3", bit: 6, inverted: true)]),
    ])

  /// PCIe 6.0 section 7.7.1. An address of 64 bits moves what follows it.
  static func msi(_ at: Int, _ space: ConfigurationSpace) -> Self {
    let control = space.word(at + 2)
    let is64 = control & 1 << 7 != 0
    let address = is64 ? space.bits(0...63, at: at + 4) : space.bits(0...31, at: at + 4)
    let (used, offered) = (control >> 4 & 7, control >> 1 & 7)
    // Elder versions printed the bits as they are.
    let count = "\(1 << used)/\(1 << offered)", queue = "\(used)/\(offered)"
    return Self(
      title: [
        .flag("Enable", bit: 0, at: 2), .flag("64bit", bit: 7, at: 2), .flag("Maskable", "Mask", bit: 8, at: 2),
        .text("Count", right: [count]), .text("Queue", right: [queue]),
      ],
      lines: [
        DumpLine("Address:", [.text("Address", right: [padded(address, is64 ? 16 : 8)]), .hex("Data", bits: 0...15, at: is64 ? 12 : 8)]),
        DumpLine("Masking:", [.hex("Masking", bits: 0...31, at: is64 ? 16 : 12), .hex("Pending", bits: 0...31, at: is64 ? 20 : 16)]),
      ])
  }

  /// PCIe 6.0 section 7.7.2.
  static let msix: Self = {
    func place(_ label: String, _ register: Int) -> DumpLine {
      DumpLine(label, at: register, [.number("BAR", bits: 0...2), .hex("offset", bits: 0...31) { $0 & ~7 }])
    }
    return Self(
      title: [
        .flag("Enable", bit: 15, at: 2), .number("Count", "TabSize", bits: 0...10, at: 2) { $0 + 1 }, .flag("Masked", "Mask", bit: 14, at: 2),
      ],
      lines: [place("Vector table:", 4), place("PBA:", 8)])
  }()

  /// PCI Advanced Capabilities ECN.
  static let advancedFeatures = Self(lines: [
    DumpLine("AFCap:", at: 3, [.flag("TP", bit: 0), .flag("FLR", bit: 1)]), DumpLine("AFCtrl:", at: 4, [.flag("FLR", bit: 0)]),
    DumpLine("AFStatus:", at: 5, [.flag("TP", bit: 0)]),
  ])

  /// `Len=` of any, and the structure that virtio 1.2 section 4.1.4 puts there. That it is virtio the text says, and the vendor.
  static func vendorSpecific(_ at: Int, _ space: ConfigurationSpace) -> Self {
    let isShared = space.byte(at + 3) == 8
    func wide(_ low: Int, _ high: Int) -> UInt64 { UInt64(space.long(at + low)) | (isShared ? UInt64(space.long(at + high)) << 32 : 0) }
    // An lspci that does not know shared memory prints the lower half, as of the others.
    func spellings(_ low: Int, _ high: Int) -> [String] {
      [padded(wide(low, high), isShared ? 16 : 8), padded(UInt64(space.long(at + low)), 8)]
    }
    return Self(
      title: [
        .hex("Len", bits: 0...7, at: 2),
        .choice("VirtIO", bits: 0...7, at: 3, ["", "CommonCfg", "Notify", "ISR", "DeviceCfg", "", "", "", "SharedMemory"], otherwise: "<unknown>"),
      ],
      lines: [
        DumpLine(
          "BAR=",
          [
            .number("BAR", bits: 0...7, at: 4), .number("id", bits: 0...7, at: 5), .hex("multiplier", bits: 0...31, at: 16),
            .text("offset", right: spellings(8, 16)), .text("size", right: spellings(12, 20)),
          ]), DumpLine("multiplier=", [.hex("multiplier", bits: 0...31, at: 16)]),
      ])
  }
}
