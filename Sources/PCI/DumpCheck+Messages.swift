/// The MSI-X table and its pending bits must lie in a window that there is.
extension DumpCheck {
  mutating func messages(_ capability: Capability, _ bars: [BaseAddressRegister]) {
    let msix = MSIX(capability, in: space)
    let parts: [(String, MSIX.Place, UInt64)] = [
      ("table", msix.table, UInt64(msix.count) * 16), ("pending bits", msix.pendingBits, (UInt64(msix.count) + 63) / 64 * 8),
    ]
    for (name, place, size) in parts {
      guard let bar = bars.first(where: { $0.index == place.bar && $0.isMemory }) else {
        // A window that nobody assigned shows as nothing; only registers that cannot be a BAR are wrong for sure.
        if place.bar > 5 || bars.contains(where: { $0.index == place.bar || ($0.is64Bit && $0.index + 1 == place.bar) }) {
          add(
            .contradictsCapability, line: bytes.line(of: capability.offset),
            "the MSI-X \(name) is said to be in BAR\(place.bar), which is no memory window")
        }
        continue
      }
      if let available = bar.size, place.offset + size > available {
        add(
          .contradictsCapability, line: bytes.line(of: capability.offset),
          "the MSI-X \(name) needs \(size) bytes at \(hex(Int(place.offset))) in BAR\(place.bar), which has \(available)")
      }
    }
  }
}
