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

  mutating func add(
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
    if let revision = title.lastRange(of: "(rev ") {
      compareHeader("revision", title[revision.upperBound...].prefix(2), UInt16(space.revision), 2)
    }
    if let interface = title.lastRange(of: "(prog-if ") {
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

  /// `Control:`, `Status:`, and what else lspci prints of the header.
  mutating func registers() {
    compare(facts.header, with: .header(space), at: 0) { ["Control:", "Status:"].contains($0.label) ? .contradictsControl : .contradictsHeader }
    // Bridges keep their subsystem in a capability.
    if let subsystem = facts.subsystem, space.headerType == .endpoint {
      let pieces =
        subsystem.text.hasPrefix("Device ") ? [subsystem.text.dropFirst(7)] : subsystem.text.split(separator: "[").dropFirst()
      for piece in pieces {
        let parts = piece.prefix(9).split(separator: ":")
        guard parts.count == 2, parts.allSatisfy({ $0.count == 4 }),
          let vendor = UInt16(parts[0], radix: 16), let device = UInt16(parts[1], radix: 16)
        else { continue }
        if (vendor, device) != (space.subsystemVendorID, space.subsystemID) {
          add(.contradictsHeader, line: subsystem.line, "the text says subsystem \(piece.prefix(9)), the bytes \(subsystemText)")
        }
      }
    }
  }

  private var subsystemText: String { padded(UInt64(space.subsystemVendorID), 4) + ":" + padded(UInt64(space.subsystemID), 4) }
}

extension Substring {
  /// Where `needle` first occurs.
  func range(of needle: String) -> Range<Index>? {
    indices.first { self[$0...].hasPrefix(needle) }.map { $0..<index($0, offsetBy: needle.count) }
  }
  /// Where it last occurs: what lspci itself adds stands behind the name, which may hold anything.
  func lastRange(of needle: String) -> Range<Index>? {
    indices.last { self[$0...].hasPrefix(needle) }.map { $0..<index($0, offsetBy: needle.count) }
  }
}
