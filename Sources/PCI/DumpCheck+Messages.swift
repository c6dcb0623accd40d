import Primitives

/// The MSI-X table and its pending bits must lie in a window that there is, each for itself. PCIe 6.0 sections 6.1.4 and 7.7.2.
extension DumpCheck {
  mutating func messages(_ capability: Capability, _ bars: [BaseAddressRegister]) {
    let msix = MSIX(capability, in: space), line = bytes.line(of: capability.offset)
    for (name, place, size) in msix.parts {
      guard let bar = bars.first(where: { $0.index == place.bar && $0.isMemory }) else {
        // The registers of a virtual function are zero, and the kernel knows its windows.
        guard !facts.regions.contains(where: { $0.index == place.bar && $0.isVirtual && !$0.isIO }) else { continue }
        let known = bars.filter(\.isMemory).map { "BAR\($0.index)" }.joined(separator: ", ")
        add(
          .contradictsCapability, line: line, "the MSI-X \(name) is said to be in BAR\(place.bar), which is no memory window",
          expected: known.isEmpty ? "a memory BAR, which this function has none of" : "one of: \(known)")
        continue
      }
      if let available = bar.size, place.offset >= available || size > available - place.offset {
        add(
          .contradictsCapability, line: line,
          "the MSI-X \(name) needs \(size) bytes at \(hex(Int(place.offset))) in BAR\(place.bar), which has \(available)",
          expected: "\(msix.count) vectors to fit into the BAR")
      }
    }
    let (table, pending) = (msix.table, msix.pendingBits)
    if table.bar == pending.bar, table.offset < pending.offset + msix.pendingBytes, pending.offset < table.offset + msix.tableBytes {
      add(
        .contradictsCapability, line: line,
        "the MSI-X table, \(msix.tableBytes) bytes at \(hex(Int(table.offset))) in BAR\(table.bar), overlaps its pending bits at "
          + hex(Int(pending.offset)), expected: "places of their own for \(msix.count) vectors")
    }
  }
}
