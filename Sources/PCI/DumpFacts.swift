/// What the decoded text claims, with the lines that claim it. Only what can be held against the bytes.
struct DumpFacts {
  struct Region {
    let line: Int
    let index: Int
    let isIO: Bool
    /// Nil for `<unassigned>` and `<ignored>`.
    let address: UInt64?
    let is64Bit: Bool
    let isPrefetchable: Bool
    /// The kernel's address, which the register does not hold.
    let isVirtual: Bool
    let size: UInt64?
  }
  struct ListedCapability {
    let line: Int
    let offset: Int
    let version: UInt8?
    let text: Substring
    /// Fields of its indented lines that we check: `DevCap FLReset` is `+` or `-`.
    var flags: [(line: Int, name: String, isSet: Bool)] = []
    /// `D0` of the `Status:` of Power Management.
    var powerState: (line: Int, name: Substring)?
    var places: [(line: Int, name: String, bar: Int, offset: UInt64)] = []
  }

  private(set) var control: (line: Int, flags: [(name: Substring, isSet: Bool)])?
  private(set) var status: (line: Int, flags: [(name: Substring, isSet: Bool)])?
  /// `Subsystem: Device 1af4:1100`, or names with `[1af4:1100]` behind them.
  private(set) var subsystem: (line: Int, text: Substring)?
  private(set) var regions: [Region] = []
  private(set) var expansionROM: (line: Int, address: UInt64)?
  private(set) var capabilities: [ListedCapability] = []
  private(set) var accessDenied: Int?

  init(_ function: DumpText.Function) {
    // Decoded lines have one level of indentation; what is deeper belongs to the line above.
    var label = ""
    for line in function.decoded {
      let text = line.trimmed
      guard line.indentation <= 8 else {
        readInner(text, line.number, &label)
        continue
      }
      label = ""
      if text.hasPrefix("Control: ") {
        control = (line.number, text.dropFirst(9).split(separator: " ").compactMap(flag))
      } else if text.hasPrefix("Status: ") {
        status = (line.number, text.dropFirst(8).split(separator: " ").compactMap(flag))
      } else if text.hasPrefix("Subsystem: ") {
        subsystem = (line.number, text.dropFirst(11))
      } else if text.hasPrefix("Region ") {
        if let region = Region(text, line: line.number) { regions.append(region) }
      } else if text.hasPrefix("Expansion ROM at ") {
        if let address = UInt64(text.dropFirst(17).prefix { $0.isHexDigit }, radix: 16) { expansionROM = (line.number, address) }
      } else if text.hasPrefix("Capabilities: <access denied>") {
        accessDenied = line.number
      } else if text.hasPrefix("Capabilities: [") {
        if let capability = ListedCapability(text, line: line.number) { capabilities.append(capability) }
      }
    }
  }

  private mutating func readInner(_ text: Substring, _ line: Int, _ label: inout String) {
    guard !capabilities.isEmpty else { return }
    // `DevCap:` names what its continuation lines speak of as well.
    if let colon = text.firstIndex(of: ":"), !text[..<colon].contains(" ") || text.hasPrefix("Vector table") {
      label = String(text[..<colon])
    }
    let current = capabilities.count - 1
    let words = text.split(separator: " ")
    if words.count > 1, words[0] == "Status:", ["D0", "D1", "D2", "D3"].contains(words[1]) { capabilities[current].powerState = (line, words[1]) }
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
      guard let (name, isSet) = flag(word) else { continue }
      capabilities[current].flags.append((line, "\(label) \(name)", isSet))
    }
    for name in ["Vector table", "PBA"] where text.hasPrefix(name + ": BAR=") {
      let rest = text.dropFirst(name.count + 6)
      let parts = rest.split(separator: " ")
      guard parts.count >= 2, let bar = Int(parts[0]), parts[1].hasPrefix("offset="),
        let offset = UInt64(parts[1].dropFirst(7), radix: 16)
      else { continue }
      capabilities[current].places.append((line, name, bar, offset))
    }
  }
}

/// `Mem+` and `Mem-`.
private func flag(_ word: Substring) -> (name: Substring, isSet: Bool)? {
  guard let last = word.last, last == "+" || last == "-", word.count > 1 else { return nil }
  return (word.dropLast(), last == "+")
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
    is64Bit = text.contains("(64-bit")
    isPrefetchable = text.contains(" prefetchable)")
    isVirtual = text.contains("[virtual]")
    size = words.first { $0.hasPrefix("[size=") }.flatMap { parseSize($0.dropFirst(6).dropLast()) }
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
