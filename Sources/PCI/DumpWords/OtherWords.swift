/// Words of the capabilities that only describe themselves: names, sizes, hints.
extension DumpVocabulary {
  /// Eight bytes, the last one first; elder versions of lspci had them in the order of the registers.
  static func deviceSerialNumber(_ at: Int, _ space: ConfigurationSpace) -> Self {
    let bytes = (4..<12).map { padded(UInt64(space.byte(at + $0)), 2) }
    return Self(title: [
      .text("Device Serial Number", right: [bytes.reversed().joined(separator: "-"), bytes.joined(separator: "-")])
    ])
  }

  /// PCI Bridge 1.2 section 3.2.5.13: of a subsystem with a name no digits are there.
  static func subsystem(_ at: Int, _ space: ConfigurationSpace) -> Self {
    let numbers = padded(UInt64(space.word(at + 4)), 4) + ":" + padded(UInt64(space.word(at + 6)), 4)
    return Self(title: [.text("Subsystem: Device", right: [numbers])])
  }

  /// PCIe 6.0 section 7.9.5.
  static let vendorSpecificExtended = Self(title: [
    .hex("ID", bits: 0...15, at: 4), .number("Rev", bits: 16...19, at: 4), .hex("Len", bits: 20...31, at: 4),
  ])

  /// PCIe 6.0 section 7.9.6. An elder lspci has this on lines of their own, with another base for the length.
  static let designatedVendor: Self = {
    let vendor: [DumpWord] = [.hex("Vendor", "DVSEC Vendor ID", bits: 0...15, at: 4), .number("Rev", bits: 16...19, at: 4)]
    return Self(
      title: vendor + [.hex("ID", bits: 0...15, at: 8), .number("Len", bits: 20...31, at: 4)],
      lines: [
        DumpLine("DVSEC Vendor ID=", vendor + [.hex("Len", bits: 20...31, at: 4)]), DumpLine("DVSEC ID=", [.hex("DVSEC ID", bits: 0...15, at: 8)]),
      ])
  }()

  /// PCIe 6.0 section 7.9.13.
  static func processingHints(_ at: Int, _ space: ConfigurationSpace) -> Self {
    let places = ["No steering table available", "Steering table in TPH capability structure", "Steering table in MSI-X table"]
    let place = Int(space.bits(9...10, at: at + 4))
    return Self(
      lines: [
        DumpLine("Interrupt vector mode supported", at: 4, [.present("Interrupt vector mode supported", bit: 1)]),
        DumpLine("Device specific mode supported", at: 4, [.present("Device specific mode supported", bit: 2)]),
        DumpLine("Extended requester support", at: 4, [.present("Extended requester support", bit: 8)]),
        DumpLine(places.indices.contains(place) ? places[place] : "Reserved steering table location", []),
      ], families: ["No steering", "Steering table", "Reserved steering"])
  }

  /// `BAR 4: current size: 16MB, supported: 16MB 32MB`: PCIe 6.0 section 7.8.6. Bits 4 to 31 of the capability and 16 to 31 of the
  /// control register are sizes from 1 MB.
  static func resizableBAR(_ at: Int, _ space: ConfigurationSpace) -> Self {
    func spelled(_ exponent: Int) -> String {
      let units = ["MB", "GB", "TB", "PB", "EB"]
      return exponent < 44 ? "\(1 << (exponent % 10))\(units[exponent / 10])" : "<unknown>"
    }
    let count = Int(space.long(at + 8) >> 5 & 7)
    let lines = (0..<count).flatMap { block -> [DumpLine] in
      let (sizes, control) = (space.long(at + 4 + 8 * block), space.long(at + 8 + 8 * block))
      let supported = (0..<28).filter { sizes >> UInt32($0 + 4) & 1 != 0 } + (28..<44).filter { control >> UInt32($0 - 12) & 1 != 0 }
      let words: [DumpWord] = [
        .text("current size", right: [spelled(Int(control >> 8 & 0x3F))]),
        .text("supported", right: [supported.map(spelled).joined(separator: " ")]),
      ]
      return [":", ","].map { DumpLine("BAR \(control & 7)" + $0, words) }
    }
    return Self(lines: lines, families: ["BAR "])
  }

  /// PCIe 6.0 section 7.9.11.
  static let multicast: Self = {
    let control: [DumpWord] = [.number("NumGroups", bits: 0...5, at: 6) { $0 + 1 }, .flag("Enable", bit: 15, at: 6)]
    return Self(lines: [
      // An endpoint's has no end: the control register follows on the same line.
      DumpLine(
        "McastCap:", at: 4,
        [.number("MaxGroups", bits: 0...5) { $0 + 1 }, .number("WindowSz", bits: 8...13), .flag("ECRCRegen", bit: 15)] + control),
      DumpLine("McastCtl:", at: 6, control),
      DumpLine("McastBAR:", at: 8, [.number("IndexPos", bits: 0...5), .hex("BaseAddr", bits: 0...63) { $0 & ~0xFFF }]),
      DumpLine("McastReceiveVec:", at: 0x10, [.hex("McastReceiveVec", bits: 0...63)]),
      DumpLine("McastBlockAllVec:", at: 0x18, [.hex("McastBlockAllVec", bits: 0...63)]),
      DumpLine("McastBlockUntransVec:", at: 0x20, [.hex("McastBlockUntransVec", bits: 0...63)]),
    ])
  }()
}
