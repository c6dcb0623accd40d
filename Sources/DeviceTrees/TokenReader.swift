/// Goes through the structure block, never beyond its end.
struct TokenReader {
  let bytes: [UInt8]
  let header: DeviceTreeHeader
  private(set) var offset: Int

  init(bytes: [UInt8], header: DeviceTreeHeader) { (self.bytes, self.header, offset) = (bytes, header, header.structure.lowerBound) }

  mutating func word(_ what: String) throws(DeviceTreeError) -> UInt32 {
    guard offset + 4 <= header.structure.upperBound, let word = bytes.word(at: offset) else {
      throw DeviceTreeError(.cut, at: offset, "the structure block ends before \(what)", expected: "an end token (9) as its last")
    }
    offset += 4
    return word
  }

  /// The name behind the token of a node, without the path that old versions put in front of it.
  mutating func nodeName(isRoot: Bool, longest: Int) throws(DeviceTreeError) -> Range<Int> {
    let start = offset
    guard let end = end(of: start, before: header.structure.upperBound, longest) else {
      throw DeviceTreeError(.endlessString, at: start, "a node's name does not end", expected: "a zero byte after at most \(longest) characters")
    }
    offset = (end + 4) & ~3
    let first = header.isOld ? bytes[start..<end].lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? start : start
    let name = first..<end
    // A name with a slash could not be told from a path, and one with spaces not from a sentence.
    guard isRoot ? name.isEmpty : !name.isEmpty && bytes[name].allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") }) else {
      throw DeviceTreeError(
        .badName, at: start, isRoot ? "the root has a name" : "not a node's name", expected: isRoot ? "none" : "visible characters without a slash")
    }
    return name
  }

  /// What stands behind the token of a property.
  mutating func property(at token: Int) throws(DeviceTreeError) -> Structure.Property {
    let length = Int(try word("a property's length")), nameOffset = Int(try word("a property's name"))
    if header.isOld, length >= 8 { offset = (offset + 7) & ~7 }
    guard length <= header.structure.upperBound - offset else {
      throw DeviceTreeError(
        .cut, at: token, "a value of \(length) bytes",
        expected: "at most \(max(0, header.structure.upperBound - offset)), where the structure block ends")
    }
    let value = offset..<offset + length
    offset = (offset + length + 3) & ~3
    guard nameOffset < header.strings.count else {
      throw DeviceTreeError(
        .stringOutside, at: token + 8, "a property's name at byte \(nameOffset) of the strings", expected: "less than \(header.strings.count)")
    }
    let start = header.strings.lowerBound + nameOffset
    guard let end = end(of: start, before: header.strings.upperBound, Structure.longestName) else {
      throw DeviceTreeError(
        .endlessString, at: start, "a property's name does not end", expected: "a zero byte after at most \(Structure.longestName) characters")
    }
    guard end > start, bytes[start..<end].allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw DeviceTreeError(.badName, at: start, "not a property's name", expected: "visible characters")
    }
    return Structure.Property(name: start..<end, value: value, offset: token)
  }

  /// Where the zero byte is that ends a string, if it comes in time.
  private func end(of start: Int, before end: Int, _ longest: Int) -> Int? {
    let last = min(end, start + longest + 1)
    guard start < last else { return nil }
    return bytes[start..<last].firstIndex(of: 0)
  }
}
