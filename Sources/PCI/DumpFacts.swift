/// What the decoded text claims, with the lines that claim it. Only what can be held against the bytes.
struct DumpFacts {
  struct Region {
    let line: Int
    let index: Int
    let isIO: Bool
    /// Nil for `<unassigned>` and `<ignored>`.
    let address: UInt64?
    /// `64-bit`, `32-bit`, `low-1M`, `type 3`; empty of I/O ports.
    let width: Substring
    let isPrefetchable: Bool
    /// The kernel's address, which the register does not hold.
    let isVirtual: Bool
    let isDisabled: Bool
    let size: Size?
  }
  struct ExpansionROM {
    let line: Int
    let address: UInt64
    let isDisabled: Bool
    /// The kernel's address, as with regions.
    let isVirtual: Bool
    let size: Size?
  }
  /// `[size=64K]`: as it stands there, and in bytes where 64 bits hold them.
  struct Size {
    let text: Substring
    let bytes: UInt64?
  }
  struct ListedCapability {
    let line: Int
    let offset: Int
    let version: UInt8?
    let text: Substring
    /// The lines below it.
    var inner: [DumpText.Line] = []
  }

  /// The lines that belong to no capability: `Control:`, `Status:` and the like, with those below them.
  private(set) var header: [DumpText.Line] = []
  /// `Subsystem: Device 1af4:1100`, or names with `[1af4:1100]` behind them.
  private(set) var subsystem: (line: Int, text: Substring)?
  private(set) var regions: [Region] = []
  private(set) var expansionROM: ExpansionROM?
  private(set) var capabilities: [ListedCapability] = []
  private(set) var accessDenied: Int?

  /// lspci prints some hundred lines of the largest capability.
  private static let lineLimit = 4096

  init(_ function: DumpText.Function) {
    // Decoded lines have one level of indentation; what is deeper belongs to the line above.
    var isOfCapability = false
    for line in function.decoded {
      let text = line.trimmed
      guard line.indentation <= 8 else {
        if !isOfCapability {
          if header.count < Self.lineLimit { header.append(line) }
        } else if capabilities[capabilities.count - 1].inner.count < Self.lineLimit {
          capabilities[capabilities.count - 1].inner.append(line)
        }
        continue
      }
      isOfCapability = false
      if text.hasPrefix("Subsystem: ") {
        subsystem = (line.number, text.dropFirst(11))
      } else if text.hasPrefix("Region ") {
        if let region = Region(text, line: line.number) { regions.append(region) }
      } else if text.hasPrefix("Expansion ROM at ") {
        expansionROM = ExpansionROM(text, line: line.number)
      } else if text.hasPrefix("Capabilities: <access denied>") {
        accessDenied = line.number
      } else if text.hasPrefix("Capabilities: [") {
        guard let capability = ListedCapability(text, line: line.number) else { continue }
        capabilities.append(capability)
        isOfCapability = true
      } else if header.count < Self.lineLimit {
        header.append(line)
      }
    }
  }
}

extension DumpFacts.ExpansionROM {
  /// `Expansion ROM at dc2c0000 [disabled] [size=256K]`
  init?(_ text: Substring, line: Int) {
    guard let address = UInt64(text.dropFirst(17).prefix { $0.isHexDigit }, radix: 16) else { return nil }
    (self.line, self.address) = (line, address)
    (isDisabled, isVirtual) = (text.contains("[disabled]"), text.contains("[virtual]"))
    size = DumpFacts.Size(in: text)
  }
}

extension DumpFacts.Region {
  /// `Region 0: Memory at 88400000 (64-bit, non-prefetchable) [disabled] [size=32K]`
  init?(_ text: Substring, line: Int) {
    let words = text.split(separator: " ")
    guard words.count >= 5, words[1].hasSuffix(":"), let index = Int(words[1].dropLast()), (0...5).contains(index) else {
      return nil
    }
    (self.line, self.index) = (line, index)
    isIO = words[2] == "I/O"
    guard let at = words.firstIndex(of: "at"), at + 1 < words.count else { return nil }
    address = UInt64(words[at + 1], radix: 16)
    guard address != nil || words[at + 1].hasPrefix("<") else { return nil }
    width = text.firstIndex(of: "(").map { text[$0...].dropFirst().prefix { $0 != "," } } ?? ""
    isPrefetchable = text.contains(" prefetchable)")
    isVirtual = text.contains("[virtual]")
    isDisabled = text.contains("[disabled]")
    size = DumpFacts.Size(in: text)
  }
}

extension DumpFacts.Size {
  init?(in line: Substring) {
    guard let start = line.range(of: "[size=")?.upperBound else { return nil }
    text = line[start...].prefix { $0 != "]" }
    bytes = parseSize(text)
  }
}

/// `256`, `32K`, `1M`, `4G`, `2T`.
private func parseSize(_ text: Substring) -> UInt64? {
  let shift: UInt64
  switch text.last {
  case "K": shift = 10
  case "M": shift = 20
  case "G": shift = 30
  case "T": shift = 40
  default: shift = 0
  }
  guard let value = UInt64(shift == 0 ? text : text.dropLast()), value <= UInt64.max >> shift else { return nil }
  return value << shift
}

extension DumpFacts.ListedCapability {
  /// `Capabilities: [100 v2] Advanced Error Reporting`
  init?(_ text: Substring, line: Int) {
    guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]"), open < close else { return nil }
    let words = text[text.index(after: open)..<close].split(separator: " ")
    guard let first = words.first, let offset = Int(first, radix: 16) else { return nil }
    (self.line, self.offset) = (line, offset)
    version = words.count > 1 && words[1].hasPrefix("v") ? UInt8(words[1].dropFirst()) : nil
    self.text = text[close...].dropFirst().drop { $0 == " " }
  }
}
