/// What a function must have to be assigned confidentially: to be locked by TDISP, and to be reset and put to sleep by
/// the host while it is.
///
/// TDISP (PCIe 6.0 chapter 11) wants the TEE-IO bit, a selective IDE stream whose keys are set over IDE_KM (section 6.33),
/// and the SPDM session that goes through a DOE mailbox (section 6.30). FLR and power management are what VFIO does to the
/// function: a PCIe function has the latter (section 7.5.2), the former is how one function is reset alone.
extension DumpCheck {
  /// - Parameter first: function 0 of the same device where this is another one. IDE and the security manager's mailbox are
  ///   there for all functions of a device (PCIe 6.0 section 7.9.26; Linux `drivers/pci/tsm.c`, `is_pci_tsm_pf0`).
  mutating func confidential(_ walk: CapabilityWalk, first: ConfigurationSpace?) {
    let header = function.header.number
    func lacks(_ what: String, _ expected: String, line: Int? = nil) {
      add(.notConfidential, .remark, line: line ?? header, what, expected: expected)
    }
    guard space.headerType == .endpoint else { return lacks("a bridge cannot be a confidential device", "an endpoint") }
    guard let capability = walk[.pciExpress] else {
      return lacks("no PCI Express capability, so no FLR, TEE-IO or IDE", "a PCI Express endpoint")
    }
    let express = PCIExpress(capability, in: space)
    func line(_ flag: String) -> Int? {
      let word = DumpWord.flag(flag, bit: 0)
      let listed = facts.capabilities.first { $0.offset == capability.offset }
      return listed?.inner.first { word.isIn(Array($0.trimmed.utf8.prefix(Self.lineLimit))) }?.number ?? bytes.line(of: capability.offset + 4)
    }
    if !express.functionLevelReset { lacks("no function-level reset", "DevCap FLReset+", line: line("FLReset")) }
    if !express.teeIO { lacks("no TEE-IO, so no TDISP", "DevCap TEE-IO+, bit 30", line: line("TEE-IO")) }
    if walk[.powerManagement] == nil { lacks("no Power Management", "a Power Management capability") }

    guard space.hasExtendedSpace else {
      return lacks("256 bytes cannot show IDE and DOE", "4096 bytes, as lspci -xxxx prints as root")
    }
    let manager = first ?? space, managers = first.map { CapabilityWalk($0) } ?? walk
    let place = first == nil && function.address.function != 0 ? ", here or in function 0 in the same file" : ""
    if managers[.dataObjectExchange] == nil { lacks("no DOE mailbox, so no SPDM", "Data Object Exchange" + place) }
    guard let found = managers[.integrityAndEncryption] else {
      return lacks("no IDE", "Integrity & Data Encryption" + place)
    }
    let encryption = IntegrityAndEncryption(found, in: manager)
    if encryption.selectiveStreams == 0 { lacks("no selective IDE stream", "IDECap Sel=1 or more") }
    if !encryption.keyManagement { lacks("no IDE_KM, so no keys for its stream", "IDECap IDE_KM+") }
  }
}
