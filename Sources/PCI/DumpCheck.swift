import Documents
import Primitives

/// Holds the decoded text against the bytes, and the bytes against the specifications.
struct DumpCheck {
  let file: String
  let function: DumpText.Function
  let bytes: DumpBytes
  let facts: DumpFacts
  let space: ConfigurationSpace
  private(set) var problems: [DumpProblem] = []

  init(file: String, function: DumpText.Function, bytes: DumpBytes, facts: DumpFacts, space: ConfigurationSpace) {
    (self.file, self.function, self.bytes, self.facts, self.space) = (file, function, bytes, facts, space)
  }

  private mutating func add(
    _ code: DumpProblem.Code, _ severity: DumpProblem.Severity = .error, line: Int?, _ message: String, expected: String = ""
  ) {
    problems.append(DumpProblem(code, severity, at: Position(file: file, line: line), message, expected: expected))
  }

  mutating func lists(_ walk: CapabilityWalk) {
    for fault in walk.faults {
      let code: DumpProblem.Code =
        switch fault.code {
        case .loop: .capabilityLoop
        case .outOfRange: .capabilityOutOfRange
        case .misaligned: .capabilityMisaligned
        case .allOnes: .capabilityAllOnes
        case .overlap: .capabilityOverlap
        case .cut: .capabilityCut
        }
      add(code, line: bytes.line(of: fault.offset), fault.message)
    }
    if let line = facts.accessDenied {
      add(.accessDenied, .remark, line: line, "lspci could not read the capabilities", expected: "a dump made as root")
    }
    if !space.hasExtendedSpace, walk[.pciExpress] != nil {
      add(
        .extendedSpaceMissing, .remark, line: function.header.number, "a PCI Express function without its extended space",
        expected: "4096 bytes, as lspci -xxxx prints as root")
    }
  }

  /// `Class 0800: Device aaaa:bbbb (rev 01) (prog-if 10)` with -n, `...[1200]: ... [ffee:0001] (rev 01)` with -nn;
  /// names alone cannot be checked.
  mutating func header() {
    let title = function.title
    if title.hasPrefix("Class ") { compareHeader("class", title.dropFirst(6).prefix(4), space.classCode, 4) }
    if let device = title.range(of: ": Device ") {
      compareIdentifiers(title[device.upperBound...].prefix(9))
    }
    for piece in title.split(separator: "[").dropFirst() {
      guard let close = piece.firstIndex(of: "]") else { continue }
      let inner = piece[..<close]
      if inner.count == 9 { compareIdentifiers(inner) }
      if inner.count == 4, piece[close...].hasPrefix("]:") { compareHeader("class", inner, space.classCode, 4) }
    }
    if let revision = title.range(of: "(rev ") {
      compareHeader("revision", title[revision.upperBound...].prefix(2), UInt16(space.revision), 2)
    }
    if let interface = title.range(of: "(prog-if ") {
      compareHeader("programming interface", title[interface.upperBound...].prefix(2), UInt16(space.programmingInterface), 2)
    }
  }

  private mutating func compareIdentifiers(_ text: Substring) {
    let parts = text.split(separator: ":")
    guard parts.count == 2, parts.allSatisfy({ $0.count == 4 }) else { return }
    compareHeader("vendor", parts[0], space.vendorID, 4)
    compareHeader("device", parts[1], space.deviceID, 4)
  }

  private mutating func compareHeader(_ what: String, _ text: Substring, _ value: UInt16, _ digits: Int) {
    guard let claimed = UInt16(text, radix: 16), claimed != value else { return }
    add(
      .contradictsHeader, line: function.header.number, "the text says \(what) \(text), the bytes \(padded(UInt64(value), digits))",
      expected: "text and bytes of the same function")
  }

  mutating func control() {
    guard let control = facts.control else { return }
    for (name, isSet) in control.flags {
      guard let bit = CommandRegister.names.firstIndex(of: String(name)) else { continue }
      if (space.command.rawValue >> UInt16(bit) & 1 != 0) != isSet {
        add(
          .contradictsControl, line: control.line,
          "the text says \(name)\(isSet ? "+" : "-"), the command register is "
            + hexadecimal(UInt64(space.command.rawValue)), expected: "\(name)\(isSet ? "-" : "+")")
      }
    }
  }

  mutating func regions(_ bars: [BaseAddressRegister], given: [Int: UInt64], all sizes: [Int: UInt64]) {
    for region in facts.regions { compare(region, bars, given) }
    if let rom = facts.expansionROM, let offset = space.headerType?.romOffset {
      let address = UInt64(space.long(offset) & ~0x7FF)
      if address != rom.address, address != 0 {
        add(
          .contradictsRegion, line: rom.line,
          "the text says expansion ROM at \(hexadecimal(rom.address)), the bytes "
            + hexadecimal(address))
      }
    }
    for fault in BARFault.check(bars, sizes: sizes) {
      let code: DumpProblem.Code =
        switch fault {
        case .overlap: .barOverlap
        case .misaligned: .barMisaligned
        default: .barImpossible
        }
      add(code, line: bytes.line(of: 0x10 + 4 * min(max(fault.index, 0), 5)), fault.description)
    }
    for bar in bars where bar.isMemory && bar.size == nil {
      add(
        .sizeUnknown, .remark, line: bytes.line(of: bar.offset), "the dump does not give the size of BAR\(bar.index)",
        expected: "a size in the machine file")
    }
  }

  private mutating func compare(_ region: DumpFacts.Region, _ bars: [BaseAddressRegister], _ given: [Int: UInt64]) {
    if bars.contains(where: { $0.is64Bit && $0.index + 1 == region.index }) {
      add(
        .upperHalfAsRegion, .remark, line: region.line,
        "region \(region.index) is the upper half of BAR\(region.index - 1), not a window of its own")
      return
    }
    guard let bar = bars.first(where: { $0.index == region.index }) else {
      // The kernel may know a window that the register does not hold (virtual, or of an SR-IOV function).
      if let address = region.address, address != 0, !region.isVirtual {
        add(.contradictsRegion, line: region.line, "the text has a region \(region.index), the bytes have none")
      }
      return
    }
    if let size = region.size, let other = given[region.index], size != other {
      add(
        .contradictsRegion, line: region.line, "the text gives region \(region.index) \(size) bytes, the machine file \(other)",
        expected: "the same size")
    }
    guard !region.isVirtual else { return }
    if region.isIO == bar.isMemory {
      add(
        .contradictsRegion, line: region.line,
        "the text says \(region.isIO ? "I/O ports" : "memory") for region \(region.index), the bytes \(bar.isMemory ? "memory" : "I/O ports")"
      )
    } else if bar.isMemory, region.is64Bit != bar.is64Bit || region.isPrefetchable != (bar.kindBits & 8 != 0) {
      add(.contradictsRegion, line: region.line, "the text and the bytes give region \(region.index) different kinds")
    } else if case let address = region.address ?? 0, address != bar.address.rawValue {
      add(
        .contradictsRegion, line: region.line,
        "the text says region \(region.index) is at \(hexadecimal(address)), the bytes "
          + bar.address.description)
    }
  }

  mutating func capabilities(_ walk: CapabilityWalk) {
    for listed in facts.capabilities {
      if listed.offset >= space.bytes.count {
        add(
          .cutDump, line: listed.line,
          "the text has a capability at \(hex(listed.offset)), the bytes end at \(hex(space.bytes.count))",
          expected: "all bytes that the text was decoded from")
        continue
      }
      guard let found = walk.capabilities.first(where: { $0.offset == listed.offset }) else {
        add(
          .contradictsCapability, line: listed.line,
          "the text has a capability at \(hex(listed.offset)), the lists in the bytes do not")
        continue
      }
      let prefixes = found.id.textPrefixes
      if !prefixes.isEmpty, !prefixes.contains(where: { listed.text.hasPrefix($0) }), !listed.text.hasPrefix("#"),
        !listed.text.hasPrefix("<")
      {
        add(
          .contradictsCapability, line: listed.line,
          "the text says \(quoted(listed.text)) at \(hex(listed.offset)), the bytes \(found.id)")
      } else if let version = listed.version, version != found.version {
        add(
          .contradictsCapability, line: listed.line,
          "the text says version \(version) of \(found.id) at \(hex(listed.offset)), the bytes \(found.version)")
      }
      fields(of: found, listed)
    }
    guard !facts.capabilities.isEmpty else { return }
    for capability in walk.capabilities where !facts.capabilities.contains(where: { $0.offset == capability.offset }) {
      add(
        .contradictsCapability, line: bytes.line(of: capability.offset),
        "the bytes have \(capability.id) at \(hex(capability.offset)), the text does not",
        expected: "text and bytes of the same function")
    }
  }

  /// The fields that decide what the device can do here.
  private mutating func fields(of capability: Capability, _ listed: DumpFacts.ListedCapability) {
    var truth: [(name: String, value: Bool)] = []
    switch capability.id {
    case .pciExpress:
      let express = PCIExpress(capability, in: space)
      truth = [("DevCap FLReset", express.functionLevelReset), ("DevCap TEE-IO", express.teeIO)]
    case .advancedFeatures:
      truth = [("AFCap FLR", AdvancedFeatures(capability, in: space).functionLevelReset)]
    case .msix:
      let msix = MSIX(capability, in: space)
      for place in listed.places {
        let actual = place.name == "PBA" ? msix.pendingBits : msix.table
        if (place.bar, place.offset) != (actual.bar, actual.offset) {
          add(
            .contradictsCapability, line: place.line,
            "the text says \(place.name) in BAR\(place.bar) at \(hexadecimal(place.offset)), the bytes "
              + "BAR\(actual.bar) at \(hexadecimal(actual.offset))")
        }
      }
    default: break
    }
    for (line, name, isSet) in listed.flags {
      guard let actual = truth.first(where: { $0.name == name })?.value, actual != isSet else { continue }
      add(
        .contradictsCapability, line: line, "the text says \(name)\(isSet ? "+" : "-"), the bytes \(name)\(actual ? "+" : "-")",
        expected: "text and bytes of the same function")
    }
  }
}

extension Substring {
  /// Where `needle` first occurs.
  func range(of needle: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
      start = index(after: start)
    }
    return nil
  }
}
