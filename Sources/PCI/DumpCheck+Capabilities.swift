import Documents
import Primitives

/// Capabilities: the list in the text against the lists in the bytes, and what the text says of each.
extension DumpCheck {
  mutating func capabilities(_ walk: CapabilityWalk) {
    var seen: Set<Int> = []
    for listed in facts.capabilities {
      guard seen.insert(listed.offset).inserted else {
        add(.contradictsCapability, line: listed.line, "the text has a second capability at \(hex(listed.offset))")
        // One is enough to say so: a list has an offset once.
        return
      }
      if listed.offset >= space.bytes.count {
        add(
          .cutDump, line: listed.line,
          "the text has a capability at \(hex(listed.offset)), the bytes end at \(hex(space.bytes.count))",
          expected: "all bytes that the text was decoded from")
        continue
      }
      // A null capability is a pointer and nothing else: the walk has passed it.
      if listed.text == "Null", listed.offset < 0x100 ? space.byte(listed.offset) == 0 : space.word(listed.offset) == 0 { continue }
      guard let found = walk.capabilities.first(where: { $0.offset == listed.offset }) else {
        add(
          .contradictsCapability, line: listed.line,
          "the text has a capability at \(hex(listed.offset)), the lists in the bytes do not")
        continue
      }
      if !found.id.fits(text: listed.text) {
        add(
          .contradictsCapability, line: listed.line,
          "the text says \(quoted(listed.text)) at \(hex(listed.offset)), the bytes \(found.id)")
      } else if let version = listed.version, version != found.version {
        add(
          .contradictsCapability, line: listed.line,
          "the text says version \(version) of \(found.id) at \(hex(listed.offset)), the bytes \(found.version)")
      }
      // A list that is broken gives structures that lie in each other; the dump is refused for it anyway.
      guard walk.faults.isEmpty, let vocabulary = DumpVocabulary(found, in: space) else { continue }
      compare(
        listed.text, vocabulary.title, in: DumpLine("", []), line: listed.line, at: found.offset, code: .contradictsCapability)
      compare(listed.inner, with: vocabulary, at: found.offset) { _ in .contradictsCapability }
    }
    guard !facts.capabilities.isEmpty else { return }
    for capability in walk.capabilities where !facts.capabilities.contains(where: { $0.offset == capability.offset }) {
      add(
        .contradictsCapability, line: bytes.line(of: capability.offset),
        "the bytes have \(capability.id) at \(hex(capability.offset)), the text does not",
        expected: "text and bytes of the same function")
    }
  }
}
