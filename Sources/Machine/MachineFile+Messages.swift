import Documents
import PCI
import Rules

extension MachineFile {
  /// The same machine, whose LOCK takes the MSI-X table with it.
  public mutating func lockMessages() throws(DocumentError) {
    parameters.locksMessages = true
    try settlePages(at: nil)
  }

  /// Which pages are TEE memory: those that the file says, and a message table that is locked with the interface.
  mutating func settlePages(at place: DocumentNode?) throws(DocumentError) {
    func refused(_ what: String, _ expected: String) -> DocumentError {
      place?.error(.contradiction, what, expected: expected) ?? DocumentError(.contradiction, at: Position(file: file), what, expected: expected)
    }
    if parameters.locksMessages, let bare = devices.first(where: { $0.dump.capabilities[.msix] == nil }) {
      throw refused("\(bare.address) has no MSI-X table that LOCK could take with it", "devices with MSI-X, or no lockMSIX")
    }
    for d in devices.indices {
      let registers = FunctionRegisters(devices[d].dump)
      devices[d].pages = devices[d].pages.map { page in
        ExportedPage(bar: page.bar, offset: page.offset, isTEE: registers.isTEE(page, locksMessages: parameters.locksMessages))
      }
    }
    if let odd = devices.first(where: { $0.pages.map(\.isTEE) != devices[0].pages.map(\.isTEE) }) {
      throw refused(
        "with its MSI-X table locked, the interface of \(odd.address) differs from that of \(devices[0].address)",
        "the tables at the same places in all devices")
    }
    parameters.nonTEEPages = 0
    for (p, page) in (devices.first?.pages ?? []).enumerated() where !page.isTEE { parameters.nonTEEPages |= 1 << UInt64(p) }
  }
}
